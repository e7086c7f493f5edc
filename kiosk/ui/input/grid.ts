/** Where a key lies, in any unit. */
export interface KeyBox {
  readonly left: number
  readonly right: number
}

export interface KeyPlace {
  readonly row: number
  readonly key: number
}

export type Arrow = 'up' | 'down' | 'left' | 'right'

/**
 * The key that an arrow leads to: to the sides round and round within the row, up and down to the key that lies most
 * under or over this one. `null` above the first row and below the last.
 */
export function neighbour(
  rows: readonly (readonly KeyBox[])[],
  { row, key }: KeyPlace,
  arrow: Arrow,
): KeyPlace | null {
  const here = rows[row] ?? []
  if (arrow === 'left' || arrow === 'right') {
    const step = arrow === 'right' ? 1 : -1
    return { row, key: (key + step + here.length) % here.length }
  }
  const next = row + (arrow === 'down' ? 1 : -1)
  const from = here[key]
  const others = rows[next]
  if (from === undefined || others === undefined || others.length === 0) return null
  const middle = (box: KeyBox): number => (box.left + box.right) / 2
  const overlap = (box: KeyBox): number => Math.min(box.right, from.right) - Math.max(box.left, from.left)
  const score = (box: KeyBox): number => overlap(box) - Math.abs(middle(box) - middle(from)) / 1_000
  const best = others.reduce(
    (found, box, at) => (score(box) > score(others[found] as KeyBox) ? at : found),
    0,
  )
  return { row: next, key: best }
}
