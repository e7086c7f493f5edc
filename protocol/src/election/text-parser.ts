import type { z } from 'zod'
import { parseCanonicalJson } from '../json.ts'
import { err, ok, type Result } from '../result.ts'

export type RecordError = 'record-text' | 'record-schema'

/** A total parser of note texts: canonical JSON, one line feed, and exactly the fields of a schema. */
export function textParser<T>(schema: z.ZodType<T>): (noteText: string) => Result<T, RecordError> {
  return (noteText) => {
    if (!noteText.endsWith('\n')) return err('record-text', 'no final line feed')
    const json = parseCanonicalJson(noteText.slice(0, -1))
    if (!json.ok) return err('record-text', json.detail ?? json.error)
    const parsed = schema.safeParse(json.value)
    return parsed.success ? ok(parsed.data) : err('record-schema', describeIssues(parsed.error))
  }
}

/** First problems of a schema check in one line: path and message, never the value. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'value'}: ${issue.message}`)
    .join('; ')
}
