import { utf8 } from '../bytes.ts'
import type { LogReader } from './reader.ts'
import { parseTilePath } from './tiles.ts'

/** A week, as Sunlight serves them: long enough for every cache, short enough for a mistake to pass. */
const IMMUTABLE = 'public, max-age=604800, immutable'

/** What one path of the log answers with; `null` stands for "not found". */
interface Found {
  readonly body: Uint8Array
  readonly contentType: string
  readonly cacheControl: string
}

/**
 * The read-only API of a log (C2SP tlog-tiles and blobs) as one fetch handler: GET and HEAD on
 * `/checkpoint`, `/tile/<L>/<N>[.p/<W>]`, `/tile/entries/<N>[.p/<W>]` and `/blob/<sha256>`. Paths are compared
 * as they were sent, so that an encoded slash names nothing. Errors carry no cache headers; a reader that
 * rejects makes the handler reject.
 *
 * @example
 * const handler = createLogHandler(reader)
 * const response = await handler(new Request('https://log.example/checkpoint'))
 */
export function createLogHandler(reader: LogReader): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return plain(405, 'method not allowed\n', { allow: 'GET, HEAD' })
    }
    const found = await find(reader, new URL(request.url).pathname)
    if (found === null) return plain(404, 'not found\n')
    const headers = new Headers({
      'content-type': found.contentType,
      'content-length': String(found.body.length),
      'cache-control': found.cacheControl,
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
    })
    const body = request.method === 'HEAD' ? null : new Uint8Array(found.body)
    return new Response(body, { status: 200, headers })
  }
}

async function find(reader: LogReader, pathname: string): Promise<Found | null> {
  if (pathname === '/checkpoint') {
    const note = await reader.checkpoint()
    if (note === null) return null
    return { body: utf8(note), contentType: 'text/plain; charset=utf-8', cacheControl: 'no-store' }
  }
  const blob = /^\/blob\/([0-9a-f]{64})$/.exec(pathname)
  if (blob !== null) return octets(await reader.blob(blob[1] as string))
  const path = parseTilePath(pathname.slice(1))
  if (!path.ok) return null
  if (path.value.kind === 'entries') return octets(await reader.entries(path.value.index, path.value.width))
  return octets(await reader.tile(path.value.level, path.value.index, path.value.width))
}

function octets(body: Uint8Array | null): Found | null {
  return body === null ? null : { body, contentType: 'application/octet-stream', cacheControl: IMMUTABLE }
}

function plain(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(text, {
    status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
  })
}
