import { type ReactNode, useState } from 'react'
import { useText } from '../i18n/use-text.ts'
import { useBeforePrint } from '../use-display.ts'
import { DataTable } from './data-table.tsx'

export interface Bar {
  readonly key: string
  readonly label: string
  /** Length of the bar. */
  readonly value: number
  /** What stands beside the label instead of the value. */
  readonly figure?: string
  /** Parts of the bar from the left, instead of one piece. */
  readonly parts?: readonly number[]
  /** Smaller words below the label. */
  readonly note?: ReactNode
  /** Cells of the table after the label. */
  readonly cells: readonly string[]
}

export interface BarsProps {
  readonly title: string
  /** Heads of the table: label, then one for each cell. */
  readonly heads: readonly string[]
  readonly bars: readonly Bar[]
  /** Bars that stand below the others and are never left out. */
  readonly rest?: readonly Bar[]
  /** What a full bar stands for; the largest value otherwise. */
  readonly full?: number
  /** What the length of a bar means. */
  readonly scale: string
}

/** Of a long list, so many are shown at first. */
const AT_FIRST = 12
/** A list that is a little longer is shown whole. */
const SLACK = 3

/** Bars with their numbers in words beside them, and the same as a table. */
export function Bars({ title, heads, bars, rest = [], full, scale }: BarsProps) {
  const { t, n } = useText()
  const [isWhole, setWhole] = useState(false)
  // Paper has no button: it gets the whole list.
  useBeforePrint(() => setWhole(true))
  const most = Math.max(1, full ?? Math.max(0, ...[...bars, ...rest].map(({ value }) => value)))
  const isLong = bars.length > AT_FIRST + SLACK
  const shown = isLong && !isWhole ? bars.slice(0, AT_FIRST) : bars
  return (
    <figure className="bars">
      <ul aria-label={title}>
        {[...shown, ...rest].map((bar) => (
          <li key={bar.key}>
            <span className="label">{bar.label}</span>
            <span className="number">{bar.figure ?? n(bar.value)}</span>
            <BarPicture value={bar.value} parts={bar.parts} most={most} />
            {bar.note == null ? null : <div className="fine note">{bar.note}</div>}
          </li>
        ))}
      </ul>
      {isLong ? (
        <p>
          <button type="button" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
            {isWhole ? t.showFewer : t.showAll(n(bars.length))}
          </button>
        </p>
      ) : null}
      <figcaption className="fine">{scale}</figcaption>
      <details>
        <summary>{t.table}</summary>
        <DataTable
          caption={title}
          heads={heads}
          rows={[...bars, ...rest].map(({ label, cells }) => [label, ...cells])}
        />
      </details>
    </figure>
  )
}

const WIDTH = 1000
const HEIGHT = 24
/** Between the parts of a bar. */
const GAP = 4
/** Later parts are paler, never so pale that they vanish. */
const PALER = 0.17
const PALEST = 0.32

/** The bar alone; whoever shows it says its numbers in words. */
export function BarPicture({
  value,
  parts = [value],
  most,
}: {
  readonly value: number
  readonly parts?: readonly number[] | undefined
  readonly most: number
}) {
  let left = 0
  return (
    <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <rect className="track" width={WIDTH} height={HEIGHT} rx="6" />
      {parts.map((part, at) => {
        const wide = (WIDTH * part) / Math.max(1, most)
        const x = left
        left += wide
        if (part === 0) return null
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place
            key={at}
            className="fill"
            x={x}
            width={Math.max(1, wide - (parts.length > 1 ? GAP : 0))}
            height={HEIGHT}
            rx={parts.length > 1 ? 2 : 6}
            fillOpacity={Math.max(PALEST, 1 - PALER * at)}
          />
        )
      })}
    </svg>
  )
}
