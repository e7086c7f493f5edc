/** Reads a published log over HTTP, with limits: the server is not trusted. */
import { pathReader } from '@hanpyo/protocol/log/read-log.ts'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'
import { MAX_BUNDLE_BYTES } from '@hanpyo/protocol/log/tiles.ts'

const TIMEOUT_MS = 10_000

/**
 * @param options.onServerTime unix ms of the answer's Date header, for comparing clocks.
 */
export function httpLogReader(options: {
  readonly url: string
  readonly fetch: typeof fetch
  readonly onServerTime: (unixMs: number) => void
}): LogReader {
  const base = options.url.endsWith('/') ? options.url : `${options.url}/`
  return pathReader(async (path) => {
    const response = await options.fetch(new URL(path, base), { signal: AbortSignal.timeout(TIMEOUT_MS) })
    const unixMs = Date.parse(response.headers.get('date') ?? '')
    if (!Number.isNaN(unixMs)) options.onServerTime(unixMs)
    if (response.status === 404) return null
    if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`)
    return readLimited(response, path)
  })
}

async function readLimited(response: Response, path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > MAX_BUNDLE_BYTES) throw new Error(`${path}: longer than any file of a log`)
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}
