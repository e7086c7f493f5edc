import { concatBytes, utf8 } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { DeviceRecord } from './device-authority.ts'

export type BridgeError = 'bridge-unreachable' | 'bridge-deferred' | 'bridge-refused'

const DEADLINE_MS = 20_000

/**
 * Sends a record to `POST /records` of the bridge at `url`. Sending the same record again is safe and gives the same answer. `position` is its place in the
 * log, or null while it waits for a tick; ballots of a revoked device are refused from this answer on.
 */
export async function postRecord(
  fetchIt: typeof fetch,
  url: string,
  record: DeviceRecord,
): Promise<Result<{ readonly position: number | null }, BridgeError>> {
  const body = concatBytes(Uint8Array.of(record.type), utf8(record.note))
  let response: Response
  try {
    response = await fetchIt(new URL('records', url.endsWith('/') ? url : `${url}/`), {
      method: 'POST',
      body: body as Uint8Array<ArrayBuffer>,
      headers: { 'content-type': 'application/octet-stream' },
      signal: AbortSignal.timeout(DEADLINE_MS),
    })
  } catch (error) {
    return err('bridge-unreachable', `${url}: ${reason(error)}`)
  }
  const answer = ((await response.json().catch(() => null)) ?? {}) as Record<string, unknown>
  if (response.ok) return ok({ position: typeof answer.position === 'number' ? answer.position : null })
  const detail = [response.status, answer.error, answer.message]
    .filter((part) => part !== undefined)
    .join(' ')
  return err(response.status === 409 ? 'bridge-deferred' : 'bridge-refused', detail)
}

/** What a person is told about where the record is. */
export function describePosition(position: number | null): string {
  return position === null
    ? 'stored by the bridge, in the log after its next batch'
    : `logged as leaf ${position}`
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
