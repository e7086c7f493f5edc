import { createHash } from 'node:crypto'
import { OversizeError, type Source } from '../source/source.ts'
import type { FsckFindings } from './findings.ts'

/** Names a log may use; each takes memory until the end, and a hostile log could name one in every record. */
const MOST_BLOBS = 1_000_000

/** Checks blobs by their hash, each once and one at a time. */
export class BlobFsck {
  readonly #source: Source
  readonly #findings: FsckFindings
  readonly #checked = new Set<string>()

  constructor(source: Source, findings: FsckFindings) {
    this.#source = source
    this.#findings = findings
  }

  /** Names that a record uses. */
  get names(): ReadonlySet<string> {
    return this.#checked
  }

  /** The blob, or null after the problem was reported. One that was checked before is read again only to `keep` it. */
  async check(name: string, { keep = true }: { readonly keep?: boolean } = {}): Promise<Uint8Array | null> {
    if (this.#checked.has(name) && !keep) return null
    if (this.#checked.size >= MOST_BLOBS) {
      this.#findings.skip('blobs', {
        en: `the records name more than ${MOST_BLOBS} blobs`,
        ko: `기록이 ${MOST_BLOBS}개가 넘는 첨부 자료를 가리킵니다`,
      })
      return null
    }
    const isNew = !this.#checked.has(name)
    this.#checked.add(name)
    const path = `blob/${name}`
    try {
      const bytes = await this.#source.blob(name)
      if (bytes !== null && createHash('sha256').update(bytes).digest('hex') === name) return bytes
      if (isNew) this.#findings.damage('blobs', bytes === null ? 'missing' : 'wrong-hash', path)
    } catch (error) {
      if (!(error instanceof OversizeError)) throw error
      if (isNew) this.#findings.damage('blobs', 'too-large', path)
    }
    return null
  }
}
