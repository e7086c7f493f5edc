/** Expected failures are values; bugs throw. */
export type Result<T, E extends string = string> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E; readonly detail?: string }

/** A success carrying `value`. */
export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

/** A failure with a code from a string-literal union and, for people, an optional detail without secrets. */
export function err<E extends string>(
  error: E,
  detail?: string,
): { readonly ok: false; readonly error: E; readonly detail?: string } {
  return detail === undefined ? { ok: false, error } : { ok: false, error, detail }
}

/** The value of a success; throws for a failure. For call sites where failure would be a bug. */
export function expectOk<T>(result: Result<T, string>): T {
  if (result.ok) return result.value
  throw new Error(result.detail === undefined ? result.error : `${result.error}: ${result.detail}`)
}
