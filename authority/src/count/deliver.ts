import { join } from 'node:path'
import { makeDurableDirectory, readIfPresent, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { type Bridge, type BridgeError, type PostedRecord, postRecord, putBlob } from '../bridge-client.ts'
import type { CountRecord } from './count-record.ts'

export interface DeliverOptions {
  /** Waits between attempts, real milliseconds. */
  readonly sleep: (ms: number) => Promise<void>
  /** How long to wait for the bridge's next batch, real milliseconds. Default 15 minutes, more than a tick. */
  readonly patienceMs?: number
}

const RETRY_MS = 500
const PATIENCE_MS = 15 * 60_000

/**
 * Posts a record of the count and waits until it is in the log. With a token the blobs come first, so that nobody sees a
 * record without them; without one they follow at once, because the bridge takes blobs that a logged record names.
 * Everything may be sent again.
 */
export async function deliverCount(
  bridge: Bridge,
  record: CountRecord,
  options: DeliverOptions,
): Promise<Result<PostedRecord, BridgeError>> {
  if (bridge.token !== undefined) {
    const stored = await putAll(bridge, record)
    if (!stored.ok) return stored
  }
  const posted = await postUntilLogged(bridge, record, options)
  if (!posted.ok || bridge.token !== undefined) return posted
  const stored = await putAll(bridge, record)
  return stored.ok ? posted : stored
}

async function putAll(bridge: Bridge, { blobs }: CountRecord): Promise<Result<null, BridgeError>> {
  for (const [name, bytes] of blobs) {
    const stored = await putBlob(bridge, name, bytes)
    if (!stored.ok) return stored
  }
  return ok(null)
}

async function postUntilLogged(
  bridge: Bridge,
  record: CountRecord,
  { sleep, patienceMs = PATIENCE_MS }: DeliverOptions,
): Promise<Result<PostedRecord, BridgeError>> {
  for (let waitedMs = 0; ; waitedMs += RETRY_MS) {
    const posted = await postRecord(bridge, record)
    const isFinal = posted.ok ? posted.value.position !== null : posted.error !== 'bridge-deferred'
    if (isFinal || waitedMs >= patienceMs) return posted
    await sleep(RETRY_MS)
  }
}

/** Writes a record as `<name>.record` (one type byte, then the note) with its blobs in `blobs/`, for another machine. */
export async function writeCountRecord(folder: string, name: string, record: CountRecord): Promise<string> {
  await makeDurableDirectory(join(folder, 'blobs'))
  for (const [hash, bytes] of record.blobs) await writeDurable(join(folder, 'blobs', hash), bytes)
  const path = join(folder, `${name}.record`)
  await writeDurable(path, Buffer.concat([Uint8Array.of(record.type), Buffer.from(record.note)]))
  return path
}

/** Reads what `writeCountRecord` wrote; `null` when there is no such record. */
export async function readCountRecord(
  folder: string,
  name: string,
): Promise<Result<CountRecord | null, 'record-damaged'>> {
  const bytes = await readIfPresent(join(folder, `${name}.record`))
  if (bytes === null) return ok(null)
  const note = new TextDecoder().decode(bytes.subarray(1))
  const blobs = new Map<string, Uint8Array>()
  for (const [hash] of note.matchAll(/(?<=")[0-9a-f]{64}(?=")/g)) {
    const blob = await readIfPresent(join(folder, 'blobs', hash))
    if (blob === null) continue
    if (toHex(sha256(blob)) !== hash) return err('record-damaged', `${name}: blob ${hash}`)
    blobs.set(hash, blob)
  }
  return ok({ type: bytes[0] ?? 0, note, blobs })
}
