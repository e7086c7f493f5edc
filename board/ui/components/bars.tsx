import { useText } from '../i18n/use-text.ts'

export interface Bar {
  readonly label: string
  readonly value: number
  /** Further columns of the table. */
  readonly more?: readonly string[]
}

export interface BarsProps {
  readonly title: string
  /** Heads of the table: label, value, further columns. */
  readonly heads: readonly string[]
  readonly bars: readonly Bar[]
  /** What a full bar stands for; the largest value otherwise. */
  readonly full?: number
}

const WIDTH = 1000
const HEIGHT = 24

/** Bars with their numbers in words beside them, and the same as a table. */
export function Bars({ title, heads, bars, full }: BarsProps) {
  const { t, n } = useText()
  const most = Math.max(1, full ?? Math.max(0, ...bars.map(({ value }) => value)))
  return (
    <figure className="bars">
      <ul aria-label={title}>
        {bars.map(({ label, value }) => (
          <li key={label}>
            <span className="label">{label}</span>
            <span className="number">{n(value)}</span>
            <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
              <rect className="track" width={WIDTH} height={HEIGHT} rx="6" />
              <rect className="fill" width={(WIDTH * value) / most} height={HEIGHT} rx="6" />
            </svg>
          </li>
        ))}
      </ul>
      <details>
        <summary>{t.table}</summary>
        <DataTable
          caption={title}
          heads={heads}
          rows={bars.map(({ label, value, more = [] }) => [label, n(value), ...more])}
        />
      </details>
    </figure>
  )
}

export function DataTable({
  caption,
  heads,
  rows,
}: {
  caption: string
  heads: readonly string[]
  rows: readonly (readonly string[])[]
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls, and must do so by keyboard
    <section className="table" tabIndex={0} aria-label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([first, ...rest]) => (
            <tr key={first}>
              <th scope="row">{first}</th>
              {rest.map((cell, i) => (
                <td key={heads[i + 1]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

/** Columns over time, and the same as a table. */
export function Columns({
  title,
  heads,
  columns,
}: {
  title: string
  heads: readonly string[]
  columns: readonly {
    readonly from: string
    readonly to: string
    readonly value: number
    readonly width: number
  }[]
}) {
  const { t, n } = useText()
  const most = Math.max(1, ...columns.map(({ value, width }) => value / width))
  const whole = columns.reduce((sum, { width }) => sum + width, 0)
  let at = 0
  const placed = columns.map((column) => {
    const x = at
    at += column.width
    return { ...column, x }
  })
  return (
    <figure className="columns">
      <svg
        viewBox="0 0 1000 320"
        role="img"
        aria-label={`${title}: ${columns.map(({ from, to, value }) => `${from}–${to} ${n(value)}`).join(', ')}`}
      >
        {placed.map(({ from, value, width, x }) => {
          const height = (260 * (value / width)) / most
          const left = (1000 * x) / whole
          const wide = (1000 * width) / whole
          return (
            <g key={from}>
              <rect
                className="fill"
                x={left + 3}
                y={280 - height}
                width={Math.max(2, wide - 6)}
                height={height}
                rx="4"
              />
              {wide < 45 ? null : (
                <text x={left + wide / 2} y={270 - height} className="amount">
                  {n(value)}
                </text>
              )}
            </g>
          )
        })}
        <line x1="0" x2="1000" y1="281" y2="281" className="axis" />
        {placed.map(({ from, x, width }, i) =>
          (1000 * width) / whole < 70 && i % Math.ceil(placed.length / 12) !== 0 ? null : (
            <text key={from} x={(1000 * x) / whole + 4} y="308" className="tick">
              {from}
            </text>
          ),
        )}
      </svg>
      <details>
        <summary>{t.table}</summary>
        <DataTable
          caption={title}
          heads={heads}
          rows={columns.map(({ from, to, value }) => [`${from}–${to}`, n(value)])}
        />
      </details>
    </figure>
  )
}
