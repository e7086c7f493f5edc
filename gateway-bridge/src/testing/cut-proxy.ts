import { rm } from 'node:fs/promises'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'

/** What the proxy does when a COMMIT comes from a client. */
export type AtCommit =
  /** Hands it on. */
  | 'pass'
  /** Cuts both sides before the server has seen it. */
  | 'cut-before'
  /** Hands it on, and cuts the client off before the answer; the server finds out later. */
  | 'cut-after'

/** A simple query message of PostgreSQL's protocol: `Q`, length, text, NUL. */
const COMMIT = Buffer.from('Q\0\0\0\x0bCOMMIT\0')

/** Stands before the socket of a server as a socket of its own, and cuts connections of writers exactly at COMMIT. */
export class CutProxy {
  readonly dir: string
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  atCommit: AtCommit = 'pass'
  /** How many were cut. */
  cuts = 0

  private constructor(dir: string, server: Server) {
    this.dir = dir
    this.#server = server
  }

  /** @param dir an empty folder for the socket; @param behind the folder of the server's socket */
  static async start(dir: string, behind: string): Promise<CutProxy> {
    const file = '.s.PGSQL.5432'
    const server = createServer()
    const proxy = new CutProxy(dir, server)
    server.on('connection', (client) => proxy.#relay(client, connect(join(behind, file))))
    await rm(join(dir, file), { force: true })
    await new Promise<void>((resolve) => server.listen(join(dir, file), resolve))
    return proxy
  }

  #relay(client: Socket, upstream: Socket): void {
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(from)
      from.on('error', () => {})
      from.on('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
    }
    upstream.on('data', (bytes) => client.write(bytes))
    let isWriter: boolean | undefined
    client.on('data', (bytes) => {
      // The first message names the application; connections that only look are left alone.
      isWriter ??= bytes.includes('hanpyo-writer')
      if (this.atCommit === 'pass' || !isWriter || !bytes.equals(COMMIT)) {
        upstream.write(bytes)
        return
      }
      this.cuts++
      if (this.atCommit === 'cut-after') {
        upstream.removeAllListeners('data')
        upstream.on('data', () => {})
        upstream.write(bytes, () => client.destroy())
      } else client.destroy()
    })
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
