import { ByteWriter, fromHex } from '../bytes.ts'

/** What a shuffle proof is bound to: H_m ‖ u16 contest ‖ u8 mixer ‖ SHA-256 of the input list; 67 bytes. */
export function mixContext(
  manifestHash: Uint8Array,
  contest: number,
  mixer: number,
  inputHash: string,
): Uint8Array {
  return new ByteWriter().raw(manifestHash).u16(contest).u8(mixer).raw(fromHex(inputHash)).bytes()
}

/** What a proof of shares is bound to: H_m ‖ u16 contest ‖ u8 trustee ‖ SHA-256 of the last mix; 67 bytes. */
export function sharesContext(
  manifestHash: Uint8Array,
  contest: number,
  trustee: number,
  mixHash: string,
): Uint8Array {
  return new ByteWriter().raw(manifestHash).u16(contest).u8(trustee).raw(fromHex(mixHash)).bytes()
}
