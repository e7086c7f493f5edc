import type { ReceiptPrinter } from '@hanpyo/devices/printer/receipt-printer.ts'
import type { Clock } from '@hanpyo/platform/clock.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'
import type { Handlers } from '../contract/define.ts'
import type { InputKey } from '../contract/input-views.ts'
import type { KioskContract } from '../contract/kiosk-contract.ts'
import type { Health } from '../contract/views.ts'
import type { Audit } from './audit.ts'
import type { BallotMaker } from './ballot-maker.ts'
import type { BallotBox, RouteName, SealedItem } from './box/ballot-box.ts'
import type { KioskElection } from './election.ts'
import { HelpCall } from './help-call.ts'
import { KeyQueue } from './input/key-queue.ts'
import { createKioskHandlers } from './kiosk-core.ts'
import type { ElectionBound } from './polls/polls-rules.ts'
import { practiceContests } from './practice/practice-contests.ts'
import { PRACTICE_TIMES, PracticeSession } from './practice/practice-session.ts'
import type { ProposalPorts } from './proposals/ports.ts'
import { ProposalSession } from './proposals/proposal-session.ts'
import { ReceiptDesk } from './receipts/receipt-desk.ts'
import type { IdleTimes } from './session/idle.ts'
import { type LiveVoice, NO_VOICE } from './speech/live-voice.ts'
import { StaffDesk, sessionStop } from './staff/staff-desk.ts'
import { type CheckSecret, type FailureStore, StaffLock } from './staff/staff-lock.ts'
import type { StateHub } from './state-hub.ts'
import { noTechnicianPorts, type TechnicianPorts } from './technician/ports.ts'
import { TechnicianDesk } from './technician/technician-desk.ts'
import { TestVote } from './technician/test-vote.ts'
import { VoterSession } from './voter-session.ts'

/** Everything around the core that touches files, devices or networks. */
export interface CorePorts {
  readonly election: KioskElection
  readonly box: BallotBox
  readonly maker: BallotMaker
  readonly random: RandomBytes
  /** Real time, whatever the speed of a simulated day. */
  readonly clock: Clock
  readonly hub: StateHub
  readonly audit: Audit
  readonly idleTimes: IdleTimes
  readonly staff: {
    readonly check: CheckSecret | null
    readonly store: FailureStore
    /** Loaded from the store. */
    readonly failures: number
    readonly autoLockMs: number
    readonly isCard: (text: string) => boolean
  }
  readonly proposals: ProposalPorts
  /** None: what people wrote is spelled. */
  readonly voice?: LiveVoice
  readonly printer: ReceiptPrinter | null
  readonly showHelp: (isCalled: boolean) => void
  readonly bound: () => ElectionBound
  readonly isDiskFull: () => boolean
  readonly isVoid: (slipNumber: number) => boolean
  readonly health: () => Health
  /** Looks at the ledger now. Always resolves, in bounded time. */
  readonly lookAtLedger: () => Promise<void>
  readonly onSealed: (items: readonly SealedItem[]) => void
  readonly pxPerMm?: number
  readonly technician?: TechnicianPorts
  /** A fault of the software that was caught. */
  readonly onBug?: (error: unknown) => void
}

export interface AssembledCore {
  readonly handlers: Handlers<KioskContract>
  readonly session: VoterSession
  readonly practice: PracticeSession
  readonly proposals: ProposalSession
  readonly lock: StaffLock
  /** Presses of keypad and switches on their way to the page. */
  readonly keys: KeyQueue
  readonly technician: TechnicianDesk
  /** A key of the machine was pressed. */
  press(key: InputKey): void
  /** An authenticated ack came in. */
  acked(id: Uint8Array, status: number, route: RouteName): void
  /** Erases what is going on and stops all timers. */
  close(): void
}

