const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/**
 * CRC-32 as in zlib and Ethernet (reflected polynomial 0xEDB88320), the Reassembly Check Sequence of RFC 8724 section
 * 8.2.3. `previous` continues an earlier result: `crc32(b, crc32(a))` is the value of a ‖ b. An unsigned 32-bit number.
 */
export function crc32(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] as number)
  return ~crc >>> 0
}
