import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { z } from 'zod'

/** JSON bytes checked against a schema. Total; the detail names fields, never values. */
export function parseJsonWith<T>(
  schema: z.ZodType<T>,
  bytes: Uint8Array,
): Result<T, 'malformed'> & { detail?: string } {
  let json: unknown
  try {
    json = JSON.parse(decodeUtf8(bytes))
  } catch {
    return err('malformed', 'not JSON')
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return ok(parsed.data)
  const fields = parsed.error.issues.map((issue) => issue.path.join('.') || '(file)')
  return err('malformed', [...new Set(fields)].join(', '))
}
