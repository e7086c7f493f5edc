import { crc32, deflateSync } from 'node:zlib'
import { ByteWriter, concatBytes, toBase64, utf8 } from '@hanpyo/protocol/bytes.ts'
import encodeQR from 'qr'

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

/** A greyscale PNG with one bit per pixel (W3C PNG section 11.2). */
function png(rows: readonly (readonly boolean[])[], scale: number): Uint8Array {
  const size = rows.length * scale
  const header = new ByteWriter().u32(size).u32(size).u8(1).u8(0).u8(0).u8(0).u8(0).bytes()
  const lineBytes = Math.ceil(size / 8)
  const lines = rows.flatMap((row) => {
    const line = new Uint8Array(1 + lineBytes)
    for (let x = 0; x < size; x++) {
      if (row[Math.floor(x / scale)] !== true) line[1 + (x >> 3)]! |= 0x80 >> (x & 7)
    }
    return Array.from({ length: scale }, () => line)
  })
  return concatBytes(
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    chunk('IDAT', new Uint8Array(deflateSync(concatBytes(...lines)))),
    chunk('IEND', new Uint8Array()),
  )
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = concatBytes(utf8(type), data)
  return new ByteWriter().u32(data.length).raw(body).u32(crc32(body)).bytes()
}
