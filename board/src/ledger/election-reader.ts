import { toHex } from '@hanpyo/protocol/bytes.ts'
import { RECORD } from '@hanpyo/protocol/election/leaf.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import { isStopping, type Violation } from '@hanpyo/protocol/election/rules.ts'
import { ElectionState } from '@hanpyo/protocol/election/state.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { type ElectionInput, type FullCheckPorts, readVoidBitmap } from '../check/full-check.ts'
import type { Bilingual, CentreGroup, ElectionView, PollsName, ProposalView } from '../snapshot.ts'
import { LedgerFacts } from './facts.ts'

type ReadBlob = FullCheckPorts['blob']

/** Types whose proofs are left to the whole check; their place and number are judged here as well. */
const SLOW_TYPES: ReadonlySet<number> = new Set([
  RECORD.ballot,
  RECORD.refusal,
  RECORD.proposal,
  RECORD.support,
])

/** A hostile log must not fill the memory. */
const MOST_VIOLATIONS = 500

/**
 * The quick reading of an election: every rule about order and content, and the signatures of documents, but not the proofs of
 * ballots and proposals. What it gives is shown at once, and confirmed by `FullCheck` later.
 */
export class ElectionReader {
  readonly facts = new LedgerFacts()
  readonly violations: Violation[] = []
  readonly #state: ElectionState
  readonly #blob: ReadBlob

  private constructor(state: ElectionState, blob: ReadBlob) {
    this.#state = state
    this.#blob = blob
  }

  static open(backend: CryptoBackend, election: ElectionInput, blob: ReadBlob): Result<ElectionReader> {
    const opened = ElectionState.open({
      backend,
      manifestNote: election.manifestNote,
      credentialList: election.credentials,
      ...(election.support === null ? {} : { supportList: election.support }),
    })
    return opened.ok ? ok(new ElectionReader(opened.value, blob)) : err(opened.error, opened.detail)
  }

  get nextIndex(): number {
    return this.#state.nextIndex
  }

  get polls(): PollsName {
    return this.#state.polls
  }

  get ballotCount(): number {
    return this.#state.ballotCount
  }

  /** Takes leaf number `nextIndex`; the manifest, leaf 0, was taken when it was opened. */
  async take(leaf: Uint8Array): Promise<void> {
    const index = this.#state.nextIndex
    const bitmap = await readVoidBitmap(leaf, this.#blob)
    const trusted = SLOW_TYPES.has(leaf[0] ?? 0)
    const violations = this.#state.apply(leaf, {
      trusted,
      ...(bitmap === null ? {} : { blob: () => bitmap }),
    })
    for (const violation of violations) {
      if (this.violations.length < MOST_VIOLATIONS) this.violations.push(violation)
    }
    if (!violations.some(isStopping)) this.facts.take(leaf, index)
  }

  /** Ballots and slips of every centre, before small ones are merged. */
  centres(): CentreGroup[] {
    const { manifest, kiosks } = this.#state
    return manifest.centres.map(({ id, name }) => {
      const turnout = this.facts.turnout.get(id)
      return {
        names: [name],
        ballots: kiosks.reduce((sum, { centre, ballotCount }) => sum + (centre === id ? ballotCount : 0), 0),
        issued: turnout?.issued ?? null,
        returned: turnout?.returned ?? null,
      }
    })
  }

  proposals(): ProposalView[] {
    const names = new Map(this.#state.manifest.centres.map(({ id, name }): [string, Bilingual] => [id, name]))
    return [...this.#state.proposals()].map(({ id, topic, centre, supports, isHidden, isErased, index }) => ({
      id: toHex(id),
      topic,
      centre: names.get(centre) ?? { ko: centre, en: centre },
      supports,
      isHidden,
      isErased,
      moderation: isHidden || isErased ? (this.facts.moderations.get(toHex(id)) ?? null) : null,
      record: index,
    }))
  }

  /** Facts that a text is checked against. */
  proposal(id: Uint8Array) {
    return this.#state.proposal(id)
  }
}

/** What the page shows of a manifest. */
export function electionView(manifest: Manifest, manifestHash: string): ElectionView {
  return {
    id: manifest.id,
    title: manifest.title,
    manifestHash,
    authorityVkey: manifest.keys.authority,
    logVkey: manifest.keys.log,
    isTest: manifest.test === true,
    times: manifest.times,
    tickSeconds: manifest.tickSeconds,
    maxDelaySeconds: manifest.maxDelaySeconds,
    minimumCount: manifest.minimumCount,
    slipCount: manifest.credentials.count,
    contests: manifest.contests.map(({ id, kind, title, options, budget, maxSelections }) => ({
      id,
      kind,
      title,
      maxSelections,
      ...(budget === undefined ? {} : { budget }),
      options: options.map((option) => ({
        id: option.id,
        title: option.title,
        ...(option.cost === undefined ? {} : { cost: option.cost }),
      })),
    })),
    trustees: manifest.trustees.map(({ name }) => name),
    threshold: manifest.threshold,
    topics: manifest.proposals?.topics ?? null,
  }
}
