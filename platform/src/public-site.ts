import { fileURLToPath } from 'node:url'
import type { Clock } from './clock.ts'
import { moveFile } from './durable-file.ts'
import { createEventStream, type EventStream } from './event-stream.ts'
import { openLineFile } from './line-file.ts'
import { type Logger, silentLogger } from './logger.ts'
import {
  type DescribeNote,
  HistoryDamagedError,
  openPublicHistory,
  type PublicHistory,
} from './public-history.ts'
import { folderFiles, type StaticFiles } from './static-files.ts'

/** What a public host offers beside the ledger itself. */
export interface PublicSiteOptions {
  /** The built web page; without it nothing is served under `/board/`. */
  readonly files?: StaticFiles | undefined
  readonly events: EventStream
  readonly history: Pick<PublicHistory, 'read'>
  /** A whole HTML document; `null` while there is nothing to tell. */
  facts(): Promise<string | null>
}

/** Heads in one answer of `/history`; a day of ten-minute ticks has 72. */
const MOST_HEADS = 10_000

/**
 * Scripts and styles from the host alone, tiles and witnesses from anywhere, WebAssembly for the arithmetic of the proofs,
 * the camera for receipts.
 */
const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; connect-src *; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'permissions-policy': 'camera=(self), microphone=(), geolocation=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

const FACTS_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/**
 * `/` and `/board/…` (the web page), `/events` (server-sent events), `/history?after=<size>` (JSON array of published heads)
 * and `/facts` (plain HTML). `null` for every other path, which is the ledger's.
 */
export function createPublicSite(options: PublicSiteOptions): (request: Request) => Promise<Response | null> {
  const { files, events, history, facts } = options
  return async (request) => {
    const { pathname, searchParams } = new URL(request.url)
    const isPage = pathname === '/' || pathname === '/board' || pathname.startsWith('/board/')
    if (!isPage && !['/events', '/history', '/facts'].includes(pathname)) return null
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return new Response('method not allowed\n', { status: 405, headers: { allow: 'GET, HEAD' } })
    if (pathname === '/events') return events.open(request)
    if (pathname === '/history') return serveHistory(history, searchParams)
    if (pathname === '/facts') {
      const page = await facts()
      return page === null
        ? new Response('nothing is published yet\n', { status: 503, headers: { 'retry-after': '30' } })
        : new Response(page, { headers: FACTS_HEADERS })
    }
    if (files === undefined) return pathname === '/' ? redirect('/facts') : notFound()
    if (!pathname.startsWith('/board/')) return redirect('/board/')
    return servePage(files, pathname.slice('/board'.length))
  }
}

async function serveHistory(
  history: PublicSiteOptions['history'],
  params: URLSearchParams,
): Promise<Response> {
  const after = params.get('after') ?? '0'
  if (!/^[0-9]{1,15}$/.test(after)) return new Response('"after" is a tree size\n', { status: 400 })
  const heads = await history.read(Number(after), MOST_HEADS)
  const body = new TextEncoder().encode(`[${heads.join(',\n')}]\n`)
  return new Response(body, {
    headers: {
      'content-type': 'application/json',
      // Answers of a known length are counted while they wait for slow readers.
      'content-length': String(body.length),
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
    },
  })
}

async function servePage(files: StaticFiles, path: string): Promise<Response> {
  const file = await files(path)
  if (file === null) return notFound()
  // Names of built files hold a hash of what is in them.
  const isImmutable = /^\/assets\//.test(path)
  return new Response(new Uint8Array(file.bytes), {
    headers: {
      ...PAGE_HEADERS,
      'content-type': file.type,
      'content-length': String(file.bytes.length),
      'cache-control': isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    },
  })
}

const redirect = (to: string): Response => new Response(null, { status: 302, headers: { location: to } })
const notFound = (): Response => new Response('not found\n', { status: 404 })

/** The public page built in this checkout. */
const BUILT_BOARD = fileURLToPath(new URL('../../board/dist', import.meta.url))

export interface OpenSiteOptions {
  /** Where published notes are kept, one a line. */
  readonly historyPath: string
  /** The built public page; the one of this checkout when left out. */
  readonly boardDir?: string | undefined
  readonly clock: Clock
  readonly describe: DescribeNote
  readonly log?: Logger
  facts(): Promise<string | null>
}

/** Page, history, events and plain facts of a host, over its files. */
export interface PublicSite {
  handle(request: Request): Promise<Response | null>
  /** A note is public now. */
  published(note: string): Promise<void>
  close(): Promise<void>
}

/** Opens them. Without a built page people are sent to the plain facts. */
export async function openPublicSite(options: OpenSiteOptions): Promise<PublicSite> {
  const { historyPath, boardDir, clock, describe, log = silentLogger, facts } = options
  const events = createEventStream({ clock })
  const tell = (head: string) => events.send('published', head)
  const { lines, history } = await openHistory(historyPath, describe, tell, log)
  const files = folderFiles(boardDir ?? BUILT_BOARD)
  const isBuilt = (await files('/')) !== null
  return {
    handle: createPublicSite({ files: isBuilt ? files : undefined, events, history, facts }),
    published: (note) => history.published(note),
    async close() {
      events.close()
      await lines.close()
    },
  }
}

/** A damaged file is set aside: it only lists what the ledger's readers have seen, and keeps nobody from voting. */
async function openHistory(path: string, describe: DescribeNote, tell: (head: string) => void, log: Logger) {
  const lines = await openLineFile(path)
  try {
    return { lines, history: await openPublicHistory(lines, describe, tell) }
  } catch (error) {
    await lines.close()
    if (!(error instanceof HistoryDamagedError)) throw error
    log.warn('history-file-replaced', { path, error })
    await moveFile(path, `${path}.damaged`)
    const anew = await openLineFile(path)
    return { lines: anew, history: await openPublicHistory(anew, describe, tell) }
  }
}
