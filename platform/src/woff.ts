import { inflateSync } from 'node:zlib'
import { ByteReader, ByteWriter, concatBytes } from '@hanpyo/protocol/bytes.ts'

const WOFF_SIGNATURE = 0x774f4646
const SFNT_HEADER_BYTES = 12
const SFNT_ENTRY_BYTES = 16

/**
 * Unpacks a WOFF 1.0 font (W3C recommendation, sections 3 to 5) into the TrueType file it was made from.
 * fontkit reads WOFF too, but inflates the glyph table again for every access. Throws for anything else.
 */
export function unpackWoff(woff: Uint8Array): Uint8Array {
  const reader = new ByteReader(woff)
  if (reader.u32() !== WOFF_SIGNATURE) throw new RangeError('"woff" is not a WOFF 1.0 font')
  const flavor = reader.u32()
  reader.u32()
  const tableCount = reader.u16()
  // Reserved, total size, version, metadata and private blocks: nothing a printer needs.
  reader.take(2 + 4 + 2 + 2 + 5 * 4)
  const tables = Array.from({ length: tableCount }, () => {
    const [tag, offset, packedLength, length, checksum] = [
      reader.u32(),
      reader.u32(),
      reader.u32(),
      reader.u32(),
      reader.u32(),
    ]
    const packed = woff.subarray(offset, offset + packedLength)
    const data = packedLength < length ? new Uint8Array(inflateSync(packed)) : packed
    if (data.length !== length) throw new RangeError('"woff" has a table of the wrong length')
    return { tag, checksum, data }
  })
  return sfnt(flavor, tables)
}

function sfnt(
  flavor: number,
  tables: readonly { tag: number; checksum: number; data: Uint8Array }[],
): Uint8Array {
  const largestPower = 2 ** Math.floor(Math.log2(tables.length))
  const header = new ByteWriter()
    .u32(flavor)
    .u16(tables.length)
    .u16(largestPower * SFNT_ENTRY_BYTES)
    .u16(Math.log2(largestPower))
    .u16((tables.length - largestPower) * SFNT_ENTRY_BYTES)
  const bodies: Uint8Array[] = []
  let offset = SFNT_HEADER_BYTES + tables.length * SFNT_ENTRY_BYTES
  for (const { tag, checksum, data } of tables) {
    header.u32(tag).u32(checksum).u32(offset).u32(data.length)
    const padding = new Uint8Array((4 - (data.length % 4)) % 4)
    bodies.push(data, padding)
    offset += data.length + padding.length
  }
  return concatBytes(header.bytes(), ...bodies)
}
