/** One line of a table: a figure, its unit and the peer or limit it is measured against in the same run. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What it is compared with, and how: `value / peer` as a share or a multiple. */
  readonly against?: { readonly name: string; readonly value: number; readonly ratio: number }
  /** The number to reach, in words, from docs. */
  readonly reach?: string
}

export interface Bench {
  readonly name: string
  readonly summary: string
  /** Runs only when it is named. */
  readonly isOnDemand?: true
  run(report: (line: string) => void): Promise<Figure[]>
}

/**
 * Milliseconds for one call: the median over `batches` batches, each long enough for the timer, after one warm-up
 * batch that is thrown away. `work` does `perCall` units of work.
 */
export function millisecondsPerCall(
  work: () => void,
  options: { batches?: number; batchMs?: number } = {},
): number {
  const { batches = 7, batchMs = 120 } = options
  const timeBatch = (calls: number): number => {
    const start = performance.now()
    for (let i = 0; i < calls; i++) work()
    return (performance.now() - start) / calls
  }
  const once = Math.max(timeBatch(1), timeBatch(1) / 2, 1e-4)
  const calls = Math.max(1, Math.round(batchMs / once))
  timeBatch(calls)
  return median(Array.from({ length: batches }, () => timeBatch(calls)))
}

/** The middle value, or the mean of the two middle ones. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
}

/** The value below which `share` (0..1) of all values lie, nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] as number
}

/** Adds a comparison to a figure: `ratio = value / peer`. */
export function against(figure: Figure, name: string, peer: number): Figure {
  return { ...figure, against: { name, value: peer, ratio: figure.value / peer } }
}

/** A plain-text table of figures. */
export function formatTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, against: peer, reach }) => [
    name,
    `${significant(value)} ${unit}`,
    peer === undefined
      ? ''
      : `${significant(peer.ratio)} × ${peer.name} (${significant(peer.value)} ${unit})`,
    reach ?? '',
  ])
  const header = ['figure', 'value', 'against, same run', 'reach']
  const widths = header.map((title, column) =>
    Math.max(...[header, ...rows].map((row) => (row[column] ?? title).length)),
  )
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => cell.padEnd(widths[i] as number))
      .join('  ')
      .trimEnd()
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

function significant(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en-US')
  return value >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3)
}
