import type { Clock } from '@hanpyo/platform/clock.ts'
import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { nobleBackend } from '@hanpyo/protocol/group/backend.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import type { Handlers } from '../contract/define.ts'
import type { KioskContract } from '../contract/kiosk-contract.ts'
import type { AuditEvent } from '../core/audit.ts'
import { createBallotMaker } from '../core/ballot-maker.ts'
import type { BallotBox, SealedItem } from '../core/box/ballot-box.ts'
import { openBoxDatabase } from '../core/box/open-box.ts'
import { SqliteBallotBox } from '../core/box/sqlite-box.ts'
import { createKioskHandlers } from '../core/kiosk-core.ts'
import { IDLE_TIMES, type IdleTimes } from '../core/session/idle.ts'
import { StateHub } from '../core/state-hub.ts'
import { VoterSession } from '../core/voter-session.ts'
import { createTestElection, type TestElection } from './test-election.ts'

export interface TestKiosk {
  readonly handlers: Handlers<KioskContract>
  readonly session: VoterSession
  readonly box: BallotBox
  readonly election: TestElection
  readonly sealed: readonly SealedItem[]
  readonly audited: readonly AuditEvent[]
  close(): void
}

/**
 * A real core without routes: real ballots of a test election, a real ballot box (in memory unless a path is given).
 * For tests, and for working on the page: `createHandler({ contract: kioskContract, handlers, … })` serves it.
 */
export function createTestKiosk(
  options: {
    readonly election?: TestElection
    readonly clock?: Clock
    readonly backend?: CryptoBackend
    readonly boxPath?: string
    /** Stands between the core and its box, to make it fail. */
    readonly wrapBox?: (box: BallotBox) => BallotBox
    readonly idleTimes?: IdleTimes
    readonly pxPerMm?: number
  } = {},
): TestKiosk {
  const {
    clock = createVirtualClock(),
    election: test = createTestElection(),
    idleTimes = IDLE_TIMES,
  } = options
  const { election, keys } = test
  const maker = createBallotMaker({
    backend: options.backend ?? nobleBackend,
    random: nodeRandom,
    election,
    keys,
  })
  const { kioskId, manifestHash } = election
  const database = expectOk(openBoxDatabase(options.boxPath ?? ':memory:', { kioskId, manifestHash }))
  const audited: AuditEvent[] = []
  const ownBox = new SqliteBallotBox({
    database,
    kioskId,
    manifestHash,
    signManifest: maker.signManifest,
    onNotRebuilt: (problem) => audited.push({ event: 'box-not-rebuilt', problem }),
  })
  const box = options.wrapBox?.(ownBox) ?? ownBox
  const sealed: SealedItem[] = []
  const hub = new StateHub('test')
  const onSealed = (items: readonly SealedItem[]) => void sealed.push(...items)
  const session = new VoterSession({
    election,
    box,
    maker,
    random: nodeRandom,
    clock,
    idleTimes,
    audit: (event) => audited.push(event),
    onSealed,
    onChange: () => hub.bump(),
  })
  const handlers = createKioskHandlers({
    election,
    box,
    session,
    hub,
    clock,
    audit: (event) => audited.push(event),
    onSealed,
    ...(options.pxPerMm === undefined ? {} : { pxPerMm: options.pxPerMm }),
    health: async () => {
      const { cast, challenged, ackedOverWifi, ackedOverLora, promises } = box.counts()
      const lora = { state: 'not-configured', reason: null, dataRate: null, maxPayloadBytes: null } as const
      return {
        polls: box.polls(),
        routes: { wifi: { state: 'not-configured', suspect: false }, lora },
        box: { cast, challenged },
        outbox: {
          waiting: box.waiting().length,
          waitingForWifi: 0,
          ackedOverWifi,
          ackedOverLora,
          refused: {},
          promises,
        },
        disk: { freeBytes: null, low: false },
        scanner: 'not-configured',
      }
    },
  })
  return {
    handlers,
    session,
    box,
    election: test,
    sealed,
    audited,
    close() {
      session.end()
      box.close()
    },
  }
}
