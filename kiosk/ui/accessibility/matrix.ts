import { REQUIREMENTS, type Requirement } from './requirements.ts'

/** The clause-by-clause table of `docs/guides/accessibility.md`, from the constants that the kiosk is built with. */
export function accessibilityMatrix(): string {
  const rows = Object.values<Requirement>(REQUIREMENTS).map((one) => {
    const sign = one.direction === 'at-most' ? '≤' : '≥'
    const cells = [
      one.what,
      one.clauses.join('; '),
      `${sign} ${amount(one, one.asked)}`,
      amount(one, one.ours),
      `\`${one.checkedIn}\``,
    ]
    return `| ${cells.join(' | ')} |`
  })
  return ['| what | clauses | asked | ours | checked in |', '|---|---|---|---|---|', ...rows].join('\n')
}

function amount({ unit }: Requirement, value: number): string {
  return unit === ':1' ? `${value}:1` : `${value} ${unit}`
}
