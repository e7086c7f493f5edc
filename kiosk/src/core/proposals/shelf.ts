import type { ProposalView } from '../../contract/proposal-views.ts'

/** The proposals that can be read at this kiosk: published ones, and those handed in here. Texts are whole. */
export interface Shelf {
  /** All of them, newest published first. */
  list(): readonly ProposalView[]
  /** `null` when it is unknown, hidden or erased. */
  find(id: string): ProposalView | null
  /** At most five that read like `text`, the most alike first. */
  similarTo(text: string): readonly ProposalView[]
}
