import type { Clock } from '@hanpyo/platform/clock.ts'
import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { ErrorOf, Handlers } from '../contract/define.ts'
import type { KioskContract } from '../contract/kiosk-contract.ts'
import type { Health, KioskView } from '../contract/views.ts'
import type { Audit } from './audit.ts'
import type { BallotBox } from './box/ballot-box.ts'
import type { KioskElection } from './election.ts'
import type { HelpCall } from './help-call.ts'
import type { KeyQueue } from './input/key-queue.ts'
import type { PracticeSession } from './practice/practice-session.ts'
import type { ModerationDesk } from './proposals/moderation-desk.ts'
import { proposalHandlers } from './proposals/proposal-handlers.ts'
import type { ProposalSession } from './proposals/proposal-session.ts'
import type { ReceiptDesk } from './receipts/receipt-desk.ts'
import { receiptOf } from './receipts/receipts.ts'
import type { LiveVoice } from './speech/live-voice.ts'
import type { StaffDesk } from './staff/staff-desk.ts'
import type { StaffLock } from './staff/staff-lock.ts'
import type { StateHub } from './state-hub.ts'
import type { TechnicianDesk } from './technician/technician-desk.ts'
import { technicianHandlers } from './technician/technician-handlers.ts'
import type { SessionStop, VoterSession } from './voter-session.ts'

export interface KioskCoreDeps {
  readonly election: KioskElection
  readonly box: BallotBox
  readonly session: VoterSession
  readonly practice: PracticeSession
  readonly proposals: ProposalSession
  readonly moderation: ModerationDesk
  readonly lock: StaffLock
  readonly staff: StaffDesk
  readonly help: HelpCall
  readonly receipts: ReceiptDesk
  readonly stop: () => SessionStop | null
  /** Whether a scanned text is a staff card. */
  readonly isStaffCard: (text: string) => boolean
  readonly hub: StateHub
  readonly keys: KeyQueue
  readonly clock: Clock
  readonly audit: Audit
  readonly health: () => Health
  /** Looks at the ledger now. Always resolves, in bounded time. */
  readonly lookAtLedger: () => Promise<void>
  readonly technician: TechnicianDesk
  /** Says what people wrote; nothing of it is kept. */
  readonly voice: LiveVoice
}

/** How long `events` waits for a change. */
const LONG_POLL_MS = 25_000

