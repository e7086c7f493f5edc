import type { Logger } from '@hanpyo/platform/logger.ts'
import { equalBytes } from '@hanpyo/protocol/bytes.ts'
import { checkText, textCommitment } from '@hanpyo/protocol/proposal/text.ts'
import { z } from 'zod'
import { proposalIdSchema } from '../../contract/proposal-views.ts'
import { type BookedProposal, MAX_PROPOSALS, type ProposalBook } from './proposal-book.ts'

/** A proposal on the ledger whose text this kiosk has and compared with its commitment. */
export const publishedSchema = z.strictObject({
  id: proposalIdSchema,
  index: z.int().min(0),
  topic: z.int(),
  centre: z.string(),
  supports: z.int().min(0),
  isHidden: z.boolean(),
  moderation: z.strictObject({ reason: z.string(), at: z.int().min(0) }).nullable(),
  text: z.string(),
})
export type Published = z.infer<typeof publishedSchema>

/** What a ledger's server says about one text. `gone`: erased for good. */
export type TextAnswer = { readonly salt: Uint8Array; readonly text: string } | 'gone' | 'unknown'

export interface PublishedDeps {
  readonly book: ProposalBook
  readonly maxCharacters: number
  /** Rejects when the server cannot be reached. */
  readonly fetchText: (id: string) => Promise<TextAnswer>
  /** Keeps the list for restarts without a network; false when it could not. Never rejects. */
  readonly save: (entries: readonly Published[]) => Promise<boolean>
  readonly log: Logger
  readonly onChange: () => void
}

/** Texts fetched after one look at the ledger; the rest after the next. */
const TEXTS_PER_LOOK = 100

/**
 * The published proposals with their texts. Until the ledger was read after a start it is the list of the last time; from
 * then on the ledger decides what exists, and a text counts only when it is the one the leaf commits to.
 */
export class PublishedProposals {
  readonly #deps: PublishedDeps
  readonly #texts = new Map<string, string>()
  readonly #tries = new Map<string, number>()
  #remembered: readonly Published[] | null
  #saved = ''
  #entries: readonly Published[] | null = null

  /** @param remembered what `save` was given last time. */
  constructor(deps: PublishedDeps, remembered: readonly Published[]) {
    this.#deps = deps
    this.#remembered = remembered
    for (const { id, text } of remembered) this.#texts.set(id, text)
    this.#saved = signatureOf(remembered)
  }

  /** In the order of the ledger. */
  entries(): readonly Published[] {
    this.#entries ??= this.#remembered ?? this.#combine()
    return this.#entries
  }

  /** The book has new leaves. Texts that were erased are forgotten at once. */
  bookChanged(): void {
    const { book } = this.#deps
    this.#remembered = null
    for (const id of this.#texts.keys()) {
      const proposal = book.find(id)
      if (proposal === undefined || proposal.isErased) this.#texts.delete(id)
    }
    this.#changed()
  }

  /** Fetches texts that are missing, a bounded number, and keeps the list. Never rejects. */
  async fetchMissing(): Promise<void> {
    const { book, log } = this.#deps
    const missing = book
      .all()
      .filter(({ id, isErased }) => !isErased && !this.#texts.has(id))
      .toSorted((a, b) => this.#triesOf(a.id) - this.#triesOf(b.id))
      .slice(0, TEXTS_PER_LOOK)
    try {
      for (const proposal of missing) await this.#fetch(proposal)
    } catch (error) {
      log.debug('proposal-texts-unreachable', { reason: (error as Error).message })
    }
    this.#changed()
    await this.#save()
  }

  async #fetch(proposal: BookedProposal): Promise<void> {
    const { fetchText, maxCharacters, log } = this.#deps
    const { id, textCommitment: committed } = proposal
    this.#tries.set(id, this.#triesOf(id) + 1)
    const answer = await fetchText(id)
    if (answer === 'gone' || answer === 'unknown') return
    if (!equalBytes(textCommitment(answer.salt, answer.text), committed)) {
      log.warn('proposal-text-not-believed')
    } else if (checkText(answer.text, maxCharacters).ok) {
      this.#texts.set(id, answer.text)
      this.#tries.delete(id)
    }
  }

  #combine(): readonly Published[] {
    return this.#deps.book.all().flatMap((proposal) => {
      const text = this.#texts.get(proposal.id)
      if (text === undefined || proposal.isErased) return []
      const { id, index, topic, centre, supports, isHidden, moderation } = proposal
      return [{ id, index, topic, centre, supports, isHidden, moderation, text }]
    })
  }

  /** Support counts alone are not worth a write to the disk. One that failed is tried again: erased texts have to go. */
  async #save(): Promise<void> {
    const entries = this.entries()
    const signature = signatureOf(entries)
    if (signature === this.#saved) return
    if (await this.#deps.save(entries)) this.#saved = signature
  }

  #triesOf(id: string): number {
    return this.#tries.get(id) ?? 0
  }

  #changed(): void {
    this.#entries = null
    this.#deps.onChange()
  }
}

/** The list as a file, bound to one election. */
export const rememberedSchema = z.strictObject({
  election: z.string(),
  proposals: z.array(publishedSchema).max(MAX_PROPOSALS),
})

function signatureOf(entries: readonly Published[]): string {
  return entries.map(({ id, isHidden }) => `${id}${isHidden ? '-' : '+'}`).join('')
}
