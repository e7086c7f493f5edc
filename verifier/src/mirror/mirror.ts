import { join } from 'node:path'
import { makeDurableDirectory, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { equalBytes, toBase64, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { type Failure, Findings } from '@hanpyo/protocol/checks/findings.ts'
import type { ProposalView } from '@hanpyo/protocol/election/rulebook/proposal-views.ts'
import type { BatchGroup } from '@hanpyo/protocol/group/batch.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { formatAddCheckpoint, parseCosignatureLines } from '@hanpyo/protocol/log/add-checkpoint.ts'
import { type Checkpoint, openCheckpoint, parseCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { consistencyProofFromTiles } from '@hanpyo/protocol/log/hash-reader.ts'
import { formatNote, noteVerifier, parseNote } from '@hanpyo/protocol/log/note.ts'
import { changedBundles, decodeBundle, entriesPath, TILE_WIDTH, TileSet } from '@hanpyo/protocol/log/tiles.ts'
import { factsPage } from '@hanpyo/protocol/public/facts-page.ts'
import { cosigners, publicationOf } from '@hanpyo/protocol/public/publication.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { BallotJobElection, BallotPool } from '../ballot-pool.ts'
import { ElectionCheck, type Pin } from '../election-check.ts'
import { readBundle } from '../leaves.ts'
import type { LookedAhead } from '../look-ahead.ts'
import { openFolder } from '../source/folder.ts'
import { LIMITS, type Source } from '../source/source.ts'
import type { Witness } from '../witness/witness.ts'
import { type CommitmentSource, commitmentsPath, encodeCommitmentsOf } from './commitments.ts'
import { copyReader, readCommitments } from './copy-reader.ts'
import { worthServing } from './served-note.ts'
import { stageGrowth } from './stage-growth.ts'
import { Staging } from './staging.ts'
import { blobsServed, stagingBlobs } from './staging-blobs.ts'

/** Why a mirror does not follow a log. `forked`, `rule-broken` and `copy-damaged` stay until a person has looked. */
export type MirrorProblem =
  /** The log shows no checkpoint yet. */
  | 'not-published'
  /** The log shows an older state than the copy: a cache, or a slow-down. */
  | 'behind'
  /** No checkpoint of this log, or not signed by the key of the manifest. */
  | 'checkpoint-invalid'
  /** The pinned manifest or authority is another. */
  | 'other-election'
  /** The tree does not contain the copy: the log was rewritten. Both signed notes are kept. */
  | 'forked'
  /** What the log serves is not what its checkpoint commits to. */
  | 'data-missing'
  /** A record breaks a rule; see `failure`. */
  | 'rule-broken'
  /** The copy on this disk is damaged, or was not cosigned by this mirror. */
  | 'copy-damaged'
  /** This machine's clock is behind what the mirror signed last; nothing is signed until it is right. */
  | 'clock-behind'

export interface MirrorView {
  /** Verified, stored and cosigned records. */
  readonly size: number
  readonly problem: MirrorProblem | null
  readonly failure: Failure | null
}

export interface MirrorOptions {
  readonly folder: string
  readonly source: Source
  readonly pin: Pin
  readonly backend: CryptoBackend
  readonly batch: BatchGroup
  readonly openPool: (election: BallotJobElection) => BallotPool
  /** Commitments that another mirror hands on; they save time and decide nothing. */
  readonly commitments?: CommitmentSource | undefined
  /** The mirror's own memory of what it has cosigned, with its own name and key. */
  readonly witness: Witness
  /** Trusts a log from now on: called once the manifest is known. */
  readonly trust: (logVkey: string) => void
}

/** Bundles whose ballots are verified while the books are at an earlier one; bounds memory. */
const BUNDLES_AHEAD = 4

/** New records of a bundle, `offset` leaves after its first, whose ballots are being verified. */
interface AheadOfTheBooks {
  readonly index: number
  readonly width: number
  readonly offset: number
  readonly records: readonly Uint8Array[]
  readonly verified: Promise<LookedAhead>
}

/**
 * A validating mirror: copies a log, verifies tree, signatures, every proof and every rule, keeps all of it on disk, and only
 * then cosigns, which says "I hold this and it is right". It starts from its own copy and takes what is new in steps.
 */
export class Mirror {
  readonly #options: MirrorOptions
  readonly #findings = new Findings()
  readonly #election: ElectionCheck
  /** Where records and blobs of the step at hand come from. */
  #reading: Source
  #tree = new TileSet()
  #root: Uint8Array | null = null
  #problem: MirrorProblem | null = null
  #failure: Failure | null = null
  /** While the own copy is read back its ballots have been verified before. */
  #isResuming = false
  #isDirty = false
  #hasStopped = false

  constructor(options: MirrorOptions) {
    this.#options = options
    this.#reading = options.source
    const { backend, batch, pin } = options
    this.#election = new ElectionCheck({
      backend,
      batch,
      pin,
      findings: this.#findings,
      source: this.#delegating(),
      openPool: (election) => this.#pool(options.openPool(election)),
    })
  }

  get view(): MirrorView {
    return { size: this.#tree.size, problem: this.#problem, failure: this.#failure }
  }

  /** The proposals of the copy; ask when it was read back and after a look that worked, not after one that failed. */
  proposals(): readonly ProposalView[] {
    return this.#election.proposals()
  }

  /** Whether reading broke off between records: what is in memory is past the copy, so open a new mirror on the folder. */
  get isDirty(): boolean {
    return this.#isDirty
  }

  /** The verified copy under this note as a page of HTML; `null` before there is one. Ask when `proposals` may be asked. */
  plainFacts(note: string): string | null {
    const { state } = this.#election
    const parsed = parseNote(note)
    const checkpoint = parsed.ok ? parseCheckpoint(parsed.value.text) : parsed
    if (state === undefined || !parsed.ok || !checkpoint.ok) return null
    const { challenged, refused } = this.#election.counts()
    const { size, root } = checkpoint.value
    const watchers = cosigners(parsed.value).map(
      (one) => ({ ...one, size, kind: 'witness', problem: null }) as const,
    )
    return factsPage({
      state,
      challenged,
      refused: Object.values(refused).reduce((sum, count) => sum + count, 0),
      head: { size, root: toBase64(root), at: publicationOf(note)?.time ?? null },
      watchers,
      result: this.#election.hasResult ? this.#election.counted().contests : null,
    })
  }

  /** H_m in hex, once the manifest is known. */
  get manifestHash(): string | null {
    const hash = this.#election.manifestHash
    return hash === undefined ? null : toHex(hash)
  }

  /** Reads the own copy back. Call it once, before `follow`. */
  async resume(): Promise<Result<void, MirrorProblem>> {
    await makeDurableDirectory(this.#options.folder)
    const note = await copyReader(this.#options.folder).checkpoint()
    if (note === null) return ok(undefined)
    const parsed = parseNote(note)
    const held = parsed.ok ? parseCheckpoint(parsed.value.text) : parsed
    // Ballots of the copy are not verified again: only what this mirror has cosigned may be read back.
    if (!held.ok || !this.#options.witness.hasCosigned(note)) return this.#stop('copy-damaged')
    const source = await openFolder(this.#options.folder)
    this.#isResuming = true
    const staging = new Staging(this.#options.folder)
    const read = await stageGrowth({ source, tree: this.#tree, staging }, held.value)
    const applied = read.ok ? await this.#apply(held.value.size, staging, source) : read
    this.#isResuming = false
    await staging.discard()
    if (!applied.ok && applied.error === 'data-missing') return this.#stop('copy-damaged')
    if (!read.ok) return this.#stop('copy-damaged')
    if (!applied.ok) return applied
    this.#tree = read.value
    this.#root = held.value.root
    return ok(undefined)
  }

  /**
   * Looks at the log once and takes what is new. Resolves with what was found; rejects with `SourceError` when the log
   * cannot be read. A mirror that has stopped stays stopped.
   */
  async follow(): Promise<Result<void, MirrorProblem>> {
    if (this.#hasStopped) return err(this.#problem as MirrorProblem)
    const note = await this.#options.source.checkpoint()
    if (note === null) return this.#pause('not-published')
    const parsed = parseNote(note)
    const next = parsed.ok ? parseCheckpoint(parsed.value.text) : parsed
    if (!next.ok) return this.#pause('checkpoint-invalid')
    const { size, root } = next.value
    const begun = await this.#begin(size)
    if (!begun.ok) return begun
    const log = noteVerifier(this.#options.backend.ed25519, begun.value)
    const opened = log.ok ? openCheckpoint(note, log.value) : log
    if (!opened.ok) return this.#pause('checkpoint-invalid')
    if (size < this.#tree.size) return this.#pause('behind')
    if (size === this.#tree.size) {
      const isSame = this.#root === null || equalBytes(root, this.#root)
      return isSame ? this.#cosign(note, next.value) : this.#forked(note)
    }
    return this.#grow(note, next.value)
  }

  /** The manifest and what it names, before anything else. Answers with the log's key. */
  async #begin(size: number): Promise<Result<string, MirrorProblem>> {
    if (this.#election.manifest === undefined) {
      const { source, folder } = this.#options
      if (size === 0) return this.#pause('not-published')
      const { entries } = await readBundle(source, { index: 0, width: Math.min(size, TILE_WIDTH) })
      const [first] = entries
      if (first === undefined) return this.#pause('data-missing')
      const staging = new Staging(folder)
      try {
        this.#reading = stagingBlobs(source, staging)
        // Nothing is signed yet that would bind the log to this record, so that a wrong one proves nothing.
        this.#isDirty = true
        if (!(await blobsServed(() => this.#election.begin(first)))) return this.#pause('data-missing')
        const failure = this.#firstFailure()
        if (failure !== null)
          return this.#pause(isOtherElection(failure) ? 'other-election' : 'rule-broken', failure)
        await staging.keep()
        this.#isDirty = false
      } finally {
        await staging.discard()
      }
    }
    const { manifest } = this.#election
    if (manifest === undefined) throw new Error('an election without a manifest and without a failure')
    this.#options.trust(manifest.keys.log)
    return ok(manifest.keys.log)
  }

  async #grow(note: string, next: Checkpoint): Promise<Result<void, MirrorProblem>> {
    const { folder, source } = this.#options
    const staging = new Staging(folder)
    try {
      const read = await stageGrowth({ source, tree: this.#tree, staging }, next)
      if (!read.ok) return read.error === 'forked' ? await this.#forked(note) : this.#pause(read.error)
      const applied = await this.#apply(next.size, staging, source)
      if (!applied.ok) {
        if (applied.error === 'rule-broken') await this.#keepEvidence(note)
        return applied
      }
      // The rules have been applied: when the disk fills up now, memory is past the copy.
      this.#isDirty = true
      await staging.keep()
      this.#isDirty = false
      this.#tree = read.value
      this.#root = next.root
    } finally {
      await staging.discard()
    }
    return this.#cosign(note, next)
  }

  /** Hands the staged records to the rule book, ballots a bundle ahead. */
  async #apply(size: number, staging: Staging, source: Source): Promise<Result<void, MirrorProblem>> {
    this.#reading = stagingBlobs(source, staging)
    this.#isDirty = true
    const waiting: AheadOfTheBooks[] = []
    const applyNext = async (): Promise<void> => {
      const next = waiting.shift()
      if (next === undefined) return
      const verified = await next.verified
      for (const [at, leaf] of next.records.entries()) await this.#election.apply(leaf, verified[at]?.under)
      await this.#keepCommitments(next, verified, staging)
    }
    for (const { index, width } of changedBundles(this.#tree.size, size)) {
      const bytes = await staging.read(entriesPath(index, width), LIMITS.entries)
      const bundle = bytes === null ? null : decodeBundle(bytes, width)
      if (bundle === null || !bundle.ok) throw new Error(`bundle ${index} is not staged`)
      // Record 0 is the manifest, which opens the election.
      if (index === 0 && this.#election.manifest === undefined) {
        const begin = () => this.#election.begin(bundle.value[0] as Uint8Array)
        if (!(await blobsServed(begin))) return this.#pause('data-missing')
      }
      const offset = Math.max(0, Math.max(1, this.#tree.size) - index * TILE_WIDTH)
      const records = bundle.value.slice(offset)
      const handedOn = this.#isResuming ? [] : ((await this.#options.commitments?.of(index, width)) ?? [])
      const verified = this.#election.lookAhead(records, handedOn.slice(offset))
      waiting.push({ index, width, offset, records, verified })
      if (waiting.length > BUNDLES_AHEAD && !(await blobsServed(applyNext)))
        return this.#pause('data-missing')
      if (this.#firstFailure() !== null) break
    }
    while (waiting.length > 0 && this.#firstFailure() === null) {
      if (!(await blobsServed(applyNext))) return this.#pause('data-missing')
    }
    // Other rules that look at an end wait for the last one; this one holds for each tree that is published.
    if (this.#firstFailure() === null && this.#election.state?.isAtBatchEnd === false)
      this.#findings.fail('batch.unfinished', size - 1)
    const failure = this.#firstFailure()
    if (failure !== null) return this.#stop('rule-broken', failure)
    this.#isDirty = false
    return ok(undefined)
  }

  /** For other mirrors. The books have them no more once a restart has read the copy back. */
  async #keepCommitments(
    { index, width, offset }: AheadOfTheBooks,
    verified: LookedAhead,
    staging: Staging,
  ): Promise<void> {
    if (this.#isResuming) return
    const before = offset === 0 ? null : await readCommitments(this.#options.folder, index, offset)
    const known = before === null ? null : decodeBundle(before, offset)
    const bytes = encodeCommitmentsOf(known?.ok ? known.value : [], offset, verified)
    await staging.put(commitmentsPath(index, width), bytes)
  }

  /** Cosigns what is on disk and serves the log's note with the new line. */
  async #cosign(note: string, { origin, size }: Checkpoint): Promise<Result<void, MirrorProblem>> {
    const { witness, folder, backend } = this.#options
    const reader = copyReader(folder)
    const oldSize = witness.cosignedSize(origin)
    if (oldSize > size) return this.#pause('behind')
    const proof =
      oldSize === 0 || oldSize === size ? ok([]) : await consistencyProofFromTiles(reader, oldSize, size)
    if (!proof.ok) return this.#stop('copy-damaged')
    const { manifest } = this.#election
    if (manifest === undefined) throw new Error('a checkpoint of an unknown election')
    const served = worthServing(backend.ed25519, manifest, note)
    const answer = witness.addCheckpoint(
      utf8(formatAddCheckpoint({ oldSize, proof: proof.value, note: formatNote(served.text, served.own) })),
    )
    if (!answer.ok && answer.error === 'clock-behind') return this.#pause('clock-behind')
    if (!answer.ok) return this.#stop(answer.error === 'not-consistent' ? 'forked' : 'copy-damaged')
    const [line] = parseCosignatureLines(utf8(answer.value)) ?? []
    if (line === undefined) throw new Error('a cosignature that cannot be read')
    const others = served.others.filter(({ name, keyId }) => name !== line.name || keyId !== line.keyId)
    await writeDurable(join(folder, 'checkpoint'), formatNote(served.text, [...served.own, ...others, line]))
    this.#problem = null
    this.#failure = null
    return ok(undefined)
  }

  /** Two signed notes that exclude each other prove that the log lied to somebody. */
  async #forked(note: string): Promise<Result<void, MirrorProblem>> {
    await this.#keepEvidence(note)
    return this.#stop('forked')
  }

  async #keepEvidence(note: string): Promise<void> {
    const folder = join(this.#options.folder, 'conflicts')
    await makeDurableDirectory(folder)
    await writeDurable(join(folder, `${toHex(sha256(utf8(note)))}.checkpoint`), note)
  }

  #firstFailure(): Failure | null {
    const results = this.#findings.results('final').flatMap(({ failures }) => failures)
    return results[0] ?? null
  }

  /** For good: the log has signed something that cannot be right, or the copy is unusable. */
  #stop(problem: MirrorProblem, failure: Failure | null = null): Result<never, MirrorProblem> {
    this.#hasStopped = true
    this.#isDirty = false
    return this.#pause(problem, failure)
  }

  /** Until the next look. */
  #pause(problem: MirrorProblem, failure: Failure | null = null): Result<never, MirrorProblem> {
    this.#problem = problem
    this.#failure = failure
    return err(problem, failure?.message)
  }

  #delegating(): Source {
    const of = (): Source => this.#reading
    return {
      name: this.#options.source.name,
      checkpoint: () => of().checkpoint(),
      tile: (...at) => of().tile(...at),
      entries: (...at) => of().entries(...at),
      blob: (...at) => of().blob(...at),
    }
  }

  /** Ballots of the own copy were verified before they were kept. */
  #pool(pool: BallotPool): BallotPool {
    return {
      verify: (jobs) =>
        this.#isResuming ? Promise.resolve(jobs.map(() => new Uint8Array())) : pool.verify(jobs),
      close: () => pool.close(),
    }
  }

  async close(): Promise<void> {
    await this.#election.close()
  }
}

function isOtherElection({ rule }: Failure): boolean {
  return rule === 'manifest.pinned' || rule === 'manifest.trust'
}
