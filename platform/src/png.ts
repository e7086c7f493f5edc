import { crc32, deflateSync } from 'node:zlib'
import { ByteWriter, concatBytes, utf8 } from '@hanpyo/protocol/bytes.ts'

/** A black and white picture: rows of ⌈width/8⌉ bytes, most significant bit leftmost, 1 is black. */
export interface MonochromeImage {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** A greyscale PNG with one bit per pixel (W3C PNG section 11.2). Throws when `data` has another length. */
export function encodeMonochromePng({ width, height, data }: MonochromeImage): Uint8Array {
  const rowBytes = Math.ceil(width / 8)
  if (data.length !== rowBytes * height) throw new RangeError(`"data" is not ${rowBytes * height} bytes long`)
  const header = new ByteWriter().u32(width).u32(height).u8(1).u8(0).u8(0).u8(0).u8(0).bytes()
  const lines = new Uint8Array((1 + rowBytes) * height)
  for (let y = 0; y < height; y++) {
    // Filter type 0, then the row; PNG has 1 for white.
    for (let at = 0; at < rowBytes; at++)
      lines[y * (1 + rowBytes) + 1 + at] = ~data[y * rowBytes + at]! & 0xff
  }
  return concatBytes(
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    chunk('IDAT', new Uint8Array(deflateSync(lines))),
    chunk('IEND', new Uint8Array()),
  )
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = concatBytes(utf8(type), data)
  return new ByteWriter().u32(data.length).raw(body).u32(crc32(body)).bytes()
}
