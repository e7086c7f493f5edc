/**
 * What never goes into a log, whoever writes it: secrets of any kind, what a voter chose, and whatever would
 * tie a log line (which has a time) to one ballot or one slip.
 */
const SECRET_FIELD =
  /secret|seed|private|passw|passphrase|token|app_?key|nwk_?s?key|session_?key|randomness|choice|selection|plaintext|slip|credential|ballot_?id|tracker|authorization|cookie/i
/** Counts and states about such things are facts of operation and may be logged. */
const HARMLESS_FIELD = /(count|total|state|error|code|length|bytes|ms|path)$/i

const SECRET_TEXT: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\bPRIVATE\+KEY\+\S+/g,
  /(?<=\bAT\+(?:APPKEY|NWKKEY|APPSKEY|NWKSKEY)=)[0-9A-Fa-f]{8,}/gi,
  /(?<=\bAT\+KEY=[A-Z]+,")[0-9A-Fa-f]{8,}/gi,
  /\bHP[12][0-9A-Z]{20,}\b/gi,
]

const REDACTED = '[redacted]'
const DEEPEST = 6

/** A copy of `text` without key material in the notations the project meets. */
export function redactText(text: string): string {
  return SECRET_TEXT.reduce((clean, pattern) => clean.replace(pattern, REDACTED), text)
}

/**
 * A copy of `value` fit for a log: fields with secret-like names and all byte arrays are replaced, strings are
 * cleaned, errors become `{name, code, message, stack}`, depth is bounded.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Error) return redactError(value, depth)
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`
  if (depth >= DEEPEST) return '[too deep]'
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1))
  const clean: Record<string, unknown> = {}
  for (const [field, item] of Object.entries(value)) {
    clean[field] = isSecretField(field) && isTelling(item) ? REDACTED : redact(item, depth + 1)
  }
  return clean
}

function isSecretField(field: string): boolean {
  return SECRET_FIELD.test(field) && !HARMLESS_FIELD.test(field)
}

function isTelling(item: unknown): boolean {
  return item !== null && item !== undefined && typeof item !== 'boolean'
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const { code } = error as NodeJS.ErrnoException
  return {
    name: error.name,
    ...(code === undefined ? {} : { code }),
    message: redactText(error.message),
    ...(error.stack === undefined ? {} : { stack: redactText(error.stack) }),
    ...(error.cause === undefined || depth >= DEEPEST ? {} : { cause: redact(error.cause, depth + 1) }),
  }
}
