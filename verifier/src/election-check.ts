import { parseBallot } from '@hanpyo/protocol/ballot/layout.ts'
import { decodeUtf8, equalBytes, toHex } from '@hanpyo/protocol/bytes.ts'
import type { CheckId } from '@hanpyo/protocol/checks/catalogue.ts'
import type { Findings, Remark } from '@hanpyo/protocol/checks/findings.ts'
import { type Manifest, parseManifest } from '@hanpyo/protocol/election/manifest.ts'
import { type Leaf, parseLeaf, parseVoidSlips, RECORD } from '@hanpyo/protocol/election/records.ts'
import { parseRefusal, type RefusalName, refusalName } from '@hanpyo/protocol/election/refusal.ts'
import type { ProposalView } from '@hanpyo/protocol/election/rulebook/proposal-views.ts'
import { isStopping, type Violation } from '@hanpyo/protocol/election/rules.ts'
import { ElectionState, type PollsState, type Stage } from '@hanpyo/protocol/election/state.ts'
import type { BatchGroup } from '@hanpyo/protocol/group/batch.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { ceremonyBlobName, checkCeremony } from '@hanpyo/protocol/proofs/ceremony-check.ts'
import type { BallotJobElection, BallotPool } from './ballot-pool.ts'
import { CountCheck } from './count-check.ts'
import { checkSupportList, readBlob, readCredentialList } from './key-lists.ts'
import { LookAhead, type LookedAhead } from './look-ahead.ts'
import type { Counts, Report } from './report.ts'
import type { Source } from './source/source.ts'

/** Lines that say nothing unless the rule book has seen every record. */
const NEEDS_ALL_RECORDS: readonly CheckId[] = [
  'records',
  'batches',
  'polls',
  'devices',
  'official-records',
  'ballots',
  'one-ballot-per-slip',
  'challenged',
  'kiosk-manifests',
  'refusals',
  'reconciliation',
  'mixes',
  'shares',
  'plaintexts',
  'count',
  'proposals',
]

/** Notes of 32 trustees with as many coefficients each are a third of this. */
const MAX_CEREMONY_BYTES = 1 << 20

const NO_SLIPS: Remark = {
  en: 'the list of slips could not be read',
  ko: '투표 용지 목록을 읽을 수 없습니다',
}
const NO_SUPPORT_KEYS: Remark = {
  en: 'the list of support keys could not be read',
  ko: '제안용 키 목록을 읽을 수 없습니다',
}
const NO_MANIFEST: Remark = {
  en: 'manifest and slips could not be read',
  ko: '공고문과 투표 용지 목록을 읽을 수 없습니다',
}

/** What the reader was told about the election beforehand, by another way than the log. */
export interface Pin {
  /** H_m in hex. */
  readonly manifestHash?: string
  readonly authorityVkey?: string
}

export interface ElectionCheckInput {
  readonly backend: CryptoBackend
  readonly source: Source
  readonly pin: Pin
  readonly findings: Findings
  /** Verifies ballots in parallel; without it they are verified one after another. */
  readonly openPool?: ((election: BallotJobElection) => BallotPool) | undefined
  /** For the proofs of the count; made when it is needed otherwise. */
  readonly batch?: BatchGroup | undefined
  /** Told before each mix, share or result how many were checked, and how many there should be. */
  readonly onCount?: ((done: number, total: number) => void) | undefined
}

/** Applies the rule book to the records in order and reports what it says. */
export class ElectionCheck {
  readonly #backend: CryptoBackend
  readonly #source: Source
  readonly #pin: Pin
  readonly #findings: Findings
  readonly #openPool: ElectionCheckInput['openPool']
  readonly #batch: BatchGroup | undefined
  readonly #onCount: ElectionCheckInput['onCount']
  readonly #refused = new Map<RefusalName, number>()
  #state: ElectionState | undefined
  #count: CountCheck | undefined
  #lookAhead: LookAhead | undefined
  #pool: BallotPool | undefined
  #isBrokenOff = false
  #kioskManifests = 0
  #hasResult = false

  constructor(input: ElectionCheckInput) {
    this.#openPool = input.openPool
    this.#onCount = input.onCount
    this.#batch = input.batch
    this.#backend = input.backend
    this.#source = input.source
    this.#pin = input.pin
    this.#findings = input.findings
  }

  /** The manifest; undefined when there is no valid one. */
  get manifest(): Manifest | undefined {
    return this.#state?.manifest
  }

