import type { ReceiptPrinter } from '@hanpyo/devices/printer/receipt-printer.ts'
import type { Clock } from '@hanpyo/platform/clock.ts'
import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { rawDeflate } from '@hanpyo/platform/deflate.ts'
import { createLogger } from '@hanpyo/platform/logger.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { nobleBackend } from '@hanpyo/protocol/group/backend.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { expectOk, type Result } from '@hanpyo/protocol/result.ts'
import type { Handlers, OutputOf } from '../contract/define.ts'
import type { KioskContract } from '../contract/kiosk-contract.ts'
import { type AssembledCore, assembleCore } from '../core/assemble.ts'
import type { AuditEvent } from '../core/audit.ts'
import { createBallotMaker } from '../core/ballot-maker.ts'
import type { BallotBox, SealedItem } from '../core/box/ballot-box.ts'
import { openBoxDatabase } from '../core/box/open-box.ts'
import { SqliteBallotBox } from '../core/box/sqlite-box.ts'
import { readHealth } from '../core/health.ts'
import type { KeyQueue } from '../core/input/key-queue.ts'
import type { ElectionBound } from '../core/polls/polls-rules.ts'
import type { PracticeSession } from '../core/practice/practice-session.ts'
import { assembleProposals } from '../core/proposals/assemble-proposals.ts'
import { NO_PROPOSALS } from '../core/proposals/ports.ts'
import type { ProposalSession } from '../core/proposals/proposal-session.ts'
import type { Published, PublishedDeps } from '../core/proposals/published.ts'
import { IDLE_TIMES, type IdleTimes } from '../core/session/idle.ts'
import type { FailureStore, StaffLock, StaffRole } from '../core/staff/staff-lock.ts'
import { StateHub } from '../core/state-hub.ts'
import type { TechnicianPorts } from '../core/technician/ports.ts'
import type { VoterSession } from '../core/voter-session.ts'
import { isStaffCard } from '../staff-secrets.ts'
import { createTestElection, type TestElection } from './test-election.ts'

export const TEST_PIN = '271828'
export const TEST_CARD = 'HS100000000000000000000000000'
export const TEST_TECHNICIAN_PIN = '161803'
const TEST_SECRETS: Readonly<Record<string, StaffRole>> = {
  [TEST_PIN]: 'staff',
  [TEST_CARD]: 'staff',
  [TEST_TECHNICIAN_PIN]: 'technician',
}
export const TEST_AUTO_LOCK_MS = 120_000

const NO_KEYS = { state: 'not-configured' as const, stuckKeys: [] }

