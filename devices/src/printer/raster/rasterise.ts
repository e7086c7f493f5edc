import type { OutlineCommand } from '@hanpyo/platform/font.ts'
import { Bitmap } from './bitmap.ts'

/** A straight edge in dots, y downwards, kept with `top` < `bottom`; `winding` tells which way it was drawn. */
interface Edge {
  readonly top: number
  readonly bottom: number
  readonly xAtTop: number
  /** Change of x per dot downwards. */
  readonly slope: number
  readonly winding: 1 | -1
}

/** Where the outline's origin (on the baseline, at the left) lies in the picture, and how large a font unit is. */
export interface Placement {
  readonly scale: number
  readonly originX: number
  readonly originY: number
}

/** Straight pieces a curve is cut into: at the sizes of a receipt the error stays below a tenth of a dot. */
const CURVE_PIECES = 8
/** Lines each dot row is measured along; along a line the covered length is exact. */
const LINES_PER_DOT = 4
/** Share of a dot that has to be covered for it to be black. A little below half keeps thin strokes of dense syllables. */
const BLACK_FROM = 0.42

/**
 * Fills an outline into a picture of `width` × `height` dots by the non-zero winding rule, one bit per dot: a dot is
 * black when the outline covers at least 42 % of it. Whatever lies outside is cut off; numbers that are not finite draw nothing.
 */
export function rasterise(
  commands: readonly OutlineCommand[],
  placement: Placement,
  size: { width: number; height: number },
): Bitmap {
  const bitmap = new Bitmap(size.width, size.height)
  const edges = edgesOf(commands, placement)
  const coverage = new Float32Array(size.width)
  for (let y = 0; y < size.height; y++) {
    const crossing = edges.filter(({ top, bottom }) => bottom > y && top < y + 1)
    if (crossing.length === 0) continue
    coverage.fill(0)
    for (let line = 0; line < LINES_PER_DOT; line++) {
      addLine(coverage, crossing, y + (line + 0.5) / LINES_PER_DOT)
    }
    for (let x = 0; x < size.width; x++) if (coverage[x]! >= BLACK_FROM * LINES_PER_DOT) bitmap.set(x, y)
  }
  return bitmap
}

/** Adds to each dot the length that is inside the outline along the horizontal line at `y`. */
function addLine(coverage: Float32Array, edges: readonly Edge[], y: number): void {
  const crossings = edges
    .filter(({ top, bottom }) => top <= y && y < bottom)
    .map(({ xAtTop, slope, top, winding }) => ({ x: xAtTop + (y - top) * slope, winding }))
    .sort((a, b) => a.x - b.x)
  let depth = 0
  let from = 0
  for (const { x, winding } of crossings) {
    if (depth === 0) from = x
    depth += winding
    if (depth === 0) addSpan(coverage, from, x)
  }
}

function addSpan(coverage: Float32Array, from: number, to: number): void {
  const left = Math.max(0, from)
  const right = Math.min(coverage.length, to)
  for (let x = Math.floor(left); x < right; x++) {
    coverage[x]! += Math.min(right, x + 1) - Math.max(left, x)
  }
}

function edgesOf(commands: readonly OutlineCommand[], { scale, originX, originY }: Placement): Edge[] {
  const edges: Edge[] = []
  let [x, y, startX, startY] = [0, 0, 0, 0]
  const lineTo = (toX: number, toY: number) => {
    const edge = edgeBetween(
      originX + x * scale,
      originY - y * scale,
      originX + toX * scale,
      originY - toY * scale,
    )
    if (edge !== undefined) edges.push(edge)
    x = toX
    y = toY
  }
  for (const { command, args } of commands) {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = args
    const [fromX, fromY] = [x, y]
    switch (command) {
      case 'moveTo':
        // Filling closes every contour, also one that the font left open.
        lineTo(startX, startY)
        ;[x, y, startX, startY] = [a, b, a, b]
        break
      case 'lineTo':
        lineTo(a, b)
        break
      case 'quadraticCurveTo':
        for (let piece = 1; piece <= CURVE_PIECES; piece++) {
          const t = piece / CURVE_PIECES
          const s = 1 - t
          lineTo(s * s * fromX + 2 * s * t * a + t * t * c, s * s * fromY + 2 * s * t * b + t * t * d)
        }
        break
      case 'bezierCurveTo':
        for (let piece = 1; piece <= CURVE_PIECES; piece++) {
          const t = piece / CURVE_PIECES
          const s = 1 - t
          const [p, q, r, u] = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t]
          lineTo(p * fromX + q * a + r * c + u * e, p * fromY + q * b + r * d + u * f)
        }
        break
      case 'closePath':
        lineTo(startX, startY)
        break
    }
  }
  lineTo(startX, startY)
  return edges
}

function edgeBetween(x1: number, y1: number, x2: number, y2: number): Edge | undefined {
  if (y1 === y2 || ![x1, y1, x2, y2].every(Number.isFinite)) return undefined
  const slope = (x2 - x1) / (y2 - y1)
  return y1 < y2
    ? { top: y1, bottom: y2, xAtTop: x1, slope, winding: 1 }
    : { top: y2, bottom: y1, xAtTop: x2, slope, winding: -1 }
}
