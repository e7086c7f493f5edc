import { parseBallot } from '@hanpyo/protocol/ballot/layout.ts'
import { equalBytes } from '@hanpyo/protocol/bytes.ts'
import { CiphertextCollector } from '@hanpyo/protocol/count/collect.ts'
import { CountReplay } from '@hanpyo/protocol/count/replay.ts'
import { parseLeaf, parseVoidSlips, RECORD } from '@hanpyo/protocol/election/records.ts'
import { isStopping, type Violation, violationOf } from '@hanpyo/protocol/election/rules.ts'
import { ElectionState, type Stage } from '@hanpyo/protocol/election/state.ts'
import { createLocalBatch } from '@hanpyo/protocol/group/batch.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { ceremonyBlobName, checkCeremony } from '@hanpyo/protocol/proofs/ceremony-check.ts'
import type { Progress } from '../snapshot.ts'
import type { BallotJob } from './ballot-job.ts'

export interface ElectionInput {
  readonly manifestNote: string
  readonly credentials: Uint8Array
  readonly support: Uint8Array | null
  readonly ceremony: Uint8Array | null
}

export interface FullCheckPorts {
  readonly backend: CryptoBackend
  /** A blob whose hash was checked; null when it is not at hand. */
  readonly blob: (hashHex: string, maxBytes: number) => Promise<Uint8Array | null>
  /** Verifies ballots elsewhere, ahead of their turn; without it, or where it says no, each is verified in its turn. */
  readonly verifyAhead?: (job: BallotJob) => Promise<boolean>
}

/** What the whole check found so far. */
export interface FullCheckState {
  /** Leaves that went through the rule book with every signature and proof. */
  readonly done: number
  readonly violations: readonly Violation[]
  readonly violationCount: number
  readonly counting: Progress | null
  /** Rules about the log as a whole; null unless the last leaf at hand was taken. */
  readonly finish: { readonly stage: Stage; readonly violations: readonly Violation[] } | null
  /** Hashes of files that were needed and not handed over: some of what fails may hold once they are there. */
  readonly missingBlobs: readonly string[]
  /** Contests without enough mixes or shares, for the lines about them. */
  readonly missingCount: {
    readonly mixes: boolean
    readonly shares: boolean
    readonly result: boolean
  } | null
}

/** A hostile log must not fill the memory. */
const MOST_VIOLATIONS = 500
const MOST_MISSING = 20
/** The largest blob that the count of N ballots names is a shuffle proof, 160 N + 288 bytes. */
const PROOF_BYTES_A_BALLOT = 160
const PROOF_BYTES = 288 + 65_536

/** The rule book over every leaf, with all signatures and proofs, the key ceremony and the count. Takes its time. */
export class FullCheck {
  readonly #ports: FullCheckPorts
  readonly #state: ElectionState
  readonly #ballots: CiphertextCollector
  /** Ballots that are being verified ahead, by index, and under which kiosk key. */
  readonly #ahead = new Map<number, { readonly kioskKey: Uint8Array; readonly holds: Promise<boolean> }>()
  readonly #violations: Violation[] = []
  readonly #missing = new Set<string>()
  #violationCount = 0
  #replay: CountReplay | undefined
  #countDone = 0
  #countTotal = 0
  #hasResult = false

  private constructor(ports: FullCheckPorts, state: ElectionState) {
    this.#ports = ports
    this.#state = state
    this.#ballots = new CiphertextCollector(state.manifest, state.context())
  }

  /** The error is the rule of the manifest or its lists that does not hold. */
  static open(ports: FullCheckPorts, election: ElectionInput) {
    const opened = ElectionState.open({
      backend: ports.backend,
      manifestNote: election.manifestNote,
      credentialList: election.credentials,
      ...(election.support === null ? {} : { supportList: election.support }),
    })
    if (!opened.ok) return opened
    const check = new FullCheck(ports, opened.value)
    const ceremony = checkCeremony(ports.backend, opened.value.manifest, election.ceremony)
    if (election.ceremony === null) check.#missing.add(ceremonyBlobName(opened.value.manifest))
    if (!ceremony.ok) check.#note([violationOf(0, RECORD.manifest, ceremony.error, ceremony.detail)])
    return { ok: true, value: check } as const
  }

  get done(): number {
    return this.#state.nextIndex
  }

  /** Starts on a leaf that `take` will get later, if it is a ballot. */
  lookAhead(index: number, leaf: Uint8Array): void {
    const { verifyAhead } = this.#ports
    const canonical = ballotIn(leaf)
    const ballot = canonical === null ? null : parseBallot(canonical)
    if (verifyAhead === undefined || canonical === null || !ballot?.ok) return
    const context = this.#state.context()
    const credential = context.credential(ballot.value.credentialIndex)
    const kioskKey = context.kioskKey(ballot.value.kioskId)
    if (credential === undefined || kioskKey === undefined) return
    const { manifestHash, jointKey, credentialCount } = context
    const holds = verifyAhead({ canonical, manifestHash, jointKey, credentialCount, kioskKey, ...credential })
    this.#ahead.set(index, { kioskKey, holds })
  }

