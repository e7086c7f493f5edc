import { refusalName } from '@hanpyo/protocol/election/refusal.ts'
import { statementRefusalName } from '@hanpyo/protocol/proposal/status.ts'
import type { Health } from '../contract/views.ts'
import type { Route } from '../routes/route.ts'
import type { BallotBox } from './box/ballot-box.ts'
import type { OutboxFacts } from './outbox/outbox.ts'

export interface HealthSources {
  readonly box: BallotBox
  readonly routes: readonly Route[]
  readonly outbox: () => OutboxFacts
  /** Free bytes on the ballot box's disk; null when the system does not say. */
  readonly freeBytes: () => number | null
  readonly lowBytes: number
  /** Below this, nobody new may begin. */
  readonly stopBytes: number
  readonly scanner: () => Health['scanner']
  readonly keys: () => Pick<Health, 'keypad' | 'switches'>
  readonly printer: () => Health['printer']
  readonly clock: () => Health['clock']
  /** How many proposals of the ledger this kiosk has. */
  readonly knownProposals: () => number
  readonly election: () => Health['election']
  readonly contradictions: () => number
}

const NOTHING_SAID = { recorded: 0, refused: 0, promises: 0, kept: 0, broken: 0 }

/** Plain facts about the kiosk, from the parts that know them. */
export function readHealth(sources: HealthSources): Health {
  const { box, routes, lowBytes, stopBytes } = sources
  const overWifi = routes.filter(({ name }) => name === 'wifi')
  const wifi = (overWifi.find(({ state }) => state.isOnline) ?? overWifi[0])?.state
  const lora = routes.find(({ name }) => name === 'lora')?.state
  const counts = box.counts()
  const outbox = sources.outbox()
  const freeBytes = sources.freeBytes()
  return {
    polls: box.polls(),
    routes: {
      wifi: { state: stateOf(wifi), suspect: outbox.isWifiSuspect },
      lora: {
        state: stateOf(lora),
        reason: lora?.reason ?? null,
        dataRate: lora?.dataRate ?? null,
        maxPayloadBytes: lora?.isOnline === true ? (lora.frameBytes ?? lora.maxBytes) : null,
      },
    },
    box: { cast: counts.cast, challenged: counts.challenged, assisted: counts.assisted },
    proposals: {
      proposed: counts.proposed,
      supported: counts.supported,
      moderated: counts.moderated,
      assisted: counts.assistedProposals,
      refused: counts.statementsRefused,
      known: sources.knownProposals(),
    },
    outbox: {
      waiting: outbox.waiting,
      waitingForWifi: outbox.waitingForWifi,
      ackedOverWifi: counts.ackedOverWifi,
      ackedOverLora: counts.ackedOverLora,
      refused: Object.fromEntries(
        [...counts.refused].map(([reason, count]) => [
          refusalName(reason) ?? statementRefusalName(reason) ?? `reason-${reason}`,
          count,
        ]),
      ),
      promises: counts.promises,
    },
    bridges: outbox.bridges.map(({ id, isOnline, isSilent, problem }) => {
      const { recorded, refused, promises, kept, broken } = counts.bridges.get(id) ?? NOTHING_SAID
      const state = isSilent ? 'silent' : isOnline ? 'online' : 'offline'
      return { id, state, problem, recorded, refused, promises, kept, broken }
    }),
    proofs: { proven: counts.proven, erased: counts.erased, contradictions: sources.contradictions() },
    disk: {
      freeBytes,
      low: freeBytes !== null && freeBytes < lowBytes,
      full: freeBytes !== null && freeBytes < stopBytes,
    },
    scanner: sources.scanner(),
    ...sources.keys(),
    printer: sources.printer(),
    clock: sources.clock(),
    election: sources.election(),
  }
}

function stateOf(route: Route['state'] | undefined): 'online' | 'offline' | 'not-configured' {
  if (route === undefined) return 'not-configured'
  return route.isOnline ? 'online' : 'offline'
}
