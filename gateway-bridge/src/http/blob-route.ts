import { createHash, timingSafeEqual } from 'node:crypto'
import { addressKey } from '@hanpyo/platform/client-address.ts'
import type { RequestInfo } from '@hanpyo/platform/http-server.ts'
import { fromHex, toHex } from '@hanpyo/protocol/bytes.ts'
import type { LedgerEngine } from '../ledger/engine.ts'

export interface BlobRouteDeps {
  readonly engine: LedgerEngine
  readonly maxBlobBytes: number
  /** Whether a logged record or the manifest names this blob. */
  isNamed(hashHex: string): boolean
  /** Told about every blob that was stored. */
  onStored(hashHex: string): Promise<void>
  /** How many are being received without the token, by address. */
  readonly receiving: Map<string, number>
  /** Bearer token that lets an authority bring a blob before the record that names it; none lets nobody. */
  readonly token: string | undefined
}

/** Whether bytes are right is known when all of them are in memory: so many at once, of one address and of all. */
const MOST_OF_ADDRESS = 2
const MOST_RECEIVED = 16

/**
 * `PUT /blob/<sha256>`: stores a blob under its hash. Anybody may bring one that the log names, because its bytes
 * are then fixed; others need the token, so that neither disk nor memory can be filled from outside.
 */
export async function putBlob(
  deps: BlobRouteDeps,
  request: Request,
  hashHex: string,
  { remoteAddress }: Pick<RequestInfo, 'remoteAddress'>,
): Promise<Response> {
  if (!/^[0-9a-f]{64}$/.test(hashHex)) {
    return failure(400, 'blob-name', 'The name is the SHA-256 of the bytes in lower-case hex.')
  }
  const isTrusted = isAuthorised(request, deps.token)
  if (!deps.isNamed(hashHex) && !isTrusted) {
    return failure(
      403,
      'blob-unnamed',
      'No logged record names this blob. Bring the bearer token, or the record first.',
    )
  }
  // Nobody has to send 64 MB again, and nobody can make the bridge read them again.
  if ((await deps.engine.blob(fromHex(hashHex))) !== null) return Response.json({ ok: true })
  if (isTrusted) return receive(deps, request, hashHex)
  const { receiving } = deps
  const key = addressKey(remoteAddress)
  const ofAddress = receiving.get(key) ?? 0
  const ofAll = [...receiving.values()].reduce((sum, count) => sum + count, 0)
  if (ofAddress >= MOST_OF_ADDRESS || ofAll >= MOST_RECEIVED) {
    return failure(503, 'blobs-at-once', 'Other blobs are being received now. Send it again in a minute.')
  }
  receiving.set(key, ofAddress + 1)
  try {
    return await receive(deps, request, hashHex)
  } finally {
    const left = (receiving.get(key) ?? 1) - 1
    if (left === 0) receiving.delete(key)
    else receiving.set(key, left)
  }
}

async function receive(deps: BlobRouteDeps, request: Request, hashHex: string): Promise<Response> {
  const bytes = await readAtMost(request, deps.maxBlobBytes)
  if (bytes === undefined) {
    return failure(413, 'blob-too-large', `A blob has at most ${deps.maxBlobBytes} bytes here.`)
  }
  if (toHex(createHash('sha256').update(bytes).digest()) !== hashHex) {
    return failure(422, 'blob-hash', 'The bytes have another SHA-256 than the name says.')
  }
  const stored = await deps.engine.putBlob(fromHex(hashHex), bytes)
  if (!stored.ok)
    return failure(503, stored.error, 'The store cannot take it now. Free disk space, then send it again.')
  await deps.onStored(hashHex)
  return Response.json({ ok: true })
}

/** Whether the request carries the token. Compared by digest, in constant time. */
export function isAuthorised(request: Request, token: string | undefined): boolean {
  const given = /^Bearer (\S+)$/.exec(request.headers.get('authorization') ?? '')?.[1]
  if (token === undefined || given === undefined) return false
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(token))
}

/** The body, or `undefined` as soon as it is longer than allowed. */
export async function readAtMost(request: Request, maxBytes: number): Promise<Uint8Array | undefined> {
  if (request.body === null) return new Uint8Array(0)
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of request.body) {
    length += part.length
    if (length > maxBytes) return undefined
    parts.push(part)
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function failure(status: number, error: string, message: string): Response {
  return Response.json({ ok: false, error, message }, { status })
}
