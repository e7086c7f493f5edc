/** Plots as self-contained SVG text: a title and a description for those who cannot see them, no scripts, no fonts. */

export interface Series {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface Axis {
  readonly label: string
  readonly from?: number
  readonly to?: number
  readonly format?: (value: number) => string
  /** Distance between ticks; default: a round number. */
  readonly step?: number
}

interface Heading {
  readonly title: string
  /** What the plot says, in a sentence. */
  readonly description: string
}

const WIDTH = 720
const HEIGHT = 320
const LEFT = 92
const RIGHT = 24
const TOP = 20
const BOTTOM = 52
/** Okabe and Ito: told apart with every kind of colour vision; dashes and marks tell them apart in print. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#6b6b6b'] as const
const DASHES = ['', '8 4', '2 4', '10 3 2 3', '4 2'] as const

/** Lines over two linear axes, each with its name at its end. */
export function linePlot(plot: Heading & { x: Axis; y: Axis; series: readonly Series[] }): string {
  const all = plot.series.flatMap(({ points }) => points)
  const x = scale(
    plot.x,
    all.map(([value]) => value),
    LEFT,
    WIDTH - RIGHT,
  )
  const y = scale(
    plot.y,
    all.map(([, value]) => value),
    HEIGHT - BOTTOM,
    TOP,
  )
  const lines = plot.series.map(({ points }, i) => {
    const path = points.map(([px, py]) => `${fix(x.at(px))},${fix(y.at(py))}`).join(' ')
    const marks = points.length > 24 ? '' : points.map(([px, py]) => mark(i, x.at(px), y.at(py))).join('')
    return `<polyline points="${path}" fill="none" stroke="${colour(i)}" stroke-width="2.5" stroke-dasharray="${DASHES[i % DASHES.length]}"/>${marks}`
  })
  return svg(plot, HEIGHT + 24 * Math.ceil(plot.series.length / 2), [
    ...axes(x, y, plot),
    ...lines,
    ...legend(plot.series),
  ])
}

/** Horizontal bars with their values written beside them. */
export function barPlot(
  plot: Heading & {
    bars: readonly { readonly label: string; readonly value: number; readonly text: string }[]
  },
): string {
  const rowHeight = 30
  const labelWidth = 190
  const most = Math.max(1e-9, ...plot.bars.map(({ value }) => value))
  const room = WIDTH - labelWidth - 150
  const rows = plot.bars.flatMap(({ label, value, text }, i) => {
    const y = 8 + i * rowHeight
    const width = (value / most) * room
    return [
      `<text x="${labelWidth - 10}" y="${y + 17}" text-anchor="end">${escapeText(label)}</text>`,
      `<rect x="${labelWidth}" y="${y + 3}" width="${fix(Math.max(width, 0.5))}" height="20" fill="${COLOURS[0]}"/>`,
      `<text x="${fix(labelWidth + width + 8)}" y="${y + 17}">${escapeText(text)}</text>`,
    ]
  })
  return svg(plot, 16 + plot.bars.length * rowHeight, rows)
}

export interface Mark {
  readonly position: readonly [number, number]
  readonly label: string
  readonly kind: 'gateway' | 'centre'
  /** 0 (worst) … 1 (best); below one half it is drawn hollow. */
  readonly quality: number
}

/** Places in a plane, equal scale in both directions, north up. */
export function mapPlot(plot: Heading & { marks: readonly Mark[] }): string {
  const [xs, ys] = [0, 1].map((axis) => plot.marks.map(({ position }) => position[axis]!)) as [
    number[],
    number[],
  ]
  const [west, east] = [Math.min(...xs), Math.max(...xs)]
  const [south, north] = [Math.min(...ys), Math.max(...ys)]
  const perMetre = Math.min((WIDTH - 260) / Math.max(1, east - west), 460 / Math.max(1, north - south))
  const at = ([x, y]: readonly [number, number]): [number, number] => [
    130 + (x - west) * perMetre,
    40 + (north - y) * perMetre,
  ]
  const height = 90 + (north - south) * perMetre
  const taken: Box[] = plot.marks.map(({ position }) => boxAround(at(position)))
  const marks = plot.marks.map(({ position, label, kind, quality }) => {
    const [x, y] = at(position)
    const shape =
      kind === 'gateway'
        ? `<path d="M${fix(x)} ${fix(y - 11)}l10 18h-20z" fill="${COLOURS[1]}"/>`
        : `<circle cx="${fix(x)}" cy="${fix(y)}" r="7" stroke="${COLOURS[0]}" stroke-width="2.5" fill="${quality < 0.5 ? '#fff' : COLOURS[0]}"/>`
    const text = placeLabel([x, y], label, taken)
    const weight = kind === 'gateway' ? ' font-weight="700"' : ''
    return `${shape}<text x="${fix(text.x)}" y="${fix(text.y)}" font-size="12" text-anchor="${text.anchor}"${weight}>${escapeText(label)}</text>`
  })
  const barM = 1000
  const bar = `<path d="M60 ${fix(height - 18)}h${fix(barM * perMetre)}" stroke="#333" stroke-width="3"/><text x="${fix(70 + barM * perMetre)}" y="${fix(height - 13)}">1 km</text>`
  return svg(plot, height, [...marks, bar])
}

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const LABEL_HEIGHT = 14
const LETTER_WIDTH = 6.6

function boxAround([x, y]: readonly [number, number]): Box {
  return { x: x - 9, y: y - 9, width: 18, height: 18 }
}

/** The first place beside, below or above a mark where nothing is written yet; it is taken from then on. */
function placeLabel(
  [x, y]: readonly [number, number],
  label: string,
  taken: Box[],
): { x: number; y: number; anchor: 'start' | 'end' } {
  const width = label.length * LETTER_WIDTH
  const places = [0, 14, -14, 28, -28].flatMap((down) => [
    { x: x + 12, y: y - 7 + down, width, height: LABEL_HEIGHT },
    { x: x - 12 - width, y: y - 7 + down, width, height: LABEL_HEIGHT },
  ])
  const isFree = (box: Box) =>
    box.x >= 0 &&
    box.x + box.width <= WIDTH &&
    !taken.some(
      (one) =>
        one.x < box.x + box.width &&
        box.x < one.x + one.width &&
        one.y < box.y + box.height &&
        box.y < one.y + one.height,
    )
  const box = places.find(isFree) ?? places[0]!
  taken.push(box)
  const baseline = box.y + LABEL_HEIGHT - 3
  return box.x < x
    ? { x: box.x + width, y: baseline, anchor: 'end' }
    : { x: box.x, y: baseline, anchor: 'start' }
}

/** Text for element content and quoted attributes. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`)
}

interface Scale {
  readonly ticks: readonly number[]
  at(value: number): number
  format(value: number): string
}

function scale(axis: Axis, values: readonly number[], start: number, end: number): Scale {
  const from = axis.from ?? Math.min(0, ...values)
  const most = axis.to ?? Math.max(from + 1e-9, ...values)
  const step = axis.step ?? niceStep((most - from) / 6)
  const to = axis.to ?? from + Math.ceil((most - from) / step - 1e-9) * step
  const count = Math.floor((to - from) / step + 1e-9)
  return {
    ticks: Array.from({ length: count + 1 }, (_, i) => from + i * step),
    at: (value) => start + ((Math.min(to, Math.max(from, value)) - from) / (to - from)) * (end - start),
    format: axis.format ?? ((value) => value.toLocaleString('en-US', { maximumFractionDigits: 2 })),
  }
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough))
  const lead = rough / power
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power
}

function axes(x: Scale, y: Scale, plot: { x: Axis; y: Axis }): string[] {
  const bottom = HEIGHT - BOTTOM
  return [
    ...y.ticks.map((tick) => {
      const at = fix(y.at(tick))
      return `<path d="M${LEFT} ${at}H${WIDTH - RIGHT}" stroke="#ddd"/><text x="${LEFT - 8}" y="${at + 5}" text-anchor="end">${escapeText(y.format(tick))}</text>`
    }),
    ...x.ticks.map((tick) => {
      const at = fix(x.at(tick))
      return `<path d="M${at} ${bottom}v5" stroke="#333"/><text x="${at}" y="${bottom + 20}" text-anchor="middle">${escapeText(x.format(tick))}</text>`
    }),
    `<path d="M${LEFT} ${TOP}V${bottom}H${WIDTH - RIGHT}" fill="none" stroke="#333"/>`,
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">${escapeText(plot.x.label)}</text>`,
    `<text x="18" y="${(TOP + bottom) / 2}" text-anchor="middle" transform="rotate(-90 18 ${(TOP + bottom) / 2})">${escapeText(plot.y.label)}</text>`,
  ]
}

function legend(series: readonly Series[]): string[] {
  return series.map(({ name }, i) => {
    const x = LEFT + (i % 2) * 320
    const y = HEIGHT + 12 + 24 * Math.floor(i / 2)
    return `<path d="M${x} ${y - 5}h36" stroke="${colour(i)}" stroke-width="2.5" stroke-dasharray="${DASHES[i % DASHES.length]}"/>${mark(i, x + 18, y - 5)}<text x="${x + 44}" y="${y}">${escapeText(name)}</text>`
  })
}

function mark(i: number, x: number, y: number): string {
  const fill = colour(i)
  if (i % 3 === 0) return `<circle cx="${fix(x)}" cy="${fix(y)}" r="4" fill="${fill}"/>`
  if (i % 3 === 1) return `<rect x="${fix(x - 4)}" y="${fix(y - 4)}" width="8" height="8" fill="${fill}"/>`
  return `<path d="M${fix(x)} ${fix(y - 5)}l5 9h-10z" fill="${fill}"/>`
}

function colour(i: number): string {
  return COLOURS[i % COLOURS.length]!
}

function svg({ title, description }: Heading, height: number, parts: readonly string[]): string {
  const id = title.replace(/[^a-zA-Z0-9]+/g, '-').toLowerCase()
  return [
    `<svg viewBox="0 0 ${WIDTH} ${Math.ceil(height)}" role="img" aria-labelledby="${id}-t ${id}-d" xmlns="http://www.w3.org/2000/svg">`,
    `<title id="${id}-t">${escapeText(title)}</title><desc id="${id}-d">${escapeText(description)}</desc>`,
    ...parts,
    '</svg>',
  ].join('\n')
}

function fix(value: number): number {
  return Math.round(value * 10) / 10
}
