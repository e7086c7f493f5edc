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

interface Column {
  readonly from: string
  readonly to: string
  readonly value: number
  /** Hours that it stands for. */
  readonly width: number
}

const PLOT = { width: 360, height: 150, top: 22, bottom: 22, leastLabel: 34 } as const

/** Columns over time, as wide as the time they stand for, and the same as a table. */
export function Columns({
  title,
  heads,
  columns,
}: {
  title: string
  heads: readonly string[]
  columns: readonly Column[]
}) {
  const { t, n } = useText()
  const { width, height, top, bottom, leastLabel } = PLOT
  const most = Math.max(1, ...columns.map((column) => column.value / column.width))
  const hours = columns.reduce((sum, column) => sum + column.width, 0)
  let at = 0
  const placed = columns.map((column) => {
    const left = (width * at) / hours
    at += column.width
    return {
      ...column,
      left,
      wide: (width * column.width) / hours,
      high: (height * column.value) / column.width / most,
    }
  })
  const said = columns.map(({ from, to, value }) => `${t.turnout.hourRange(from, to)} ${n(value)}`).join(', ')
  const base = top + height
  return (
    <figure className="columns">
      <svg viewBox={`0 0 ${width} ${base + bottom}`} role="img" aria-label={`${title}: ${said}`}>
        {placed.map(({ from, value, left, wide, high }) => (
          <g key={from}>
            <rect
              className="fill"
              x={left + 1}
              y={base - high}
              width={Math.max(1, wide - 2)}
              height={high}
              rx="2"
            />
            {wide < leastLabel ? null : (
              <>
                <text x={left + wide / 2} y={base - high - 6} className="amount">
                  {n(value)}
                </text>
                <text x={left + 2} y={base + 17}>
                  {from}
                </text>
              </>
            )}
          </g>
        ))}
        <line x1="0" x2={width} y1={base + 1} y2={base + 1} className="axis" />
      </svg>
      <details>
        <summary>{t.table}</summary>
        <DataTable
          caption={title}
          heads={heads}
          rows={columns.map(({ from, to, value }) => [t.turnout.hourRange(from, to), n(value)])}
        />
      </details>
    </figure>
  )
}
