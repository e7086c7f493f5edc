import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { formatFraudProof } from '@hanpyo/protocol/link/fraud-proof.ts'
import { evidenceFromTiles } from '@hanpyo/protocol/link/promise-evidence.ts'
import { promiseOf } from '@hanpyo/protocol/link/promise-judgement.ts'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'
import type { KioskConfig } from './config.ts'
import type { Audit } from './core/audit.ts'
import type { BallotBox, SealedItem, StoredPromise } from './core/box/ballot-box.ts'
import type { ClockWatch } from './core/clock-watch.ts'
import type { KioskElection } from './core/election.ts'
import { HeadKeeper, type SignedHead } from './core/ledger/head-keeper.ts'
import { LedgerFollower } from './core/ledger/ledger-follower.ts'
import { LedgerView } from './core/ledger/ledger-view.ts'
import { ProofDesk } from './core/proofs/proof-desk.ts'
import type { StateHub } from './core/state-hub.ts'
import { type LedgerFiles, openLedgerFiles } from './ledger-files.ts'
import { httpLogReader } from './ledger-http.ts'
import type { OpenProposals } from './open-proposals.ts'

export interface OpenLedger {
  readonly view: LedgerView
  readonly follower: LedgerFollower
  readonly proofs: ProofDesk
  /** How often the ledger has contradicted itself since this start. */
  readonly contradictions: () => number
}

/** The kiosk's look at the public ledger; `undefined` when none is configured. */
export async function openLedger(
  config: KioskConfig,
  deps: {
    /** Asks the server of the ledger. */
    readonly fetch: typeof fetch
    readonly election: KioskElection
    readonly ed25519: Ed25519
    readonly box: BallotBox
    readonly clock: Clock
    readonly log: Logger
    readonly audit: Audit
    readonly clockWatch: ClockWatch
    readonly hub: StateHub
    /** Follows the same ledger. */
    readonly proposals: Pick<OpenProposals, 'onStatements' | 'afterRead'>
    readonly onBroken: (bridge: string, items: readonly SealedItem[]) => void
    readonly onUnpublished: (bridge: string, items: readonly SealedItem[]) => void
  },
): Promise<OpenLedger | undefined> {
  if (config.ledger === undefined) return undefined
  const { url, everySeconds } = config.ledger
  const { election, ed25519, box, clock, log, audit, clockWatch, hub, proposals } = deps
  const { manifest, manifestHash } = election
  const reader = httpLogReader({
    url,
    fetch: deps.fetch,
    onServerTime: (unixMs) => clockWatch.told('ledger', unixMs),
  })
  const files = await openLedgerFiles(config.dataDir, { ed25519, logVkey: manifest.keys.log, log })
  let contradictions = 0
  const heads = new HeadKeeper({
    held: files.held,
    save: files.saveHead,
    onConflict(problem, held, shown) {
      contradictions++
      audit({ event: 'ledger-contradicts', problem })
      void files.saveCheckpoints([held, shown])
      hub.bump()
    },
  })
  const view = new LedgerView({
    reader,
    ed25519,
    manifest,
    manifestHash,
    heads,
    followed: () => box.unproven(),
    onStatements: proposals.onStatements,
  })
  const proofs = new ProofDesk({
    box,
    view,
    ed25519,
    manifest,
    audit,
    log,
    saveFraudProof: (promise, head) =>
      saveFraudProof({ reader, files, election, ed25519, log }, promise, head),
    onBroken: deps.onBroken,
    onUnpublished: deps.onUnpublished,
  })
  const follower = new LedgerFollower({
    view,
    clock,
    everyMs: everySeconds * 1000,
    log,
    async afterRead() {
      // What was read stays read; a box that fails says so here and not as a ledger that cannot be reached.
      await proofs.look().catch((error: unknown) => log.error('proofs-failed', { error }))
      await proposals.afterRead()
    },
    onChange: () => hub.bump(),
  })
  return { view, follower, proofs, contradictions: () => contradictions }
}

/** What anybody can check with `hanpyo verify proof`. Asks for tiles from the promised size on, as everybody would. */
async function saveFraudProof(
  {
    reader,
    files,
    election,
    ed25519,
    log,
  }: {
    readonly reader: LogReader
    readonly files: LedgerFiles
    readonly election: KioskElection
    readonly ed25519: Ed25519
    readonly log: Logger
  },
  promise: StoredPromise,
  head: SignedHead,
): Promise<void> {
  try {
    const value = promiseOf(ed25519, election.manifest, promise.note)
    if (!value.ok) return
    const evidence = await evidenceFromTiles(reader, { note: promise.note, value: value.value }, head)
    const name = `${toHex(promise.leaf)}.${promise.bridge}.fraud-proof.json`
    if (evidence.ok) await files.saveEvidence(name, formatFraudProof(election.manifestNote, evidence.value))
    else log.warn('fraud-proof-not-made', { reason: evidence.detail ?? evidence.error })
  } catch (error) {
    // The ledger went away meanwhile. The promise and its judgement stay in the box.
    log.warn('fraud-proof-not-made', { reason: (error as Error).message })
  }
}