  /** Takes leaf number `done`. */
  async take(leaf: Uint8Array): Promise<void> {
    const index = this.#state.nextIndex
    const blob = await this.#voidBitmap(leaf)
    const trusted = await this.#wasVerified(index, leaf)
    const violations = this.#state.apply(leaf, { trusted, ...(blob === null ? {} : { blob: () => blob }) })
    this.#note(violations)
    if (violations.some(isStopping)) return
    const type = leaf[0] ?? 0
    if (type === RECORD.ballot) this.#ballots.add(leaf)
    if (type < RECORD.mix || type > RECORD.result) return
    if (type === RECORD.result) this.#hasResult = true
    const counted = await this.#count().apply(index, leaf)
    this.#countDone++
    this.#note(counted.violations.filter(isStopping))
  }

  /** Slow: every key of the list of slips is a valid element. Call it once at the start. */
  checkKeys(): void {
    this.#note(this.#state.checkCredentialKeys())
  }

  /** `isAtEnd`: no further leaf is at hand. */
  report(isAtEnd: boolean): FullCheckState {
    const { polls } = this.#state
    const stage: Stage =
      polls === 'sealed' ? (this.#hasResult ? 'final' : 'sealed') : polls === 'not-open' ? 'setup' : polls
    const finish = isAtEnd ? { stage, violations: this.#finish(stage) } : null
    return {
      done: this.#state.nextIndex,
      violations: this.#violations,
      violationCount: this.#violationCount,
      missingBlobs: [...this.#missing],
      counting: this.#countTotal === 0 ? null : { done: this.#countDone, total: this.#countTotal },
      finish,
      missingCount: isAtEnd && stage === 'final' ? this.#missingCount() : null,
    }
  }

  #finish(stage: Stage): Violation[] {
    const violations = this.#state.finish(stage)
    return stage === 'final'
      ? [...violations, ...this.#count().finish(this.#state.nextIndex - 1)]
      : violations
  }

  #missingCount() {
    const { threshold, mixers } = this.#state.manifest
    const stages = this.#count()
      .state.stages()
      .filter(({ withheld }) => !withheld)
    return {
      mixes: stages.some(({ mixed }) => mixed.length < mixers.length),
      shares: stages.some(({ shares }) => shares.size < threshold),
      result: this.#count().result === undefined,
    }
  }

  /** Whether a ballot was found valid under the kiosk key that is live now. */
  async #wasVerified(index: number, leaf: Uint8Array): Promise<boolean> {
    const ahead = this.#ahead.get(index)
    this.#ahead.delete(index)
    if (ahead === undefined || !(await ahead.holds)) return false
    const ballot = parseBallot(ballotIn(leaf) ?? leaf)
    const live = ballot.ok ? this.#state.context().kioskKey(ballot.value.kioskId) : undefined
    return live !== undefined && equalBytes(live, ahead.kioskKey)
  }

  #note(violations: readonly Violation[]): void {
    this.#violationCount += violations.length
    for (const violation of violations) {
      if (this.#violations.length < MOST_VIOLATIONS) this.#violations.push(violation)
    }
  }

  #count(): CountReplay {
    if (this.#replay !== undefined) return this.#replay
    const { backend } = this.#ports
    const { manifest, manifestHash, ballotCount } = this.#state
    const maxBytes = PROOF_BYTES_A_BALLOT * ballotCount + PROOF_BYTES
    this.#replay = new CountReplay({
      batch: createLocalBatch(backend.group),
      manifest,
      manifestHash,
      ballots: (contest) => this.#ballots.list(contest),
      blob: (hash) => this.#blob(hash, maxBytes),
    })
    const opened = this.#replay.state.stages().filter(({ withheld }) => !withheld)
    this.#countTotal = opened.length * (manifest.mixers.length + manifest.threshold) + 1
    return this.#replay
  }

  async #blob(hash: string, maxBytes: number): Promise<Uint8Array | null> {
    const bytes = await this.#ports.blob(hash, maxBytes)
    if (bytes === null && this.#missing.size < MOST_MISSING) this.#missing.add(hash)
    return bytes
  }

  /** The blob of void slips, which the rule book needs at hand. */
  #voidBitmap(leaf: Uint8Array): Promise<Uint8Array | null> {
    return readVoidBitmap(leaf, (hash, maxBytes) => this.#blob(hash, maxBytes))
  }
}

/** The ballot in a ballot or refusal. */
function ballotIn(leaf: Uint8Array): Uint8Array | null {
  if (leaf[0] === RECORD.ballot) return leaf.subarray(1)
  return leaf[0] === RECORD.refusal ? leaf.subarray(2) : null
}

/** The bitmap that a record of void slips names; null for every other leaf, and when it is not at hand. */
export async function readVoidBitmap(
  bytes: Uint8Array,
  blob: FullCheckPorts['blob'],
): Promise<Uint8Array | null> {
  const leaf = parseLeaf(bytes)
  if (!leaf.ok || leaf.value.type !== RECORD.voidSlips) return null
  const note = parseNote(leaf.value.body)
  const record = note.ok ? parseVoidSlips(note.value.text) : note
  if (!record.ok || !('blob' in record.value)) return null
  return blob(record.value.blob, Math.ceil(record.value.count / 8))
}