  /** All proposals of the records applied so far, in their order. */
  proposals(): readonly ProposalView[] {
    return [...(this.#state?.proposals() ?? [])]
  }

  /** The books, for showing; undefined before `begin`. */
  get state(): ElectionState | undefined {
    return this.#state
  }

  /** H_m, 32 bytes. */
  get manifestHash(): Uint8Array | undefined {
    return this.#state?.manifestHash
  }

  /** The state of the polls after the records read so far. */
  get polls(): PollsState {
    return this.#state?.polls ?? 'not-open'
  }

  /** Whether a result has been announced, right or wrong. */
  get hasResult(): boolean {
    return this.#hasResult
  }

  /** Record 0, with the lists that the manifest commits to. */
  async begin(bytes: Uint8Array): Promise<void> {
    const note = manifestNoteOf(bytes)
    if (note === null) return this.#giveUp('manifest.note', 'record 0 is not a manifest')
    const parsed = parseNote(note)
    const manifest = parsed.ok ? parseManifest(parsed.value.text) : parsed
    if (!manifest.ok) {
      const rule = manifest.error === 'manifest-inconsistent' ? 'manifest.consistent' : 'manifest.note'
      return this.#giveUp(rule, manifest.detail ?? manifest.error)
    }
    const credentialList = await readCredentialList(this.#source, manifest.value, this.#findings)
    const { group } = this.#backend
    const supportList = await checkSupportList(this.#source, group, manifest.value, this.#findings)
    if (credentialList === null) return this.#stop(NO_SLIPS)
    if (supportList === null && manifest.value.proposals !== undefined) return this.#stop(NO_SUPPORT_KEYS)
    const opened = ElectionState.open({
      backend: this.#backend,
      manifestNote: note,
      credentialList,
      ...(supportList === null ? {} : { supportList }),
    })
    if (!opened.ok) return this.#giveUp(opened.error, opened.detail)
    const state = opened.value
    this.#state = state
    this.#checkPin(state)
    this.#report(state.checkCredentialKeys())
    await this.#checkCeremony(state)
    this.#count = new CountCheck({
      backend: this.#backend,
      source: this.#source,
      state,
      findings: this.#findings,
      batch: this.#batch,
      onProgress: this.#onCount,
    })
    const { manifestHash, jointKey, credentialCount } = state.context()
    this.#pool = this.#openPool?.({ manifestHash, jointKey, credentialCount })
    this.#lookAhead = this.#pool && new LookAhead(state, this.#pool)
  }

  /** Starts on the ballots among records that will be applied later; call it for each bundle in ledger order. */
  lookAhead(
    leaves: readonly (Uint8Array | undefined)[],
    commitments?: readonly Uint8Array[],
  ): Promise<LookedAhead> {
    return this.#lookAhead?.verify(leaves, commitments) ?? Promise.resolve([])
  }

  /** The next record; `verifiedUnder` is the kiosk key under which its ballot was found valid ahead of time. */
  async apply(leaf: Uint8Array, verifiedUnder?: Uint8Array): Promise<void> {
    const state = this.#state
    if (state === undefined || this.#isBrokenOff) return
    const parsed = parseLeaf(leaf)
    const blob = parsed.ok ? await this.#blobOf(parsed.value) : undefined
    const trusted = parsed.ok && verifiedUnder !== undefined && this.#isLive(parsed.value, verifiedUnder)
    const index = state.nextIndex
    const violations = state.apply(leaf, blob === undefined ? { trusted } : { blob: () => blob })
    this.#report(violations)
    if (!parsed.ok) return
    if (parsed.value.type === RECORD.result) this.#hasResult = true
    if (violations.some(isStopping)) return
    this.#tally(parsed.value)
    await this.#count?.apply(index, leaf, parsed.value)
  }

  /** No further record can be read; what follows is not known. */
  breakOff(index: number): void {
    if (!this.#isBrokenOff)
      this.#stop({
        en: `records from ${index} on could not be read`,
        ko: `${index}번부터의 기록을 읽을 수 없습니다`,
      })
    this.#isBrokenOff = true
  }

  /** Counts what no valid result says; call it once after the last record and before `finish`. */
  async settle(): Promise<void> {
    if (!this.#isBrokenOff) await this.#count?.settle()
  }

  /** Rules about the log as a whole. */
  finish(stage: Stage): void {
    if (this.#state === undefined || this.#isBrokenOff) return
    this.#report(this.#state.finish(stage))
    if (stage === 'final') this.#count?.finish(this.#state.nextIndex - 1)
    this.#count?.remark()
  }

  /** Mixes and shares of the count, and what every contest adds up to. */
  counted(): Pick<Report, 'count' | 'contests'> {
    const count = this.#count?.report() ?? { mixes: [], shares: [], skipped: [] }
    return { count, contests: this.#isBrokenOff ? [] : (this.#count?.contests() ?? []) }
  }

  counts(): Counts {
    const kiosks = this.#state?.kiosks ?? []
    return {
      ballots: this.#state?.ballotCount ?? 0,
      challenged: kiosks.reduce((sum, kiosk) => sum + kiosk.challengedCount, 0),
      refused: Object.fromEntries(this.#refused),
      kioskManifests: this.#kioskManifests,
      unmatched: this.#state?.unmatchedIds().length ?? 0,
      proposals: this.#proposals(),
    }
  }

  #proposals(): Counts['proposals'] {
    const state = this.#state
    if (state?.manifest.proposals === undefined) return null
    const all = [...state.proposals()]
    return {
      handedIn: all.length,
      supports: all.length + state.supportCount,
      hidden: all.filter(({ isHidden }) => isHidden).length,
      erased: all.filter(({ isErased }) => isErased).length,
    }
  }

  /** Ends the worker threads, if any. */
  async close(): Promise<void> {
    await this.#pool?.close()
  }

  /** Whether the key under which a ballot verified is the one live for its kiosk now. */
  #isLive({ type, body }: Leaf, kioskKey: Uint8Array): boolean {
    const ballot = parseBallot(type === RECORD.refusal ? body.subarray(1) : body)
    const live = ballot.ok ? this.#state?.context().kioskKey(ballot.value.kioskId) : undefined
    return live !== undefined && equalBytes(live, kioskKey)
  }

  async #checkCeremony({ manifest }: ElectionState): Promise<void> {
    const read = await readBlob(this.#source, ceremonyBlobName(manifest), MAX_CEREMONY_BYTES)
    const keys = checkCeremony(this.#backend, manifest, 'bytes' in read ? read.bytes : null)
    if (!keys.ok) this.#findings.fail(keys.error, 0, keys.detail)
  }

  #checkPin(state: ElectionState): void {
    const { manifestHash, authorityVkey } = this.#pin
    const hash = toHex(state.manifestHash)
    if (manifestHash !== undefined && manifestHash !== hash) {
      this.#findings.fail('manifest.pinned', 0, `hash ${hash}`)
    }
    if (authorityVkey !== undefined && authorityVkey !== state.manifest.keys.authority) {
      this.#findings.fail('manifest.trust', 0, state.manifest.keys.authority)
    }
  }

  #report(violations: readonly Violation[]): void {
    for (const { index, rule, detail } of violations) this.#findings.fail(rule, index, detail)
  }

  #giveUp(rule: Parameters<Findings['fail']>[0], detail: string | undefined): void {
    this.#findings.fail(rule, 0, detail)
    this.#stop(NO_MANIFEST)
  }

  #stop(reason: Remark): void {
    for (const id of NEEDS_ALL_RECORDS) this.#findings.skip(id, reason)
    if (this.#state !== undefined) return
    for (const id of ['checkpoint', 'manifest', 'key-lists', 'witnesses', 'ceremony'] as const) {
      this.#findings.skip(id, reason)
    }
    this.#findings.skip('pinned', reason)
  }

  /** The blob of void slips, which the rule book needs at hand. */
  async #blobOf({ type, body }: Leaf): Promise<Uint8Array | undefined> {
    if (type !== RECORD.voidSlips) return undefined
    const note = parseNote(body)
    const record = note.ok ? parseVoidSlips(note.value.text) : note
    if (!record.ok || !('blob' in record.value)) return undefined
    const { blob, count } = record.value
    const read = await readBlob(this.#source, blob, Math.ceil(count / 8))
    return 'bytes' in read ? read.bytes : undefined
  }

  #tally({ type, body }: Leaf): void {
    if (type === RECORD.kioskManifest) this.#kioskManifests += 1
    if (type !== RECORD.refusal) return
    const refusal = parseRefusal(body)
    const name = refusal.ok ? refusalName(refusal.value.reason) : undefined
    if (name !== undefined) this.#refused.set(name, (this.#refused.get(name) ?? 0) + 1)
  }
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
