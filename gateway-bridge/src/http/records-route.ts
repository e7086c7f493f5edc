import type { Clock } from '@hanpyo/platform/clock.ts'
import type { RequestInfo } from '@hanpyo/platform/http-server.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import { parseDatagram } from '@hanpyo/protocol/link/datagram.ts'
import { noteText } from '../records/named-blob.ts'
import {
  FROM_KIOSK,
  type RecordIntake,
  type RecordOutcome,
  type RecordSource,
  signingKiosk,
} from '../records/record-intake.ts'
import { CERTIFICATE_TEXT, type CertificateRefusal, certificateRefusal } from './kiosk-certificate.ts'

export interface RecordsRouteDeps {
  readonly records: Pick<RecordIntake, 'submit'>
  readonly clock: Clock
  /** How long a request may wait to be logged before it is answered 202, simulated milliseconds. */
  readonly waitMs: number
  /** Shared by all requests of one bridge. */
  readonly held: HeldRequests
  /** Whether records can be stored at all. */
  isAccepting(): boolean
  logSize(): number
  /** Whether something is stored and not yet logged. */
  hasWaiting(): boolean
  nextPublication(): Promise<void>
  /** Takes what a kiosk has signed only from a connection with its certificate. */
  readonly needsKioskCertificate: boolean
  /** Told about everybody whose certificate was not good enough. */
  onCertificateRefused(why: CertificateRefusal): void
}

/** Requests that wait for a batch at once; more are answered with how things stand. */
const MOST_HELD = 64

/** Counts the requests that wait. */
export interface HeldRequests {
  count: number
}

/**
 * `POST /records`: the datagram (`u8 type ‖ signed note`) of an authority, registrar, device authority or trustee.
 * Answers 200 when the record is in the log, 202 when it is on disk and waits for a tick, 409 when something has to
 * be logged or settled before it, 422 with the broken rule when it can never be. Sending it again is always safe.
 * 403 with `needsKioskCertificate` and a record of a kiosk that the client's certificate does not name.
 */
export async function postRecord(
  deps: RecordsRouteDeps,
  bytes: Uint8Array,
  info: RequestInfo,
): Promise<Response> {
  if (!deps.isAccepting())
    return failure(503, 'storage-stalled', 'The store is full. Free disk space, then send it again.')
  const datagram = parseDatagram(bytes)
  if (!datagram.ok)
    return failure(400, datagram.error, 'Send one datagram: the record type as one byte, then the note.')
  if (datagram.value.kind === 'ballot') {
    return failure(400, 'datagram-kind', 'Ballots come from kiosks over MQTT or LoRaWAN.')
  }
  const { type, body } = datagram.value
  let source: RecordSource = 'http'
  if (deps.needsKioskCertificate && FROM_KIOSK.has(type)) {
    const kioskId = signingKiosk(type, noteText(body))
    // The authority moderates too, and names no kiosk then.
    const isOfKiosk = kioskId !== undefined || type !== RECORD.moderation
    const refusal = isOfKiosk ? certificateRefusal(kioskId, info) : undefined
    if (refusal !== undefined) {
      deps.onCertificateRefused(refusal)
      return failure(403, refusal, CERTIFICATE_TEXT[refusal])
    }
    if (kioskId !== undefined) source = { kioskId }
  }
  const waitMs = deps.held.count < MOST_HELD ? deps.waitMs : 0
  deps.held.count++
  try {
    return await submitUntil(deps, type, body, source, deps.clock.now() + waitMs)
  } finally {
    deps.held.count--
  }
}

async function submitUntil(
  deps: RecordsRouteDeps,
  type: number,
  body: Uint8Array,
  source: RecordSource,
  untilMs: number,
): Promise<Response> {
  for (;;) {
    const outcome = await deps.records.submit(type, body, source)
    if (outcome.outcome === 'stored' && outcome.position !== null) {
      return Response.json({ ok: true, size: deps.logSize(), position: outcome.position })
    }
    const isFinal = outcome.outcome === 'rejected' && !(deps.hasWaiting() && mayChange(outcome.rule))
    if (isFinal || !(await publicationBefore(deps, untilMs))) return lastWord(deps, outcome)
  }
}

/** A rejected record is tried again when what waits may be what it lacks; its form and signature stay wrong. */
function mayChange(rule: string): boolean {
  return !/^(note|leaf|kiosk-route)\b/.test(rule)
}

/** Rules that a record breaks only for now. */
const HOLDS_LATER: ReadonlySet<string> = new Set(['polls.sealed-early'])

/** False when `untilMs` came first. */
async function publicationBefore(deps: RecordsRouteDeps, untilMs: number): Promise<boolean> {
  const leftMs = untilMs - deps.clock.now()
  if (leftMs <= 0) return false
  const stop = new AbortController()
  const timedOut = deps.clock.sleep(leftMs, stop.signal).then(
    () => false,
    () => true,
  )
  const published = deps.nextPublication().then(() => true)
  return Promise.race([published, timedOut]).finally(() => stop.abort())
}

function lastWord(deps: RecordsRouteDeps, outcome: RecordOutcome): Response {
  switch (outcome.outcome) {
    case 'stored':
      return Response.json({ ok: true, size: deps.logSize(), position: null }, { status: 202 })
    case 'deferred':
      return failure(
        409,
        'record-deferred',
        'An earlier record has to be logged first. Send it again after the next batch.',
      )
    case 'rejected':
      return failure(HOLDS_LATER.has(outcome.rule) ? 409 : 422, outcome.rule, outcome.message)
  }
}

function failure(status: number, error: string, message: string): Response {
  return Response.json({ ok: false, error, message }, { status })
}
