import { err, ok, type Result } from '@hanpyo/protocol/result.ts'

/** The gRPC codes ChirpStack answers with. It has no PERMISSION_DENIED and, in fact, never says ALREADY_EXISTS. */
export type StatusCode = 'invalid-argument' | 'not-found' | 'unauthenticated' | 'internal' | 'unimplemented'

/** What a method gives back: a response, or a code with ChirpStack's own words. */
export type Outcome<T> = Result<T, StatusCode>

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** In the words of Rust's uuid crate. */
export function parseUuid(text: string): Outcome<string> {
  if (UUID.test(text)) return ok(text.toLowerCase())
  const position = text.search(/[^0-9a-f-]/i)
  if (position === -1) return err('invalid-argument', `invalid length: found ${text.length}`)
  return err('invalid-argument', `invalid character: found \`${text[position]}\` at ${position}`)
}

/** 16 hex digits; no text at all is EUI 0. A wrong EUI is INTERNAL in ChirpStack, not INVALID_ARGUMENT. */
export function parseEui(text: string): Outcome<string> {
  return parseHex(text, 8)
}

/** 32 hex digits; no text at all is the zero key. */
export function parseKey(text: string): Outcome<string> {
  return parseHex(text, 16)
}

/** `byteCount` bytes in hex, lower-cased. */
export function parseHex(text: string, byteCount: number): Outcome<string> {
  if (text === '') return ok('00'.repeat(byteCount))
  if (text.length % 2 === 1) return err('internal', 'Odd number of digits')
  if (text.length !== byteCount * 2) return err('internal', 'Invalid string length')
  const position = text.search(/[^0-9a-f]/i)
  if (position === -1) return ok(text.toLowerCase())
  return err('internal', `Invalid character '${text[position]}' at position ${position}`)
}

export function notFound(id: string): Outcome<never> {
  return err('not-found', `Object does not exist (id: ${id})`)
}

/** A second object with the same key: SQLite's sentence, passed on as INTERNAL. */
export function notUnique(column: string): Outcome<never> {
  return err('internal', `UNIQUE constraint failed: ${column}`)
}

/** An object that refers to one that is not there. */
export function danglingReference(): Outcome<never> {
  return err('internal', 'FOREIGN KEY constraint failed')
}

export function invalid(reason: string): Outcome<never> {
  return err('invalid-argument', `Validation error: ${reason}`)
}

export function missing(field: string): Outcome<never> {
  return err('invalid-argument', `${field} is missing`)
}
