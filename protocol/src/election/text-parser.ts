import type { z } from 'zod'
import { canonicalJson, type Json, parseCanonicalJson } from '../json.ts'
import { err, ok, type Result } from '../result.ts'

export type RecordError = 'record-text' | 'record-schema'

/** A total parser of note texts: canonical JSON, one line feed, and exactly the fields of a schema. */
export function textParser<T>(schema: z.ZodType<T>): (noteText: string) => Result<T, RecordError> {
  return (noteText) => {
    if (!noteText.endsWith('\n')) return err('record-text', 'no final line feed')
    const json = parseCanonicalJson(noteText.slice(0, -1))
    if (!json.ok) return err('record-text', json.detail ?? json.error)
    const parsed = schema.safeParse(json.value)
    if (!parsed.success) return err('record-schema', describeIssues(parsed.error))
    // zod passes over a key "__proto__" of an open object, whatever it holds
    if (`${canonicalJson(parsed.data as Json)}\n` !== noteText) return err('record-schema', 'a key __proto__')
    return ok(parsed.data)
  }
}

/** First problems of a schema check in one line: path and message, never the value. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'value'}: ${issue.message}`)
    .join('; ')
}
