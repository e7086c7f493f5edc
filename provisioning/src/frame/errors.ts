/** The one catalogue of what a technician may meet; the guide's table is made from it. */
import { IDENTITY_ERRORS } from '../identity/errors.ts'
import { KIOSK_ERRORS } from '../kiosk/errors.ts'
import { RADIO_ERRORS } from '../radio/errors.ts'
import type { ErrorEntry, Text } from './error-entry.ts'
import { LOCAL_ERRORS } from './local-errors.ts'

const CATALOGUE = { ...LOCAL_ERRORS, ...IDENTITY_ERRORS, ...RADIO_ERRORS, ...KIOSK_ERRORS }

export type ProvisionError = keyof typeof CATALOGUE
export type Language = keyof Text

export const PROVISION_ERRORS: Readonly<Record<ProvisionError, ErrorEntry>> = CATALOGUE

/** Korean when the terminal is, otherwise English. */
export function languageOf(env: Readonly<Record<string, string | undefined>>): Language {
  return /^ko/i.test(env.LC_ALL ?? env.LANG ?? '') ? 'ko' : 'en'
}

/** The lines a person sees: what happened, the detail, what was and was not done, how to continue. */
export function explain(
  failure: { readonly error: ProvisionError; readonly detail?: string },
  { language, dir }: { readonly language: Language; readonly dir: string },
): readonly string[] {
  const { happened, state, next } = PROVISION_ERRORS[failure.error]
  return [
    `${failure.error}: ${happened[language]}`,
    ...(failure.detail === undefined ? [] : failure.detail.split('\n').map((line) => `  ${line}`)),
    `  ${state[language]}`,
    `  → ${next.replaceAll('{dir}', dir)}`,
  ]
}

/** The catalogue as a Markdown table, for `docs/guides/technician.md`. */
export function errorTable(language: Language): string {
  const head =
    language === 'ko'
      ? ['코드', '종료', '무슨 일', '된 것과 안 된 것', '이어서']
      : ['code', 'exit', 'what happened', 'what was and was not done', 'to continue']
  const rows = Object.entries(PROVISION_ERRORS)
    .sort(([a, { exit: x }], [b, { exit: y }]) => x - y || a.localeCompare(b))
    .map(([code, { exit, happened, state, next }]) => [
      `\`${code}\``,
      String(exit),
      happened[language],
      state[language],
      next.startsWith('hanpyo ') ? `\`${next.replaceAll('{dir}', 'DIR')}\`` : next.replaceAll('{dir}', 'DIR'),
    ])
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