/** Puts the parts of the core together; the same for the real kiosk and for tests. */
export function assembleCore(ports: CorePorts): AssembledCore {
  const { election, box, maker, random, clock, hub, audit } = ports
  const onSealed = (items: readonly SealedItem[]): void => {
    testVote.sealed(items)
    ports.onSealed(items)
  }
  const keys = new KeyQueue(toHex(random(8)), () => hub.bump())
  let here: string | null = null
  const onChange = (): void => {
    const now = lock.role ?? practice.id ?? proposals.id ?? session.id
    // What one person pressed must not act for the next.
    if (here !== null && now !== here) keys.clear()
    here = now
    hub.bump()
  }
  const stop = () => sessionStop(ports.bound(), ports.isDiskFull())
  const receipts = new ReceiptDesk({ printer: ports.printer, clock, audit, onChange })
  const help = new HelpCall({ audit, show: ports.showHelp, onChange })
  const session = new VoterSession({
    election,
    box,
    maker,
    random,
    clock,
    idleTimes: ports.idleTimes,
    audit,
    stop,
    isVoid: ports.isVoid,
    onVoterGone: () => {
      receipts.reset()
      help.set(false)
    },
    onSealed,
    onChange,
  })
  // Silence ends no session while staff or a practice have the screen.
  const onOthersAtScreen = (): void => {
    session.hold(lock.isUnlocked || practice.isActive || proposals.isActive)
    proposals.hold(lock.isUnlocked)
    if (lock.isUnlocked) help.set(false)
    if (lock.role !== 'technician') technician.stop()
    onChange()
  }
  const practice = new PracticeSession({
    contests: practiceContests(election.manifest.contests.map(({ kind }) => kind)),
    clock,
    random,
    times: PRACTICE_TIMES,
    onChange: () => onOthersAtScreen(),
  })
  const proposals = new ProposalSession({
    rules: election.manifest.proposals ?? null,
    shelf: ports.proposals.shelf,
    submit: ports.proposals.submit,
    stop: () => (box.polls() === 'open' ? stop() : 'polls-not-open'),
    clock,
    random,
    idleTimes: ports.idleTimes,
    audit,
    onChange: () => onOthersAtScreen(),
    onGone: () => help.set(false),
  })
  const { check, isCard, store, autoLockMs, failures } = ports.staff
  const lock = new StaffLock(
    {
      check,
      isCard,
      store,
      clock,
      autoLockMs,
      isSomebodyHere: () => (practice.id ?? proposals.id ?? session.id) !== null,
      audit,
      onChange: onOthersAtScreen,
    },
    failures,
  )
  const staff = new StaffDesk({
    election,
    box,
    session,
    practice,
    proposals,
    receipts,
    maker,
    bound: ports.bound,
    health: ports.health,
    isHelpCalled: () => help.isCalled,
    audit,
    onSealed,
    onChange,
  })
  const testVote = new TestVote({
    isTestElection: election.manifest.test === true,
    session,
    clock,
    stayAwake: () => lock.touch(),
  })
  const technician = new TechnicianDesk({
    election,
    maker,
    receipts,
    testVote,
    ports: ports.technician ?? noTechnicianPorts(),
    configuredPxPerMm: ports.pxPerMm,
    clock,
    health: ports.health,
    audit,
    onChange,
    onBug: ports.onBug ?? (() => {}),
  })
  const handlers = createKioskHandlers({
    election,
    box,
    session,
    practice,
    proposals,
    moderation: ports.proposals.moderation,
    lock,
    staff,
    help,
    receipts,
    stop,
    isStaffCard: ports.staff.isCard,
    hub,
    keys,
    clock,
    audit,
    health: ports.health,
    lookAtLedger: ports.lookAtLedger,
    technician,
    voice: ports.voice ?? NO_VOICE,
  })
  return {
    handlers,
    session,
    practice,
    proposals,
    lock,
    keys,
    technician,
    press(key) {
      if (lock.role === 'technician' && technician.takesKeys) lock.touch()
      else keys.press(key)
    },
    acked: (id, status, route) => testVote.acked(id, status, route),
    close() {
      technician.stop()
      practice.stop()
      proposals.stopNow()
      session.end()
      lock.close()
    },
  }
}