export interface TestKiosk {
  readonly handlers: Handlers<KioskContract>
  readonly session: VoterSession
  readonly box: BallotBox
  readonly election: TestElection
  readonly sealed: readonly SealedItem[]
  readonly audited: readonly AuditEvent[]
  readonly practice: PracticeSession
  /** `null` when the test election takes none. */
  readonly proposals: ReturnType<typeof assembleProposals> | null
  readonly proposing: ProposalSession
  readonly lock: StaffLock
  /** Presses a key of the machine. */
  readonly press: AssembledCore['press']
  /** Tells the core of an authenticated ack. */
  readonly acked: AssembledCore['acked']
  /** The headphone jack. */
  readonly plugged: KeyQueue['plugged']
  /** Enters the test PIN. */
  unlockStaff(): Promise<void>
  /** Unlocks, opens the polls, locks. */
  openPolls(): Promise<void>
  /** Unlocks, closes the polls, locks; the answer of `staff.close`. */
  closePolls(): Promise<OutputOf<KioskContract['staff.close']>>
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
    /** Ids of the bridges it sends to; `b1` alone unless given. */
    readonly bridges?: readonly string[]
    /** Stands between the core and its box, to make it fail. */
    readonly wrapBox?: (box: BallotBox) => BallotBox
    readonly idleTimes?: IdleTimes
    readonly bound?: ElectionBound
    readonly isDiskFull?: () => boolean
    readonly isVoid?: (slipNumber: number) => boolean
    readonly printer?: ReceiptPrinter
    readonly failures?: FailureStore
    readonly failuresBefore?: number
    readonly pxPerMm?: number
    readonly technician?: TechnicianPorts
    /** Published proposals this kiosk remembers from before its start. */
    readonly remembered?: readonly Published[]
    readonly fetchText?: PublishedDeps['fetchText']
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
    bridges: options.bridges ?? ['b1'],
    signManifest: maker.signManifest,
    onNotRebuilt: (problem) => audited.push({ event: 'box-not-rebuilt', problem }),
  })
  const box = options.wrapBox?.(ownBox) ?? ownBox
  const sealed: SealedItem[] = []
  const hub = new StateHub('test')
  const sealedNow = (items: readonly SealedItem[]): void => void sealed.push(...items)
  const audit = (event: AuditEvent): void => void audited.push(event)
  const { proposals: rules } = election.manifest
  const proposals =
    rules === undefined
      ? null
      : assembleProposals({
          rules,
          election,
          keys,
          backend: options.backend ?? nobleBackend,
          random: nodeRandom,
          compressor: rawDeflate,
          box,
          clock,
          audit,
          log: createLogger({ name: 'test', level: 'silent' }),
          remembered: options.remembered ?? [],
          fetchText: options.fetchText ?? (async () => 'unknown'),
          save: async () => true,
          onSealed: sealedNow,
          onChange: () => hub.bump(),
        })
  const bound = options.bound ?? { state: 'unknown', time: 'during' }
  const {
    handlers,
    session,
    practice,
    proposals: proposing,
    lock,
    keys: pressed,
    press,
    acked,
    close,
  } = assembleCore({
    election,
    box,
    maker,
    random: nodeRandom,
    clock,
    hub,
    audit,
    idleTimes,
    staff: {
      check: async (secret) => TEST_SECRETS[secret] ?? null,
      store: options.failures ?? { load: async () => 0, save: async () => {} },
      failures: options.failuresBefore ?? 0,
      autoLockMs: TEST_AUTO_LOCK_MS,
      isCard: isStaffCard,
    },
    proposals: proposals?.ports ?? NO_PROPOSALS,
    printer: options.printer ?? null,
    showHelp: () => {},
    bound: () => bound,
    isDiskFull: options.isDiskFull ?? (() => false),
    isVoid: options.isVoid ?? (() => false),
    lookAtLedger: async () => {},
    onSealed: sealedNow,
    ...(options.pxPerMm === undefined ? {} : { pxPerMm: options.pxPerMm }),
    ...(options.technician === undefined ? {} : { technician: options.technician }),
    health: () =>
      readHealth({
        box,
        routes: [],
        outbox: () => ({
          waiting: box.waiting().length,
          waitingForWifi: 0,
          isWifiSuspect: false,
          bridges: [],
        }),
        freeBytes: () => null,
        lowBytes: 0,
        stopBytes: 0,
        scanner: () => 'not-configured',
        keys: () => ({ keypad: NO_KEYS, switches: NO_KEYS }),
        printer: () => ({ state: 'not-configured', paper: 'unknown', problem: null }),
        clock: () => ({ state: 'unknown', aheadSeconds: null, source: null }),
        knownProposals: () => proposals?.knownCount() ?? 0,
        contradictions: () => 0,
        election: () => ({ ...bound, ledger: 'not-configured', voidSlips: 0 }),
      }),
  })
  const signal = new AbortController().signal
  const unlockStaff = async (): Promise<void> => {
    expectOk(await handlers['staff.unlock']({ secret: TEST_PIN }, signal))
  }
  const asStaff = async <T>(act: () => Promise<Result<T, string>>): Promise<T> => {
    await unlockStaff()
    const done = await act()
    expectOk(await handlers['staff.lock']({}, signal))
    return expectOk(done)
  }
  return {
    handlers,
    session,
    practice,
    proposals,
    proposing,
    lock,
    press,
    acked,
    plugged: (state) => pressed.plugged(state),
    box,
    election: test,
    sealed,
    audited,
    unlockStaff,
    openPolls: async () => void (await asStaff(() => handlers['staff.open']({}, signal))),
    closePolls: () => asStaff(() => handlers['staff.close']({}, signal)),
    close() {
      close()
      box.close()
    },
  }
}
