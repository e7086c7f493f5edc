import type { ManifestProposals } from '@hanpyo/protocol/election/manifest.ts'
import type { TextCompressor } from '@hanpyo/protocol/proposal/text-coding.ts'
import type { ProposalView, StaffProposal, TopicView } from '../../contract/proposal-views.ts'
import type { BallotBox } from '../box/ballot-box.ts'
import { type OwnModeration, ownModerations, waitingProposals } from './own-statements.ts'
import type { Published } from './published.ts'
import type { Shelf } from './shelf.ts'
import { type Fingerprint, fingerprint, mostAlike } from './similar.ts'

export interface ProposalShelfDeps {
  readonly rules: ManifestProposals
  readonly manifestHash: Uint8Array
  /** Of the manifest: so many people of one kiosk become visible together. */
  readonly minPerKiosk: number
  readonly published: { entries(): readonly Published[] }
  readonly box: Pick<BallotBox, 'statements'>
  readonly compressor: TextCompressor
}

interface Contents {
  readonly views: readonly ProposalView[]
  readonly byId: ReadonlyMap<string, ProposalView>
  readonly moderations: ReadonlyMap<string, OwnModeration>
}

/**
 * Published proposals and, as soon as those of enough people wait, the ones handed in here. What a single person handed in is
 * not shown while it waits: the next one in the queue would know whose it is.
 */
export class ProposalShelf implements Shelf {
  readonly #deps: ProposalShelfDeps
  readonly #shownWaiting = new Set<string>()
  #contents: Contents | null = null
  #prints: ReadonlyMap<string, Fingerprint> = new Map()

  constructor(deps: ProposalShelfDeps) {
    this.#deps = deps
  }

  /** Something on the ledger, in the box or among the texts is different now. */
  invalidate(): void {
    this.#contents = null
  }

  list(): readonly ProposalView[] {
    return this.#read().views
  }

  find(id: string): ProposalView | null {
    return this.#read().byId.get(id) ?? null
  }

  similarTo(text: string): readonly ProposalView[] {
    const { views } = this.#read()
    const before = this.#prints
    this.#prints = new Map(views.map((view) => [view.id, before.get(view.id) ?? fingerprint(view.text)]))
    const printed = views.map((view) => ({ view, print: this.#prints.get(view.id) as Fingerprint }))
    return mostAlike(text, printed).map(({ view }) => view)
  }

  /** A published proposal as staff see it, with what this kiosk decided and the ledger does not have yet. */
  forStaff(entry: Published): StaffProposal {
    const own = this.#newerThan(entry, this.#read().moderations)
    return {
      id: entry.id,
      topic: this.#topic(entry.topic),
      text: entry.text,
      supports: entry.supports,
      isHidden: own === null ? entry.isHidden : own.action === 'hide',
      reason: (own ?? entry.moderation)?.reason ?? null,
      isChangeWaiting: own !== null,
    }
  }

  #read(): Contents {
    this.#contents ??= this.#collect()
    return this.#contents
  }

  #collect(): Contents {
    const { published, box } = this.#deps
    const statements = box.statements()
    const moderations = ownModerations(statements)
    const entries = published.entries()
    const onLedger = new Set(entries.map(({ id }) => id))
    const isShown = (entry: Published): boolean => {
      const own = this.#newerThan(entry, moderations)
      return own === null ? !entry.isHidden : own.action === 'show'
    }
    const views = [
      ...entries
        .filter(isShown)
        .toReversed()
        .map(({ id, topic, text, supports }) => this.#view({ id, topic, text, supports }, false)),
      ...this.#waiting(statements, onLedger).map(({ id, topic, text }) =>
        this.#view({ id, topic, text, supports: 1 }, true),
      ),
    ]
    return { views, byId: new Map(views.map((view) => [view.id, view])), moderations }
  }

  #waiting(statements: ReturnType<BallotBox['statements']>, onLedger: ReadonlySet<string>) {
    const waiting = waitingProposals(statements, this.#deps).filter(({ id }) => !onLedger.has(id))
    const unseen = waiting.filter(({ id }) => !this.#shownWaiting.has(id))
    const people = new Set(unseen.map(({ author }) => author)).size
    if (people >= this.#deps.minPerKiosk) for (const { id } of unseen) this.#shownWaiting.add(id)
    const still = new Set(waiting.map(({ id }) => id))
    for (const id of this.#shownWaiting) if (!still.has(id)) this.#shownWaiting.delete(id)
    return waiting.filter(({ id }) => this.#shownWaiting.has(id))
  }

  #newerThan(entry: Published, own: ReadonlyMap<string, OwnModeration>): OwnModeration | null {
    const moderation = own.get(entry.id)
    return moderation !== undefined && moderation.at > (entry.moderation?.at ?? -1) ? moderation : null
  }

  #view(
    one: { id: string; topic: number; text: string; supports: number },
    isWaiting: boolean,
  ): ProposalView {
    return { ...one, topic: this.#topic(one.topic), isWaiting }
  }

  #topic(topic: number): TopicView {
    const found = this.#deps.rules.topics.find(({ id }) => id === topic)
    return found ?? { id: topic, title: { ko: String(topic), en: String(topic) } }
  }
}
