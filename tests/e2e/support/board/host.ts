import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { toBase64, utf8 } from '@hanpyo/protocol/bytes.ts'
import { BOARD_FOLDER } from '../paths.ts'
import type { BoardLedger } from './ledger.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

/** What the host answers for a path of the log; `undefined` leaves it to the files. */
export type Override = (path: string) => Uint8Array | string | null | 'hang' | 'drop' | 500 | undefined

export interface BoardHost {
  readonly url: string
  /** Paths that were asked for, with their queries. */
  readonly asked: string[]
  /** Files of the log; tests put others in their place. */
  files: ReadonlyMap<string, Uint8Array>
  override: Override
  stop(): Promise<void>
}

/** A web server with a copy of the ledger and the board in `board/`, as a mirror has it; no Content-Encoding, no cleverness. */
export async function serveBoard(ledger: Pick<BoardLedger, 'files'>): Promise<BoardHost> {
  const host = { asked: [] as string[], files: ledger.files, override: (() => undefined) as Override }
  const server = createServer((request, response) => {
    void answer(host, request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(host, {
    url: `http://127.0.0.1:${port}/board/`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  })
}

async function answer(
  host: Pick<BoardHost, 'asked' | 'files' | 'override'>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '/').slice(1)
  host.asked.push(path)
  if (path.startsWith('board/')) return page(path.slice('board/'.length), response)
  const other = host.override(path)
  if (other === 'hang') return
  if (other === 'drop') return void request.socket.destroy()
  if (other === 500) return void response.writeHead(500).end('broken\n')
  const body = other === undefined ? host.files.get(path) : other
  if (body === undefined || body === null) return void response.writeHead(404).end('not found\n')
  response.writeHead(200, { 'content-type': 'application/octet-stream' })
  response.end(typeof body === 'string' ? utf8(body) : body)
}

async function page(path: string, response: ServerResponse): Promise<void> {
  const file = join(BOARD_FOLDER, normalize(`/${path === '' ? 'index.html' : path}`))
  try {
    const bytes = await readFile(file)
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(bytes)
  } catch {
    response.writeHead(404).end('not found\n')
  }
}

/** What a bridge offers beyond the files: history, texts of proposals, and what it knows of its witnesses. */
export function bridgeOf(
  ledger: Pick<BoardLedger, 'history'> & Partial<Pick<BoardLedger, 'texts'>>,
): Override {
  return (path) => {
    const [, after] = /^history\?after=([0-9]+)$/.exec(path) ?? []
    if (after !== undefined)
      return JSON.stringify(ledger.history.filter(({ size }) => size > Number(after)).slice(0, 10))
    if (path === 'witnesses') {
      return JSON.stringify([
        {
          name: 'council',
          kind: 'witness',
          url: null,
          size: 80,
          at: ledger.history.at(-1)?.time,
          problem: null,
        },
        {
          name: 'press',
          kind: 'witness',
          url: null,
          size: 20,
          at: ledger.history[4]?.time,
          problem: 'unreachable',
        },
      ])
    }
    const text = ledger.texts?.find(({ id }) => path === `proposal/${id}`)
    return text && JSON.stringify({ salt: toBase64(text.salt), text: text.text, hidden: false })
  }
}
