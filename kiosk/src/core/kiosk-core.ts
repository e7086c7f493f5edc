import type { Clock } from '@hanpyo/platform/clock.ts'
import { ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Handlers } from '../contract/define.ts'
import type { KioskContract } from '../contract/kiosk-contract.ts'
import type { Health, KioskView } from '../contract/views.ts'
import type { Audit } from './audit.ts'
import type { BallotBox, SealedItem } from './box/ballot-box.ts'
import type { KioskElection } from './election.ts'
import type { StateHub } from './state-hub.ts'
import type { VoterSession } from './voter-session.ts'

export interface KioskCoreDeps {
  readonly election: KioskElection
  readonly box: BallotBox
  readonly session: VoterSession
  readonly hub: StateHub
  readonly clock: Clock
  readonly audit: Audit
  readonly health: () => Promise<Health>
  readonly onSealed: (items: readonly SealedItem[]) => void
  /** Provisioned CSS pixels per millimetre of the screen. */
  readonly pxPerMm?: number
}

/** How long `events` waits for a change. */
const LONG_POLL_MS = 25_000

/** The contract's methods over a session and a ballot box. */
export function createKioskHandlers(deps: KioskCoreDeps): Handlers<KioskContract> {
  const { election, box, session, hub, clock, audit, onSealed } = deps
  const { kioskId: id, centre } = election
  const kiosk = { id, centre, ...(deps.pxPerMm === undefined ? {} : { pxPerMm: deps.pxPerMm }) }

  const view = (): KioskView => {
    const secondsLeft = session.idleSecondsLeft
    return {
      cursor: hub.cursor,
      kiosk,
      election: { id: election.manifest.id, title: election.manifest.title },
      language: session.language,
      polls: box.polls(),
      session: session.id,
      screen: session.screen,
      idle: secondsLeft === null ? null : { secondsLeft },
    }
  }
  const after = <E extends string>(result: Result<void, E>): Result<KioskView, E> =>
    result.ok ? ok(view()) : result

  return {
    'session.state': async () => ok(view()),
    'session.start': async () => after(session.start()),
    'session.scan': async ({ text }) => after(session.scan(text)),
    'session.select': async ({ contest, selection }) =>
      after(session.apply({ type: 'select', contest, selection })),
    'session.show': async ({ contest }) => after(session.apply({ type: 'show', contest })),
    'session.review': async () => after(session.apply({ type: 'review' })),
    'session.prepare': async () => after(session.prepare()),
    'session.cast': async () => after(session.cast()),
    'session.check': async () => after(session.check()),
    'session.receipt': async () => after(session.apply({ type: 'receipt' })),
    'session.again': async () => after(session.apply({ type: 'again' })),
    'session.finish': async () => after(session.apply({ type: 'finish' })),
    'session.leave': async () => after(session.leave()),
    'session.language': async ({ language }) => {
      session.apply({ type: 'language', language })
      return ok(view())
    },
    'session.touch': async () => {
      session.touch()
      return ok(view())
    },
    'staff.open': async () => {
      const opened = box.openPolls()
      if (!opened.ok) return opened
      audit({ event: 'polls-opened' })
      hub.bump()
      return ok(view())
    },
    'staff.close': async () => {
      if (session.isVoting) return { ok: false, error: 'voter-present' }
      const closed = box.closePolls()
      if (!closed.ok) return closed
      session.end()
      onSealed(closed.value.items)
      const { cast, challenged } = box.counts()
      audit({ event: 'polls-closed', cast, challenged })
      hub.bump()
      const waiting = box.waiting().length
      return ok({ cast, challenged, waiting, finalManifest: closed.value.finalManifest })
    },
    'health.get': async () => ok(await deps.health()),
    events: async ({ after: cursor }, signal) => {
      const over = new AbortController()
      const timeout = clock.sleep(LONG_POLL_MS, over.signal).catch(() => {})
      await hub.changed(cursor, timeout, signal)
      over.abort()
      return ok(view())
    },
  }
}
