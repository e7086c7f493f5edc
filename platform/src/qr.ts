import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import encodeQR from 'qr'
import { encodeMonochromePng } from './png.ts'

export interface QrOptions {
  /** `alphanumeric` packs `0-9 A-Z $%*+-./:` and space tighter; the default takes what fits the text best. */
  readonly encoding?: 'alphanumeric' | 'byte'
  /** How much of the symbol may be damaged: 7 %, 15 % (default), 25 %, 30 %. */
  readonly errorCorrection?: 'low' | 'medium' | 'quartile' | 'high'
  /** Quiet zone in modules; ISO/IEC 18004 asks for 4, the default. */
  readonly border?: number
}

/** The symbol row by row; true is dark. The quiet zone is included. Throws when the text does not fit. */
export function qrMatrix(text: string, options: QrOptions = {}): boolean[][] {
  return encodeQR(text, 'raw', {
    ecc: options.errorCorrection ?? 'medium',
    border: options.border ?? 4,
    ...(options.encoding === undefined ? {} : { encoding: options.encoding }),
  })
}

/** An SVG element without width and height: it scales to its box. */
export function qrSvg(text: string, options: QrOptions = {}): string {
  const rows = qrMatrix(text, options)
  const path = darkRuns(rows).map(({ x, y, length }) => `M${x} ${y}h${length}v1h-${length}z`)
  const size = rows.length
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges">` +
    `<rect width="${size}" height="${size}" fill="#fff"/><path d="${path.join('')}" fill="#000"/></svg>`
  )
}

/** A `data:image/png;base64,…` URL, `pixelsPerModule` (default 8) pixels for each module, 1 bit per pixel. */
export function qrPngDataUrl(text: string, options: QrOptions & { pixelsPerModule?: number } = {}): string {
  const scale = options.pixelsPerModule ?? 8
  return `data:image/png;base64,${toBase64(png(qrMatrix(text, options), scale))}`
}

/** Horizontal runs of dark modules, in module coordinates. For drawing on paper or screen. */
export function darkRuns(rows: readonly (readonly boolean[])[]): { x: number; y: number; length: number }[] {
  const runs: { x: number; y: number; length: number }[] = []
  for (const [y, row] of rows.entries()) {
    let start = -1
    for (let x = 0; x <= row.length; x++) {
      const isDark = row[x] === true
      if (isDark && start < 0) start = x
      if (!isDark && start >= 0) {
        runs.push({ x: start, y, length: x - start })
        start = -1
      }
    }
  }
  return runs
}

function png(rows: readonly (readonly boolean[])[], scale: number): Uint8Array {
  const size = rows.length * scale
  const rowBytes = Math.ceil(size / 8)
  const data = new Uint8Array(rowBytes * size)
  for (const { x, y, length } of darkRuns(rows)) {
    for (let row = y * scale; row < (y + 1) * scale; row++) {
      for (let column = x * scale; column < (x + length) * scale; column++)
        data[row * rowBytes + (column >> 3)]! |= 0x80 >> (column & 7)
    }
  }
  return encodeMonochromePng({ width: size, height: size, data })
}
