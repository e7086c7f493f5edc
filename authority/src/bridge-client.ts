import { concatBytes, utf8 } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { OfficialRecord } from './official-records.ts'

export type BridgeError = 'bridge-unreachable' | 'bridge-deferred' | 'bridge-refused'

export interface Bridge {
  /** Base address, `https://bridge.example/`. */
  readonly url: string
  readonly fetch?: typeof fetch
  /** Bearer token for blobs that no logged record names yet. */
  readonly token?: string
}

/** Where a record is: its place in the log, or `null` while it is stored and waits for a tick. */
export interface PostedRecord {
  readonly position: number | null
}

/** Sends a record, its blob first. Sending the same record again is safe and gives the same answer. */
export async function postRecord(
  bridge: Bridge,
  record: OfficialRecord,
): Promise<Result<PostedRecord, BridgeError>> {
  if (record.blob !== undefined) {
    const stored = await putBlob(bridge, record.blob.name, record.blob.bytes)
    if (!stored.ok) return stored
  }
  const body = concatBytes(Uint8Array.of(record.type), utf8(record.note))
  const answer = await send(bridge, 'POST', 'records', body)
  if (!answer.ok) return answer
  const { position } = answer.value as { position?: unknown }
  return ok({ position: typeof position === 'number' ? position : null })
}

/** Uploads a blob under its hex SHA-256. */
export async function putBlob(
  bridge: Bridge,
  name: string,
  bytes: Uint8Array,
): Promise<Result<null, BridgeError>> {
  const answer = await send(bridge, 'PUT', `blob/${name}`, bytes)
  return answer.ok ? ok(null) : answer
}

/** Whether the bridge already serves a blob. */
export async function hasBlob(bridge: Bridge, name: string): Promise<Result<boolean, BridgeError>> {
  try {
    const response = await (bridge.fetch ?? fetch)(address(bridge, `blob/${name}`), { method: 'HEAD' })
    return ok(response.ok)
  } catch (error) {
    return err('bridge-unreachable', reason(error))
  }
}

/** A JSON answer of one of the bridge's public routes. */
export async function getJson(bridge: Bridge, path: string): Promise<Result<unknown, BridgeError>> {
  let response: Response
  try {
    response = await (bridge.fetch ?? fetch)(address(bridge, path))
  } catch (error) {
    return err('bridge-unreachable', reason(error))
  }
  const answer: unknown = await response.json().catch(() => null)
  return response.ok ? ok(answer) : err('bridge-refused', `${response.status} for ${path}`)
}

async function send(
  bridge: Bridge,
  method: 'POST' | 'PUT',
  path: string,
  body: Uint8Array,
): Promise<Result<unknown, BridgeError>> {
  let response: Response
  try {
    response = await (bridge.fetch ?? fetch)(address(bridge, path), {
      method,
      body: body as Uint8Array<ArrayBuffer>,
      headers: {
        'content-type': 'application/octet-stream',
        ...(bridge.token === undefined ? {} : { authorization: `Bearer ${bridge.token}` }),
      },
    })
  } catch (error) {
    return err('bridge-unreachable', reason(error))
  }
  const answer: unknown = await response.json().catch(() => null)
  if (response.ok) return ok(answer ?? {})
  const { error, message } = (answer ?? {}) as { error?: unknown; message?: unknown }
  const detail = [response.status, error, message].filter((part) => part !== undefined).join(' ')
  return err(response.status === 409 ? 'bridge-deferred' : 'bridge-refused', detail)
}

function address({ url }: Bridge, path: string): string {
  return new URL(path, url.endsWith('/') ? url : `${url}/`).href
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
