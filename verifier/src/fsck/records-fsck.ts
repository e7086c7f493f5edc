import { decodeUtf8, toHex } from '@hanpyo/protocol/bytes.ts'
import { type Manifest, manifestHash, parseManifest } from '@hanpyo/protocol/election/manifest.ts'
import { blobsNamedBy } from '@hanpyo/protocol/election/named-blobs.ts'
import { parseLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import { isStopping, RULES, type RuleId, type Violation } from '@hanpyo/protocol/election/rules.ts'
import { ElectionState } from '@hanpyo/protocol/election/state.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { ceremonyBlobName } from '@hanpyo/protocol/proofs/ceremony-check.ts'
import type { BlobFsck } from './blob-fsck.ts'
import type { FsckCheckId, Words } from './catalogue.ts'
import type { FsckFindings } from './findings.ts'

/** Lines that need every record in order. */
const ABOUT_RECORDS: readonly FsckCheckId[] = ['batches', 'duplicates', 'records']

const NO_ELECTION: Words = {
  en: 'record 0 is not the manifest of an election',
  ko: '0번 기록이 선거 공고문이 아닙니다',
}
const NO_LISTS: Words = {
  en: 'the lists that the manifest names could not be read',
  ko: '공고문이 가리키는 목록을 읽을 수 없습니다',
}

/** Applies the rule book to the records in order, without signatures and proofs. */
export class RecordsFsck {
  readonly #backend: CryptoBackend
  readonly #blobs: BlobFsck
  readonly #findings: FsckFindings
  #state: ElectionState | undefined
  #manifest: Manifest | undefined
  #manifestHash: string | undefined
  #isBroken = false

  constructor(backend: CryptoBackend, blobs: BlobFsck, findings: FsckFindings) {
    this.#backend = backend
    this.#blobs = blobs
    this.#findings = findings
  }

  /** The manifest as record 0 has it, whatever the lists are. */
  get manifest(): Manifest | undefined {
    return this.#manifest
  }

  /** H_m in hex. */
  get manifestHash(): string | undefined {
    return this.#manifestHash
  }

  /** Record 0. A log that holds no election has a tree all the same; its other lines are skipped. */
  async begin(first: Uint8Array): Promise<void> {
    const note = manifestNoteOf(first)
    const parsed = note === null ? null : parseNote(note)
    const manifest = parsed?.ok ? parseManifest(parsed.value.text) : null
    if (note === null || !parsed?.ok || !manifest?.ok) return this.#skip(NO_ELECTION, ['blobs'])
    this.#manifest = manifest.value
    this.#manifestHash = toHex(manifestHash(parsed.value.text))
    const { credentials, supportKeys } = manifest.value
    const credentialList = await this.#blobs.check(credentials.blob)
    const supportList = await this.#blobs.check(supportKeys.blob)
    await this.#blobs.check(ceremonyBlobName(manifest.value))
    if (credentialList === null || supportList === null) return this.#skip(NO_LISTS)
    const opened = ElectionState.open({
      backend: this.#backend,
      manifestNote: note,
      credentialList,
      supportList,
    })
    if (!opened.ok)
      return this.#report([{ index: 0, rule: opened.error, message: '', type: RECORD.manifest }])
    this.#state = opened.value
  }

  /** The next record from number 1 on. */
  async apply(leaf: Uint8Array): Promise<void> {
    if (this.#manifest === undefined || this.#isBroken) return
    const blobs = new Map<string, Uint8Array>()
    for (const name of blobsNamedBy(leaf)) {
      const bytes = await this.#blobs.check(name, { keep: leaf[0] === RECORD.voidSlips })
      if (bytes !== null) blobs.set(name, bytes)
    }
    if (this.#state === undefined) return
    this.#report(this.#state.apply(leaf, { trusted: true, blob: (hash) => blobs.get(hash) }))
  }

  /** No record from here on can be judged, because one before is not known. */
  breakOff(index: number): void {
    if (this.#isBroken || this.#manifest === undefined) return
    this.#isBroken = true
    this.#skip({
      en: `records from ${index} on could not be read`,
      ko: `${index}번부터의 기록을 읽을 수 없습니다`,
    })
  }

  /** After the last record. */
  finish(): void {
    if (this.#state === undefined || this.#isBroken || this.#state.isAtBatchEnd) return
    const { nextIndex } = this.#state
    this.#report([{ index: nextIndex - 1, rule: 'batch.unfinished', message: '', type: RECORD.batch }])
  }

  #report(violations: readonly Violation[]): void {
    for (const violation of violations) {
      const { rule, index, detail } = violation
      const { number, en, ko } = RULES[rule]
      // What only people can decide about is for "hanpyo verify".
      if (!isStopping(violation)) continue
      const named = `${rule} (${number})`
      this.#findings.fail(checkOf(rule), {
        path: null,
        record: index,
        what: { en, ko },
        detail: detail === undefined ? named : `${named}: ${detail}`,
      })
    }
  }

  #skip(why: Words, more: readonly FsckCheckId[] = []): void {
    for (const id of [...ABOUT_RECORDS, ...more]) this.#findings.skip(id, why)
  }
}

const DUPLICATES: ReadonlySet<RuleId> = new Set<RuleId>([
  'ballot.repeated',
  'ballot.credential-twice',
  'ballot.c1-twice',
  'refusal.ballot-logged',
  'refusal.repeated',
])

function checkOf(rule: RuleId): FsckCheckId {
  if (DUPLICATES.has(rule)) return 'duplicates'
  return rule.startsWith('batch.') || rule.startsWith('order.') ? 'batches' : 'records'
}

function manifestNoteOf(bytes: Uint8Array): string | null {
  const leaf = parseLeaf(bytes)
  if (!leaf.ok || leaf.value.type !== RECORD.manifest) return null
  try {
    return decodeUtf8(leaf.value.body)
  } catch {
    return null
  }
}
