import { parseBase64, toBase64 } from '../bytes.ts'
import type { Ed25519 } from '../group/group.ts'
import { canonicalJson, parseCanonicalJson } from '../json.ts'
import { isSize } from '../log/decimal.ts'
import { createNoteSigner, noteVerifier, parseNote, verifyNote } from '../log/note.ts'
import { err, ok, type Result } from '../result.ts'

/**
 * A bridge's promise that a leaf will be published: it will have an index of at least `size`, the last signed
 * tree size when the record was committed, in a checkpoint signed before `deadline`.
 */
export interface InclusionPromise {
  /** Unix seconds: end of the tick after `maxDelay`. */
  readonly deadline: number
  /** Leaf hash, 32 bytes. */
  readonly leaf: Uint8Array
  /** Log origin. */
  readonly log: string
  readonly size: number
}

export type PromiseError = 'promise-malformed' | 'promise-signature' | 'promise-key'

/**
 * The deadline (unix seconds) of a promise given at `nowMs`: the end of the tick after the one in which `maxDelay` passes, on
 * the grid of ticks. The grid keeps the acceptance time out of the promise.
 */
export function promiseDeadline(nowMs: number, maxDelaySeconds: number, tickSeconds: number): number {
  const latestSeconds = nowMs / 1000 + maxDelaySeconds
  return (Math.ceil(latestSeconds / tickSeconds) + 1) * tickSeconds
}

/** A signed note by the bridge's key `<origin>/bridge/<id>`, text `{deadline, leaf, log, size}`. */
export function signPromise(signer: {
  readonly ed25519: Ed25519
  readonly keyName: string
  readonly seed: Uint8Array
  readonly promise: InclusionPromise
}): string {
  return createPromiseSigner(signer)(signer.promise)
}

/** `signPromise` for a key that gives many promises. */
export function createPromiseSigner(key: {
  readonly ed25519: Ed25519
  readonly keyName: string
  readonly seed: Uint8Array
}): (promise: InclusionPromise) => string {
  const sign = createNoteSigner({ ed25519: key.ed25519, name: key.keyName, seed: key.seed })
  return ({ deadline, leaf, log, size }) => {
    if (leaf.length !== 32) throw new RangeError('"leaf" is not 32 bytes')
    if (!isSize(size) || !isSize(deadline)) throw new RangeError('"size" or "deadline" is not a number')
    return sign(`${canonicalJson({ deadline, leaf: toBase64(leaf), log, size })}\n`)
  }
}

/** Reads a promise note and checks that exactly the key `vkey` signed it. */
export function verifyPromise(
  ed25519: Ed25519,
  vkey: string,
  note: Uint8Array | string,
): Result<InclusionPromise, PromiseError> {
  const verifier = noteVerifier(ed25519, vkey)
  if (!verifier.ok) return err('promise-key', verifier.error)
  const parsed = parseNote(note)
  if (!parsed.ok) return err('promise-malformed', parsed.error)
  const verified = verifyNote(parsed.value, [verifier.value], { exactly: true })
  if (!verified.ok) return err('promise-signature', verified.error)
  return parsePromise(parsed.value.text)
}

/** Reads the text of a promise note; the signature is `verifyPromise`'s work. */
export function parsePromise(text: string): Result<InclusionPromise, 'promise-malformed'> {
  const json = text.endsWith('\n') ? parseCanonicalJson(text.slice(0, -1)) : err('not-json')
  if (!json.ok || typeof json.value !== 'object' || json.value === null || Array.isArray(json.value)) {
    return err('promise-malformed')
  }
  const fields = json.value as Readonly<Record<string, unknown>>
  if (Object.keys(fields).join() !== 'deadline,leaf,log,size') return err('promise-malformed')
  const { deadline, leaf, log, size } = fields
  const hash = typeof leaf === 'string' ? parseBase64(leaf) : null
  if (hash === null || hash.length !== 32 || typeof log !== 'string') return err('promise-malformed')
  if (typeof deadline !== 'number' || typeof size !== 'number' || !isSize(deadline) || !isSize(size)) {
    return err('promise-malformed')
  }
  return ok({ deadline, leaf: hash, log, size })
}
