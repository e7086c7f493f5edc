import type { ByteReader, ByteWriter } from '@hanpyo/protocol/bytes.ts'

/** LoRaWAN sends integers and identifiers least significant byte first. */
export function readLittleEndian(reader: ByteReader, byteLength: number): Uint8Array {
  return reader.take(byteLength).reverse()
}

/** An unsigned little-endian integer of 1…4 bytes. */
export function readUintLe(reader: ByteReader, byteLength: number): number {
  return readLittleEndian(reader, byteLength).reduce((value, byte) => value * 256 + byte, 0)
}

/** Appends `bytes`, given in the order people write them, least significant byte first. */
export function writeLittleEndian(writer: ByteWriter, bytes: Uint8Array): ByteWriter {
  return writer.raw(bytes.slice().reverse())
}

/** Appends an unsigned little-endian integer; throws `RangeError` when it does not fit. */
export function writeUintLe(writer: ByteWriter, byteLength: number, value: number): ByteWriter {
  if (!Number.isInteger(value) || value < 0 || value >= 256 ** byteLength) {
    throw new RangeError(`"value" does not fit ${byteLength} bytes: ${value}`)
  }
  const bytes = new Uint8Array(byteLength)
  let left = value
  for (let i = 0; i < byteLength; i++) {
    bytes[i] = left % 256
    left = Math.floor(left / 256)
  }
  return writer.raw(bytes)
}
