import type { ReactNode } from 'react'

export interface DataTableProps {
  readonly caption: string
  readonly heads: readonly string[]
  /** The first cell of a row is its head. */
  readonly rows: readonly (readonly ReactNode[])[]
  /** A heading right above it says what it shows. */
  readonly isTitled?: boolean
  /** Cells hold words, not numbers. */
  readonly isText?: boolean
}

/** A table that scrolls by itself, also by keyboard, when it is wider than the screen. */
export function DataTable({ caption, heads, rows, isTitled = false, isText = false }: DataTableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, and must do so by keyboard
    <section className="table" tabIndex={0} aria-label={caption}>
      <table className={isText ? 'words' : undefined}>
        {isTitled ? null : <caption>{caption}</caption>}
        <thead>
          <tr>
            {heads.map((head, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
              <th key={at} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([first, ...rest], at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
            <tr key={at}>
              <th scope="row">{first}</th>
              {rest.map((cell, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its column
                <td key={i}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
