import { fromHex, toBase64 } from '@hanpyo/protocol/bytes.ts'
import { checkText, normaliseText } from '@hanpyo/protocol/proposal/text.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { StaffProposals } from '../../contract/proposal-views.ts'
import type { Audit } from '../audit.ts'
import type { BallotBox, SealedItem, StoreError } from '../box/ballot-box.ts'
import { ownModerations } from './own-statements.ts'
import { PAGE_SIZE, pageOf } from './page.ts'
import type { ProposalShelf } from './proposal-shelf.ts'
import type { Published } from './published.ts'
import type { StatementMaker } from './statement-maker.ts'

/** Hiding and showing proposals of the own centre, with a reason that becomes public. */
export interface ModerationDesk {
  list(page: number): Result<StaffProposals, 'proposals-not-offered'>
  /** @param change.id lower-case hex. */
  moderate(change: {
    readonly id: string
    readonly action: 'hide' | 'show'
    readonly reason: string
  }): Result<
    StaffProposals,
    'proposals-not-offered' | 'unknown-proposal' | 'no-change' | 'reason-not-plain' | StoreError
  >
}

const MAX_REASON = 300

export interface CentreModerationDeps {
  /** Centre id of this kiosk's slot. */
  readonly centre: string
  readonly published: { entries(): readonly Published[] }
  readonly shelf: Pick<ProposalShelf, 'forStaff' | 'invalidate'>
  readonly maker: Pick<StatementMaker, 'moderation'>
  readonly box: Pick<BallotBox, 'insertStatement' | 'statements'>
  readonly nowSeconds: () => number
  readonly audit: Audit
  readonly onSealed: (items: readonly SealedItem[]) => void
  readonly onChange: () => void
}

/** Signs what staff decide with the kiosk's key; the ledger shows it to everybody, reason included. */
export function createModerationDesk(deps: CentreModerationDeps): ModerationDesk {
  const { centre, published, shelf, maker, box, audit } = deps
  const own = () =>
    published
      .entries()
      .filter((entry) => entry.centre === centre)
      .toReversed()
  const list = (page: number): StaffProposals => {
    const entries = pageOf(own(), page)
    return { ...entries, items: entries.items.map((entry) => shelf.forStaff(entry)) }
  }
  // Two decisions within a second must not have the same words, for the ledger takes a text once; and they are sent in the
  // order of these times, also when the clock went back between them.
  let lastAt = Math.max(0, ...[...ownModerations(box.statements()).values()].map(({ at }) => at))
  return {
    list: (page) => ok(list(page)),
    moderate({ id, action, reason: typed }) {
      const position = own().findIndex((entry) => entry.id === id)
      const entry = own()[position]
      if (entry === undefined) return err('unknown-proposal')
      if (shelf.forStaff(entry).isHidden === (action === 'hide')) return err('no-change')
      const reason = normaliseText(typed)
      if (!checkText(reason, MAX_REASON).ok || reason.length > MAX_REASON) return err('reason-not-plain')
      const at = Math.max(deps.nowSeconds(), lastAt + 1, (entry.moderation?.at ?? 0) + 1)
      const datagram = maker.moderation({ action, proposal: toBase64(fromHex(id)), reason, at })
      const stored = box.insertStatement({ kind: 'moderation', datagram })
      if (!stored.ok) return err(stored.error === 'disk-full' ? 'disk-full' : 'box-failed')
      lastAt = at
      audit({ event: 'proposal-moderated', action })
      shelf.invalidate()
      deps.onSealed(stored.value)
      deps.onChange()
      return ok(list(1 + Math.floor(position / PAGE_SIZE)))
    },
  }
}
