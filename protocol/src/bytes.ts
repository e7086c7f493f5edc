/**
 * The one reader and writer for bytes: big-endian integers, strict base64 (RFC 4648 section 4, padded,
 * canonical) and strict lower-case hex. Nothing else in the project computes offsets by hand.
 */
const textEncoder = new TextEncoder()
const textDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 bytes of a string. */
export function utf8(text: string): Uint8Array {
  return textEncoder.encode(text)
}

/** Strict UTF-8 decoding; throws `TypeError` for malformed input. A byte order mark is kept. */
export function decodeUtf8(bytes: Uint8Array): string {
  return textDecoder.decode(bytes)
}

/** A domain-separation tag: `u8 length ‖ ASCII`. Throws when `name` is empty, longer than 255 or not ASCII. */
export function tag(name: string): Uint8Array {
  if (!/^[\x21-\x7e]{1,255}$/.test(name)) throw new RangeError(`"name" is not a printable ASCII tag: ${name}`)
  return concatBytes(Uint8Array.of(name.length), utf8(name))
}

/** All parts in order, in one new array. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const out = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    out.set(part, offset)
    offset += part.length
  }
  return out
}

/** Equality without early exit inside equal lengths (not a constant-time guarantee by the engine). */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number)
  return difference === 0
}

/** Lexicographic order of unsigned bytes; a prefix sorts first. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = (a[i] as number) - (b[i] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Whether every byte is zero. */
export function isZero(bytes: Uint8Array): boolean {
  let any = 0
  for (const byte of bytes) any |= byte
  return any === 0
}

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  let out = ''
  for (const byte of bytes) out += HEX[byte]
  return out
}

/** Strict lower-case hex to bytes; `null` for anything else. */
export function parseHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0 || !/^[0-9a-f]*$/.test(text)) return null
  const out = new Uint8Array(text.length / 2)
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16)
  return out
}

/** Lower-case hex to bytes; throws `RangeError` for anything else. For constants and trusted input. */
export function fromHex(text: string): Uint8Array {
  const bytes = parseHex(text)
  if (bytes === null) throw new RangeError('"text" is not lower-case hex')
  return bytes
}

/** Base64 with padding (RFC 4648 section 4). */
export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let i = 0; i < bytes.length; i += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  }
  return btoa(binary)
}

/** Strict, canonical base64 to bytes; `null` for anything that does not encode back to the same text. */
export function parseBase64(text: string): Uint8Array | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null
  const binary = atob(text)
  const out = new Uint8Array(binary.length)
  for (let i = 0; i < out.length; i++) out[i] = binary.charCodeAt(i)
  return toBase64(out) === text ? out : null
}

/** Base64 to bytes; throws `RangeError` for anything not canonical. For constants and trusted input. */
export function fromBase64(text: string): Uint8Array {
  const bytes = parseBase64(text)
  if (bytes === null) throw new RangeError('"text" is not canonical base64')
  return bytes
}

/** Thrown by `ByteReader` when the input ends early or goes on too long; parsers turn it into an error value. */
export class ShortInputError extends Error {
  override readonly name = 'ShortInputError'
}

/** Reads big-endian integers and byte runs in order; every read past the end throws `ShortInputError`. */
export class ByteReader {
  readonly #bytes: Uint8Array
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset
  }

  /** The next `length` bytes, copied. */
  take(length: number): Uint8Array {
    if (length < 0 || length > this.remaining) {
      throw new ShortInputError(`wanted ${length} bytes at ${this.#offset}, ${this.remaining} left`)
    }
    const out = this.#bytes.slice(this.#offset, this.#offset + length)
    this.#offset += length
    return out
  }

  /** Everything that is left, copied. */
  rest(): Uint8Array {
    return this.take(this.remaining)
  }

  /** An unsigned big-endian integer of 1..6 bytes. */
  uint(byteLength: 1 | 2 | 3 | 4 | 5 | 6): number {
    let value = 0
    for (const byte of this.take(byteLength)) value = value * 256 + byte
    return value
  }

  u8(): number {
    return this.uint(1)
  }

  u16(): number {
    return this.uint(2)
  }

  u24(): number {
    return this.uint(3)
  }

  u32(): number {
    return this.uint(4)
  }

  /** An unsigned big-endian 64-bit integer. */
  u64(): bigint {
    let value = 0n
    for (const byte of this.take(8)) value = (value << 8n) | BigInt(byte)
    return value
  }

  /** Throws `ShortInputError` unless everything was read. */
  end(): void {
    if (this.remaining !== 0) throw new ShortInputError(`${this.remaining} bytes too many`)
  }
}

/** Appends big-endian integers and byte runs; `bytes()` joins them. Methods return the writer. */
export class ByteWriter {
  readonly #parts: Uint8Array[] = []

  raw(...parts: readonly Uint8Array[]): this {
    for (const part of parts) this.#parts.push(part)
    return this
  }

  /** An unsigned big-endian integer; throws `RangeError` when it does not fit. */
  uint(byteLength: 1 | 2 | 3 | 4 | 5 | 6, value: number): this {
    if (!Number.isInteger(value) || value < 0 || value >= 256 ** byteLength) {
      throw new RangeError(`"value" does not fit ${byteLength} bytes: ${value}`)
    }
    const out = new Uint8Array(byteLength)
    let left = value
    for (let i = byteLength - 1; i >= 0; i--) {
      out[i] = left % 256
      left = Math.floor(left / 256)
    }
    return this.raw(out)
  }

  u8(value: number): this {
    return this.uint(1, value)
  }

  u16(value: number): this {
    return this.uint(2, value)
  }

  u24(value: number): this {
    return this.uint(3, value)
  }

  u32(value: number): this {
    return this.uint(4, value)
  }

  /** An unsigned big-endian 64-bit integer; throws `RangeError` when it does not fit. */
  u64(value: bigint): this {
    if (value < 0n || value >> 64n !== 0n) throw new RangeError(`"value" does not fit 8 bytes: ${value}`)
    const out = new Uint8Array(8)
    for (let i = 0; i < 8; i++) out[i] = Number((value >> BigInt(8 * (7 - i))) & 0xffn)
    return this.raw(out)
  }

  bytes(): Uint8Array {
    return concatBytes(...this.#parts)
  }
}
