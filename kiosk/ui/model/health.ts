import type { Health } from '../../src/contract/views.ts'
import type { HealthText } from '../i18n/staff-text.ts'

/** One line of the staff page: a plain sentence, never a code. */
export interface HealthFact {
  readonly name: string
  readonly says: string
  readonly state: 'good' | 'look'
}

/** The kiosk's health in the order staff would ask: votes, their way out, then the machine. */
export function healthFacts(health: Health, t: HealthText): HealthFact[] {
  const { routes, box, outbox, disk, scanner, printer, clock } = health
  const isWayOut = routes.wifi.state === 'online' || routes.lora.state === 'online'
  return [
    fact(t.voted, t.people(box.cast), true),
    fact(t.checked, t.ballots(box.challenged), true),
    outbox.waiting === 0
      ? fact(t.sending, t.allSent, true)
      : fact(t.sending, t.waiting(outbox.waiting), isWayOut),
    ...(outbox.waitingForWifi === 0 ? [] : [fact(t.forWifi, t.items(outbox.waitingForWifi), false)]),
    routes.wifi.state === 'online' && routes.wifi.suspect
      ? fact(t.wifi, t.unsteady, false)
      : fact(t.wifi, t.route[routes.wifi.state], routes.wifi.state !== 'offline'),
    fact(t.radio, t.route[routes.lora.state], routes.lora.state !== 'offline'),
    ...bridgeFacts(health.bridges, t),
    ...ledgerFacts(health, t),
    ...(box.assisted === 0 ? [] : [fact(t.helped, t.people(box.assisted), true)]),
    fact(t.scanner, t.route[scanner], scanner !== 'offline'),
    ...keyFacts(t.keypad, health.keypad, t),
    ...keyFacts(t.switches, health.switches, t),
    printerFact(printer, t),
    clock.state === 'wrong'
      ? fact(t.clock, t.clockWrong, false)
      : fact(t.clock, clock.state === 'ok' ? t.clockRight : t.clockUnknown, true),
    fact(t.disk, disk.low ? t.diskLow : t.diskFine, !disk.low),
  ]
}

function fact(name: string, says: string, isGood: boolean): HealthFact {
  return { name, says, state: isGood ? 'good' : 'look' }
}

/** Which bridge answers is news where there are several, or where one does not do what it should. */
function bridgeFacts(bridges: Health['bridges'], t: HealthText): HealthFact[] {
  return bridges
    .filter(({ problem }) => bridges.length > 1 || problem !== null)
    .map(({ id, state, problem }) => {
      const says = problem === null ? t.bridgeState[state] : t.bridgeProblem[problem]
      return fact(t.bridge(id), says, problem === null && state === 'online')
    })
}

function ledgerFacts({ election, proofs }: Health, t: HealthText): HealthFact[] {
  const isWrong = election.ledger === 'inconsistent' || proofs.contradictions > 0
  return [
    ...(isWrong ? [fact(t.ledger, t.ledgerWrong, false)] : []),
    ...(election.ledger === 'stale' ? [fact(t.ledger, t.ledgerStale, false)] : []),
    ...(proofs.proven === 0 ? [] : [fact(t.proven, t.ballots(proofs.proven), true)]),
  ]
}

/** Said only where there is one: most kiosks have no switches. */
function keyFacts(name: string, { state, stuckKeys }: Health['keypad'], t: HealthText): HealthFact[] {
  if (state === 'not-configured') return []
  if (state === 'offline') return [fact(name, t.keysGone, false)]
  return [stuckKeys.length > 0 ? fact(name, t.keyStuck, false) : fact(name, t.ready, true)]
}

function printerFact({ state, paper, problem }: Health['printer'], t: HealthText): HealthFact {
  if (state === 'not-configured') return fact(t.printer, t.route[state], true)
  if (paper === 'out') return fact(t.printer, t.paperOut, false)
  if (state === 'offline' || problem !== null) return fact(t.printer, t.printerGone, false)
  return paper === 'low' ? fact(t.printer, t.paperLow, false) : fact(t.printer, t.ready, true)
}
