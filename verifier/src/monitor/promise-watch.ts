import { toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import {
  judgePromise,
  PROMISE_GRACE_SECONDS,
  type PromiseEvidence,
  promiseOf,
} from '@hanpyo/protocol/link/promise-judgement.ts'
import type { Checkpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { collectEvidence } from '../promise/collect.ts'
import type { Source } from '../source/source.ts'

/** A file of the watched folder. */
export interface PromiseFile {
  readonly name: string
  /** The signed note; `null` when it cannot be read or is far too long. */
  readonly note: string | null
}

export type PromiseFinding =
  | {
      readonly is: 'broken'
      readonly name: string
      readonly bridge: string
      /** The first time it is told; a ledger that publishes late would make later evidence weaker. */
      readonly evidence?: PromiseEvidence
    }
  | { readonly is: 'invalid'; readonly name: string; readonly detail: string }

export interface PromiseCounts {
  /** Not due, or due and not signed by enough witnesses since. */
  readonly open: number
  readonly kept: number
  readonly broken: number
}

/** How many promises are looked up in the ledger at one look; the others wait for the next. */
const MAX_JUDGED_AT_ONCE = 64

/** Judges bridges' promises when they are due. What was kept or broken stays so: a late record does not undo a broken promise. */
export class PromiseWatch {
  readonly #ed25519: Ed25519
  readonly #manifest: Manifest
  readonly #kept = new Set<string>()
  readonly #broken = new Map<string, PromiseFinding>()
  #open = 0

  constructor(ed25519: Ed25519, manifest: Manifest) {
    this.#ed25519 = ed25519
    this.#manifest = manifest
  }

  get counts(): PromiseCounts {
    return { open: this.#open, kept: this.#kept.size, broken: this.#broken.size }
  }

  /**
   * @param log a head that the log has signed, to be read from `source`.
   * @param nowSeconds POSIX seconds; what is not due by then is not looked up.
   * Rejects with `SourceError` when the ledger cannot be read.
   */
  async look(
    files: readonly PromiseFile[],
    log: { readonly source: Source; readonly checkpoint: Checkpoint; readonly checkpointNote: string },
    nowSeconds: number,
  ): Promise<PromiseFinding[]> {
    const findings: PromiseFinding[] = []
    let judged = 0
    this.#open = 0
    for (const { name, note } of files) {
      const key = toHex(sha256(utf8(note ?? '')))
      const known = this.#broken.get(key)
      if (known !== undefined) findings.push(known)
      if (known !== undefined || this.#kept.has(key)) continue
      const promise = note === null ? null : promiseOf(this.#ed25519, this.#manifest, note)
      if (note === null || promise === null || !promise.ok) {
        findings.push({ is: 'invalid', name, detail: 'no promise that a bridge of this election has signed' })
        continue
      }
      this.#open++
      if (promise.value.deadline + PROMISE_GRACE_SECONDS >= nowSeconds || judged >= MAX_JUDGED_AT_ONCE)
        continue
      judged++
      const evidence = await collectEvidence(this.#ed25519, { ...log, manifest: this.#manifest }, note)
      const verdict = evidence.ok ? judgePromise(this.#ed25519, this.#manifest, evidence.value) : evidence
      if (!evidence.ok || !verdict.ok) continue
      this.#open--
      if (verdict.value === 'kept') {
        this.#kept.add(key)
        continue
      }
      const broken = { is: 'broken', name, bridge: bridgeOf(note) } as const
      this.#broken.set(key, broken)
      findings.push({ ...broken, evidence: evidence.value })
    }
    return findings
  }
}

/** The id in the name `<origin>/bridge/<id>` of the key that signed the note. */
function bridgeOf(note: string): string {
  return /^— \S*\/bridge\/([a-z0-9-]+) /m.exec(note)?.[1] ?? '?'
}
