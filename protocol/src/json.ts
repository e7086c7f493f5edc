import canonicalize from 'canonicalize'
import { err, ok, type Result } from './result.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * Canonical JSON (RFC 8785), with two house rules: numbers are safe integers and strings are NFC.
 * Throws `TypeError` for values that break them.
 */
export function canonicalJson(value: Json): string {
  assertPlain(value)
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('"value" is not JSON')
  return text
}

/** Parses text that must be exactly its own canonical form; duplicate keys, spaces or floats are refused. */
export function parseCanonicalJson(text: string): Result<Json, 'not-json' | 'not-canonical-json'> {
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch {
    return err('not-json')
  }
  try {
    return canonicalJson(value) === text ? ok(value) : err('not-canonical-json')
  } catch (error) {
    return err('not-canonical-json', error instanceof Error ? error.message : undefined)
  }
}

function assertPlain(value: Json): void {
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) || Object.is(value, -0))
      throw new TypeError(`not a safe integer: ${value}`)
  } else if (typeof value === 'string') {
    if (value.normalize('NFC') !== value) throw new TypeError('a string is not in Unicode form NFC')
    if (!value.isWellFormed()) throw new TypeError('a string holds a lone surrogate')
  } else if (Array.isArray(value)) {
    for (const item of value) assertPlain(item)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      assertPlain(key)
      assertPlain(item as Json)
    }
  }
}
