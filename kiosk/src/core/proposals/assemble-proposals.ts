import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import type { ManifestProposals } from '@hanpyo/protocol/election/manifest.ts'
import type { CryptoBackend, RandomBytes } from '@hanpyo/protocol/group/group.ts'
import type { TextCompressor } from '@hanpyo/protocol/proposal/text-coding.ts'
import type { Audit } from '../audit.ts'
import type { KioskKeys } from '../ballot-maker.ts'
import type { BallotBox, SealedItem } from '../box/ballot-box.ts'
import type { KioskElection } from '../election.ts'
import type { LedgerLeaf } from '../ledger/ledger-view.ts'
import { createModerationDesk } from './moderation-desk.ts'
import type { ProposalPorts } from './ports.ts'
import { ProposalBook } from './proposal-book.ts'
import { ProposalShelf } from './proposal-shelf.ts'
import { type Published, type PublishedDeps, PublishedProposals } from './published.ts'
import { createStatementMaker } from './statement-maker.ts'
import { createSubmit } from './submit.ts'

/** Puts the parts together; the same for the real kiosk and for tests. */
export function assembleProposals(deps: {
  readonly rules: ManifestProposals
  readonly election: KioskElection
  readonly keys: KioskKeys
  readonly backend: CryptoBackend
  readonly random: RandomBytes
  readonly compressor: TextCompressor
  readonly box: BallotBox
  /** Unix time for what staff sign. */
  readonly clock: Clock
  readonly audit: Audit
  readonly log: Logger
  readonly remembered: readonly Published[]
  readonly fetchText: PublishedDeps['fetchText']
  readonly save: PublishedDeps['save']
  readonly onSealed: (items: readonly SealedItem[]) => void
  readonly onChange: () => void
}) {
  const { rules, election, backend, box, compressor, audit, onChange } = deps
  const { manifest, manifestHash, kioskId } = election
  const book = new ProposalBook({ ed25519: backend.ed25519, manifest, manifestHash })
  const changed = (): void => {
    shelf.invalidate()
    onChange()
  }
  const published = new PublishedProposals(
    {
      book,
      maxCharacters: rules.maxCharacters,
      fetchText: deps.fetchText,
      save: deps.save,
      log: deps.log,
      onChange: changed,
    },
    deps.remembered,
  )
  const { minPerKiosk } = manifest
  const shelf = new ProposalShelf({ rules, manifestHash, minPerKiosk, published, box, compressor })
  const onSealed = (items: readonly SealedItem[]): void => {
    shelf.invalidate()
    deps.onSealed(items)
  }
  const maker = createStatementMaker(deps)
  const ports: ProposalPorts = {
    shelf,
    submit: createSubmit({ rules, election, group: backend.group, box, maker, book, audit, onSealed }),
    moderation: createModerationDesk({
      centre: manifest.kioskSlots.find(({ id }) => id === kioskId)?.centre ?? '',
      published,
      shelf,
      maker,
      box,
      nowSeconds: () => Math.floor(deps.clock.now() / 1000),
      audit,
      onSealed,
      onChange,
    }),
  }
  return {
    ports,
    onStatements(leaves: readonly LedgerLeaf[], isFromStart: boolean): void {
      book.take(leaves, isFromStart)
      published.bookChanged()
    },
    afterRead: () => published.fetchMissing(),
    invalidate: () => shelf.invalidate(),
    knownCount: () => published.entries().length,
  }
}
