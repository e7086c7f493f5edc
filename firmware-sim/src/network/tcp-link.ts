import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '@hanpyo/platform/clock.ts'

/** A cable between somebody who connects and a server, that can be pulled. */
export interface TcpLink {
  readonly port: number
  readonly isUp: boolean
  /** How many connections run over it now. */
  readonly connectionCount: number
  /**
   * Pulls the cable. `reset` breaks every connection at once and refuses new ones; `blackhole` lets them hang without
   * a word, as a dead access point does.
   */
  cut(mode?: 'reset' | 'blackhole'): void
  /** Plugs it in again; connections that hung are broken, so that both sides start anew. */
  restore(): void
  /** One-way delay for every chunk from now on, simulated ms. */
  setDelay(delayMs: number): void
  close(): Promise<void>
}

interface Lane {
  readonly near: Socket
  readonly far: Socket
}

/** Listens on `port` (0 = any free one) of loopback and forwards to `target`. */
export async function openTcpLink(options: {
  target: { host: string; port: number }
  clock: Clock
  port?: number
}): Promise<TcpLink> {
  const { target, clock } = options
  const lanes = new Set<Lane>()
  let state: 'up' | 'reset' | 'blackhole' = 'up'
  let delayMs = 0

  const breakAll = () => {
    for (const { near, far } of lanes) {
      near.destroy()
      far.destroy()
    }
  }
  const forward = (from: Socket, to: Socket) => {
    let last: Promise<void> = Promise.resolve()
    from.on('data', (chunk) => {
      if (delayMs === 0 && state === 'up') return deliver(chunk)
      from.pause()
      last = last
        .then(() => clock.sleep(delayMs))
        .then(() => {
          deliver(chunk)
          if (state === 'up') from.resume()
        })
    })
    const deliver = (chunk: Buffer) => {
      if (state !== 'up' || to.destroyed) return
      if (!to.write(chunk)) {
        from.pause()
        to.once('drain', () => from.resume())
      }
    }
    from.on('end', () => {
      if (state === 'up') to.end()
    })
  }

  const server: Server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    // Broken connections are what this link is for; 'close' does the clean-up.
    near.on('error', () => {})
    if (state === 'reset') return near.resetAndDestroy()
    if (state === 'blackhole') near.pause()
    const far = connect({ ...target, noDelay: true, allowHalfOpen: true })
    far.on('error', () => {})
    const lane = { near, far }
    lanes.add(lane)
    const drop = () => {
      lanes.delete(lane)
      near.destroy()
      far.destroy()
    }
    near.on('close', drop)
    far.on('close', drop)
    forward(near, far)
    forward(far, near)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })

  return {
    port: (server.address() as AddressInfo).port,
    get isUp() {
      return state === 'up'
    },
    get connectionCount() {
      return lanes.size
    },
    cut(mode = 'reset') {
      state = mode
      if (mode === 'reset') breakAll()
    },
    restore() {
      if (state === 'up') return
      breakAll()
      state = 'up'
    },
    setDelay(ms) {
      delayMs = ms
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      breakAll()
      await closed
    },
  }
}
