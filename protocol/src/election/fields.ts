/** Field types shared by the manifest and the records: everything is JSON, bytes travel as strict base64. */
import { z } from 'zod'
import { parseBase64, parseHex } from '../bytes.ts'

/** Canonical base64 of exactly `length` bytes. */
export function base64Bytes(length: number): z.ZodString {
  return z.string().refine((text) => parseBase64(text)?.length === length, `not base64 of ${length} bytes`)
}

/** Lower-case hex of exactly `length` bytes. */
export function hexBytes(length: number): z.ZodString {
  return z
    .string()
    .refine((text) => parseHex(text)?.length === length, `not lower-case hex of ${length} bytes`)
}

/** An integer from `min` to `max`, both included. */
export function integer(min: number, max: number): z.ZodInt {
  return z.int().min(min).max(max)
}

/** Unix time in whole seconds, up to the year 9999. */
export const unixSeconds = integer(0, 253_402_300_799)

/** A text of 1 to `max` UTF-16 units without control characters other than line feed. */
export function text(max: number): z.ZodString {
  return z
    .string()
    .min(1)
    .max(max)
    .regex(/^(?:\P{Cc}|\n)*$/u)
}

/** Korean and English of one text. */
export function bilingual(max: number) {
  return z.strictObject({ ko: text(max), en: text(max) })
}

/** The same, either may be empty. */
export function optionalBilingual(max: number) {
  return z.strictObject({ ko: text(max).or(z.literal('')), en: text(max).or(z.literal('')) })
}

export const kioskId = integer(0, 0xffff)
export const slipNumber = integer(0, 0xff_ffff)

/** Short machine name of a centre or bridge. */
export const shortName = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/)

/** Log origin and election id: a URL without its scheme, lower-case host, no spaces and no plus sign. */
export const origin = z
  .string()
  .max(180)
  .regex(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?(?:\/[A-Za-z0-9._~-]+)*$/)

/** Strictly ascending integers. */
export function isAscending(values: readonly number[]): boolean {
  return values.every((value, i) => i === 0 || (values[i - 1] as number) < value)
}
