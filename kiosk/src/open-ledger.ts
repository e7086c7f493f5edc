import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import type { KioskConfig } from './config.ts'
import type { ClockWatch } from './core/clock-watch.ts'
import type { KioskElection } from './core/election.ts'
import { LedgerFollower } from './core/ledger/ledger-follower.ts'
import { LedgerView } from './core/ledger/ledger-view.ts'
import type { StateHub } from './core/state-hub.ts'
import { httpLogReader } from './ledger-http.ts'
import type { OpenProposals } from './open-proposals.ts'

/** The kiosk's look at the public ledger; `undefined` when none is configured. */
export function openLedger(
  config: KioskConfig,
  deps: {
    readonly election: KioskElection
    readonly ed25519: Ed25519
    readonly clock: Clock
    readonly log: Logger
    readonly clockWatch: ClockWatch
    readonly hub: StateHub
    /** Follows the same ledger. */
    readonly proposals: Pick<OpenProposals, 'onStatements' | 'afterRead'>
  },
): { readonly view: LedgerView; readonly follower: LedgerFollower } | undefined {
  if (config.ledger === undefined) return undefined
  const { url, everySeconds } = config.ledger
  const { election, ed25519, clock, log, clockWatch, hub, proposals } = deps
  const reader = httpLogReader({
    url,
    fetch: globalThis.fetch,
    onServerTime: (unixMs) => clockWatch.told('ledger', unixMs),
  })
  const { manifest, manifestHash } = election
  const view = new LedgerView({
    reader,
    ed25519,
    manifest,
    manifestHash,
    onStatements: proposals.onStatements,
  })
  const everyMs = everySeconds * 1000
  return {
    view,
    follower: new LedgerFollower({
      view,
      clock,
      everyMs,
      log,
      afterRead: proposals.afterRead,
      onChange: () => hub.bump(),
    }),
  }
}
