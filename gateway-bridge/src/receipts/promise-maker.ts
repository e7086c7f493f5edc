import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { createPromiseSigner, parsePromise, promiseDeadline } from '@hanpyo/protocol/link/promise.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'

export interface PromiseMakerOptions {
  readonly ed25519: Ed25519
  /** Name and 32-byte seed of the bridge's promise key. */
  readonly keyName: string
  readonly seed: Uint8Array
  readonly origin: string
  readonly maxDelaySeconds: number
  readonly tickSeconds: number
  /** Simulated unix milliseconds. */
  now(): number
  /** Last signed size. */
  logSize(): number
}

export interface PromiseMaker {
  /** Signs the promise for a ballot leaf that is about to be committed. */
  promise(leaf: Uint8Array): { readonly note: string; readonly deadline: number }
  /** The deadline of something that is accepted now and gets no promise. */
  deadline(): number
}

/** Promises that an accepted leaf will be in the log at an index of at least today's size, by a tick-aligned time. */
export function createPromiseMaker(options: PromiseMakerOptions): PromiseMaker {
  const { ed25519, keyName, seed, origin, maxDelaySeconds, tickSeconds } = options
  const deadline = () => promiseDeadline(options.now(), maxDelaySeconds, tickSeconds)
  const sign = createPromiseSigner({ ed25519, keyName, seed })
  return {
    deadline,
    promise(leaf) {
      const promise = { deadline: deadline(), leaf: leafHash(leaf), log: origin, size: options.logSize() }
      return { note: sign(promise), deadline: promise.deadline }
    },
  }
}

/** The deadline in a promise of our own store; `undefined` when the text is none. */
export function deadlineOfPromise(text: string): number | undefined {
  const note = parseNote(text)
  const promise = note.ok ? parsePromise(note.value.text) : undefined
  return promise?.ok ? promise.value.deadline : undefined
}
