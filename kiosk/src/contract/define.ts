import type { Result } from '@hanpyo/protocol/result.ts'
import type { z } from 'zod'

/** One remote method: a single object in, a value or one of the listed error codes out. */
export interface Method<
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
  ErrorCode extends string = string,
> {
  readonly input: Input
  readonly output: Output
  /** Expected failures. Anything else the server answers is a `TransportError`. */
  readonly errors: readonly ErrorCode[]
}

export type Contract = Readonly<Record<string, Method>>

/**
 * Names the methods both sides share; the server checks every input against it.
 *
 * @example
 * const contract = defineContract({
 *   'lamp.set': method({ input: z.strictObject({ on: z.boolean() }), output: z.null(), errors: ['no-lamp'] }),
 * })
 */
export function defineContract<const C extends Contract>(contract: C): C {
  return contract
}

/** One entry of a contract, with its error codes kept as literal types; none when `errors` is left out. */
export function method<I extends z.ZodType, O extends z.ZodType>(spec: {
  readonly input: I
  readonly output: O
  readonly errors?: never
}): Method<I, O, never>
export function method<I extends z.ZodType, O extends z.ZodType, const E extends string>(spec: {
  readonly input: I
  readonly output: O
  readonly errors: readonly E[]
}): Method<I, O, E>
export function method(spec: {
  readonly input: z.ZodType
  readonly output: z.ZodType
  readonly errors?: readonly string[]
}): Method {
  return { input: spec.input, output: spec.output, errors: spec.errors ?? [] }
}

export type InputOf<M> = M extends Method<infer I, z.ZodType, string> ? z.infer<I> : never
export type OutputOf<M> = M extends Method<z.ZodType, infer O, string> ? z.infer<O> : never
export type ErrorOf<M> = M extends Method<z.ZodType, z.ZodType, infer E> ? E : never

/** Failures of the way to the core, not of the method: the same for every method. */
export const TRANSPORT_ERRORS = [
  'core-unreachable',
  'not-allowed',
  'unknown-method',
  'invalid-input',
  'request-too-large',
  'internal-error',
] as const
export type TransportError = (typeof TRANSPORT_ERRORS)[number]

/** What a server must provide: one function per method, failing only with that method's codes. */
export type Handlers<C extends Contract> = {
  readonly [Name in keyof C]: (
    input: InputOf<C[Name]>,
    signal: AbortSignal,
  ) => Promise<Result<OutputOf<C[Name]>, ErrorOf<C[Name]>>>
}

/** What a page sees: one function per method; never rejects except when its signal aborts. */
export type Client<C extends Contract> = {
  readonly [Name in keyof C]: (
    input: InputOf<C[Name]>,
    signal?: AbortSignal,
  ) => Promise<Result<OutputOf<C[Name]>, ErrorOf<C[Name]> | TransportError>>
}
