/**
 * Crockford base32 (crockford.com/base32): digits and letters without I, L, O, U; upper case on paper, five
 * bits a character, most significant bit first. All characters are in QR's alphanumeric set.
 */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const LOOKALIKES: Readonly<Record<string, string>> = { O: '0', I: '1', L: '1' }

/** The first `characters × 5` bits of `bytes`; missing bits at the end are zero. */
export function encodeCrockford(bytes: Uint8Array, characters: number): string {
  if (Math.ceil(bytes.length * 8) + 4 < characters * 5) {
    throw new RangeError(`"bytes" is too short for ${characters} characters`)
  }
  let out = ''
  for (let i = 0; i < characters; i++) {
    const [byte, offset] = [Math.floor((i * 5) / 8), (i * 5) % 8]
    const window = ((bytes[byte] ?? 0) << 8) | (bytes[byte + 1] ?? 0)
    out += ALPHABET[(window >> (11 - offset)) & 0x1f]
  }
  return out
}

/**
 * `byteLength` bytes of a text of exactly the characters they need; lower case and the look-alikes i, l, o
 * are read as 1, 1, 0. `null` for any other character, another length, or padding bits that are not zero.
 */
export function parseCrockford(text: string, byteLength: number): Uint8Array | null {
  if (text.length !== Math.ceil((byteLength * 8) / 5)) return null
  const out = new Uint8Array(byteLength)
  let [buffer, bits, written] = [0, 0, 0]
  for (const character of normalizeCrockford(text)) {
    const value = ALPHABET.indexOf(character)
    if (value < 0) return null
    buffer = ((buffer << 5) | value) & 0xfff
    bits += 5
    if (bits >= 8 && written < byteLength) {
      bits -= 8
      out[written++] = (buffer >> bits) & 0xff
    }
  }
  const padding = buffer & ((1 << bits) - 1)
  return padding === 0 ? out : null
}

/** Upper case with the look-alikes replaced, for comparing typed with printed characters. */
export function normalizeCrockford(text: string): string {
  return text.toUpperCase().replace(/[OIL]/g, (character) => LOOKALIKES[character] as string)
}