/** The contract's methods over a session, a practice and the staff desk. */
export function createKioskHandlers(deps: KioskCoreDeps): Handlers<KioskContract> {
  const { election, box, session, practice, proposals, lock, staff, help, receipts, hub, clock } = deps
  const { kioskId: id, centre } = election
  const kiosk = (): KioskView['kiosk'] => {
    const { pxPerMm } = deps.technician
    return { id, centre, ...(pxPerMm === undefined ? {} : { pxPerMm }) }
  }

  /** Why the slip that was scanned last was not looked at; until the next step. */
  let hint: KioskView['hint'] = null
  const view = (): KioskView => {
    const secondsLeft = lock.isUnlocked ? null : (proposals.idleSecondsLeft ?? session.idleSecondsLeft)
    return {
      cursor: hub.cursor,
      kiosk: kiosk(),
      election: { id: election.manifest.id, title: election.manifest.title },
      language: session.language,
      polls: box.polls(),
      session: practice.id ?? proposals.id ?? session.id,
      screen: lock.isUnlocked
        ? { screen: 'covered' }
        : (practice.screen ?? proposals.screen ?? session.screen),
      idle: secondsLeft === null ? null : { secondsLeft },
      isPractice: practice.isActive,
      proposalStop: proposals.stop,
      hint: practice.isActive || proposals.isActive ? hint : null,
      isHelpCalled: help.isCalled,
      stop: deps.stop(),
      receipt: practice.isActive || proposals.isActive ? 'none' : receipts.state,
      input: deps.keys.view,
      staff: {
        isSetUp: lock.isSetUp,
        isUnlocked: lock.isUnlocked,
        role: lock.role,
        waitSeconds: lock.waitSeconds,
      },
    }
  }
  const after = <E extends string>(result: Result<void, E>): Result<KioskView, E> =>
    result.ok ? ok(view()) : result
  /** A voter's step; while staff are at the screen nothing of a session moves. */
  const voter = <E extends string>(step: () => Result<void, E>): Result<KioskView, E | 'staff-unlocked'> => {
    if (lock.isUnlocked) return err('staff-unlocked')
    hint = null
    return after(step())
  }
  /** The same where practising and proposing have no such step. */
  const forReal = <E extends string>(step: () => Result<void, E>) =>
    voter<E | 'wrong-step'>(() => (practice.isActive || proposals.isActive ? err('wrong-step') : step()))
  /** A slip or another code at the scanner. */
  const scan = (text: string) =>
    voter((): Result<void, ErrorOf<KioskContract['session.scan']>> => {
      if (proposals.takesSlip) return proposals.scan(text)
      if (!practice.isActive && !proposals.isActive) return session.scan(text)
      hint = practice.isActive ? 'slip-while-practising' : 'slip-while-proposing'
      hub.bump()
      return err(hint)
    })
  /** A step after which the voter gets paper; voting never waits for it. */
  const withReceipt = <E extends string>(step: () => Result<void, E>) =>
    forReal(() => {
      const done = step()
      const receipt = done.ok ? receiptOf(session.screen, election.manifest.title, session.language) : null
      if (receipt !== null) receipts.print(receipt)
      return done
    })
  const byStaff = <T, E extends string>(act: () => Result<T, E>): Result<T, E | 'staff-locked'> => {
    if (lock.role !== 'staff') return err('staff-locked')
    lock.touch()
    return act()
  }
  /** The authority may have spoken just now. Nobody locked out makes the kiosk look. */
  const newestBound = async (): Promise<void> => {
    if (lock.role === 'staff') await deps.lookAtLedger()
  }

  return {
    'session.state': async () => ok(view()),
    'session.start': async () => forReal(() => session.start()),
    'session.practise': async () =>
      forReal(() => {
        if (session.screen.screen !== 'attract') return err('wrong-step')
        deps.audit({ event: 'practice-started' })
        practice.start()
        return ok(undefined)
      }),
    'session.help': async ({ isCalled }) => {
      help.set(isCalled)
      return ok(view())
    },
    'session.scan': async ({ text }) => {
      if (lock.role === 'technician' && deps.technician.takeScan(text)) return ok(view())
      if (!deps.isStaffCard(text) || lock.isUnlocked) return scan(text)
      return after(await lock.unlock(text))
    },
    'session.select': async ({ contest, selection }) =>
      voter(() =>
        practice.isActive
          ? practice.select(contest, selection)
          : session.apply({ type: 'select', contest, selection }),
      ),
    'session.show': async ({ contest }) =>
      voter(() => (practice.isActive ? practice.show(contest) : session.apply({ type: 'show', contest }))),
    'session.review': async () =>
      voter(() => (practice.isActive ? practice.review() : session.apply({ type: 'review' }))),
    'session.prepare': async () =>
      practice.isActive ? voter(() => practice.complete()) : withReceipt(() => session.prepare()),
    'session.cast': async () => withReceipt(() => session.cast()),
    'session.check': async () => withReceipt(() => session.check()),
    'session.receipt': async () => forReal(() => session.apply({ type: 'receipt' })),
    'session.again': async () => forReal(() => session.apply({ type: 'again' })),
    'session.finish': async () =>
      voter(() => {
        if (practice.isActive) return practice.finish()
        return proposals.isActive ? proposals.finish() : session.apply({ type: 'finish' })
      }),
    'session.leave': async () =>
      voter(() => {
        if (proposals.isActive) {
          proposals.stopNow()
          return ok(undefined)
        }
        if (!practice.isActive) return session.leave()
        practice.stop()
        return ok(undefined)
      }),
    'session.language': async ({ language }) => {
      session.apply({ type: 'language', language })
      return ok(view())
    },
    'session.touch': async () => {
      lock.touch()
      practice.touch()
      proposals.touch()
      session.touch()
      return ok(view())
    },
    'speech.say': async ({ text, language }) => {
      if (!proposals.isActive || lock.isUnlocked) return err('nobody-here')
      const wav = await deps.voice(text, language)
      return ok({ wav: wav === null ? null : toBase64(wav) })
    },
    'staff.unlock': async ({ secret }) => after(await lock.unlock(secret)),
    'staff.lock': async () => {
      lock.lock()
      return ok(view())
    },
    'staff.state': async () => (lock.role === 'staff' ? ok(staff.view()) : err('staff-locked')),
    'staff.open': async ({ anyway }) => {
      await newestBound()
      return byStaff(() => after(staff.open(anyway ?? false)))
    },
    'staff.pause': async () => byStaff(() => after(staff.pause())),
    'staff.resume': async ({ anyway }) => {
      await newestBound()
      return byStaff(() => after(staff.resume(anyway ?? false)))
    },
    'staff.close': async () => byStaff(() => staff.close()),
    'staff.end-session': async () => byStaff(() => after(staff.endSession())),
    'staff.assisted': async () => byStaff(() => after(staff.noteAssisted())),
    'staff.print': async () => byStaff(() => after(staff.print())),
    ...proposalHandlers({
      proposals,
      moderation: deps.moderation,
      noteTyped: () => staff.noteTyped(),
      isAttract: () => !practice.isActive && session.screen.screen === 'attract',
      voter,
      byStaff,
      after,
    }),
    ...technicianHandlers({ desk: deps.technician, lock }),
    'health.get': async () => ok(deps.health()),
    events: async ({ after: cursor }, signal) => {
      const over = new AbortController()
      const timeout = clock.sleep(LONG_POLL_MS, over.signal).catch(() => {})
      await hub.changed(cursor, timeout, signal)
      over.abort()
      return ok(view())
    },
  }
}
