import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { parseCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { cosignatureVerifier } from '@hanpyo/protocol/log/cosignature.ts'
import { type NoteVerifier, noteVerifier, parseNote } from '@hanpyo/protocol/log/note.ts'
import { type Policy, parsePolicy, quorumMet } from '@hanpyo/protocol/log/policy.ts'
import { expectOk, type Result } from '@hanpyo/protocol/result.ts'

const LOOK_MS = 50

/**
 * Somebody who reads the checkpoint of every bridge again and again, and says what was wrong with it: no signature of the
 * log, no quorum of the witnesses, smaller than what the same bridge had shown, or another tree than anybody had shown.
 */
export class PublicationWatch {
  /** What was wrong, in words. */
  readonly problems: string[] = []
  /** Sizes that were shown, with the root of each. */
  readonly shown = new Map<number, string>()
  readonly #ed25519: Ed25519
  readonly #manifest: Manifest
  readonly #policy: Policy
  readonly #sizes = new Map<string, number>()
  readonly #left = new Set<string>()
  readonly #looking = new Map<string, Promise<void>>()

  constructor(ed25519: Ed25519, manifest: Manifest) {
    this.#ed25519 = ed25519
    this.#manifest = manifest
    this.#policy = expectOk(parsePolicy(manifest.policies.seen))
  }

  /** The largest checkpoint that anybody was shown. */
  get newest(): number {
    return Math.max(0, ...this.shown.keys())
  }

  /** What this bridge has shown last. */
  sizeAt(url: string): number {
    return this.#sizes.get(url) ?? 0
  }

  /** Reads this bridge from now on. */
  watch(url: string): void {
    this.#sizes.delete(url)
    this.#left.delete(url)
    this.#looking.set(url, this.#look(url))
  }

  /** It is about to be killed: what it does not answer any more is no problem. */
  leave(url: string): void {
    this.#left.add(url)
  }

  async stop(): Promise<void> {
    for (const url of this.#looking.keys()) this.#left.add(url)
    await Promise.all(this.#looking.values())
  }

  async #look(url: string): Promise<void> {
    while (!this.#left.has(url)) {
      const answer = await fetch(`${url}/checkpoint`).catch(() => null)
      const note = answer?.status === 200 ? await answer.text().catch(() => null) : null
      if (this.#left.has(url)) return
      if (note !== null) this.#judge(url, note)
      else if (this.sizeAt(url) > 0) this.problems.push(`${url} shows nothing after ${this.sizeAt(url)}`)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }

  #judge(url: string, text: string): void {
    const note = expectOk(parseNote(text))
    const { size, root } = expectOk(parseCheckpoint(note.text))
    const bytes = new TextEncoder().encode(note.text)
    const signedBy = (verifier: Result<NoteVerifier, string>) => {
      const by = expectOk(verifier)
      return note.signatures.some(
        ({ name, keyId, signature }) => name === by.name && keyId === by.keyId && by.verify(bytes, signature),
      )
    }
    if (!signedBy(noteVerifier(this.#ed25519, this.#manifest.keys.log)))
      this.problems.push(`${url} shows ${size} without the signature of the log`)
    const cosigned = this.#policy.witnesses.filter(({ vkey }) =>
      signedBy(cosignatureVerifier(this.#ed25519, vkey)),
    )
    if (!quorumMet(this.#policy, new Set(cosigned.map(({ name }) => name))))
      this.problems.push(`${url} shows ${size} with ${cosigned.length} cosignatures`)
    if (size < this.sizeAt(url)) this.problems.push(`${url} went back from ${this.sizeAt(url)} to ${size}`)
    const hex = Buffer.from(root).toString('hex')
    if ((this.shown.get(size) ?? hex) !== hex) this.problems.push(`two trees of size ${size}`)
    this.shown.set(size, hex)
    this.#sizes.set(url, size)
  }
}
