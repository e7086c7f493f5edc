import { ByteWriter } from '@hanpyo/protocol/bytes.ts'

/** LINKTYPE_LORATAP (tcpdump.org/linktypes.html). */
export const LINKTYPE_LORATAP = 270

const MAGIC_MICROSECONDS = 0xa1b2c3d4
const SNAPLEN = 65_535

/** The 24 bytes every pcap file begins with (draft-ietf-opsawg-pcap), big-endian, times in microseconds. */
export function pcapFileHeader(linkType: number): Uint8Array {
  return new ByteWriter()
    .u32(MAGIC_MICROSECONDS)
    .u16(2)
    .u16(4)
    .u32(0)
    .u32(0)
    .u32(SNAPLEN)
    .u32(linkType)
    .bytes()
}

/** One packet with its 16-byte record header. */
export function pcapRecord(unixMs: number, packet: Uint8Array): Uint8Array {
  const us = Math.round(unixMs * 1000)
  return new ByteWriter()
    .u32(Math.floor(us / 1_000_000))
    .u32(us % 1_000_000)
    .u32(packet.length)
    .u32(packet.length)
    .raw(packet)
    .bytes()
}
