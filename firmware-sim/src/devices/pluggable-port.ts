import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** What a device does with its line. */
export interface LineEnd {
  /** Somebody opened the line; bytes can be sent. */
  opened?(): void
  received(bytes: Uint8Array): void
  /** The line is gone. */
  closed?(): void
}

/** A device's plug: a TCP port that is not there while the device is unplugged. */
export interface PluggablePort {
  readonly port: number
  /** `tcp:127.0.0.1:<port>`, as the drivers take it. */
  readonly uri: string
  readonly isPlugged: boolean
  /** Whether somebody has it open. */
  readonly isConnected: boolean
  /** Sends when somebody is there, else the bytes are lost. */
  send(bytes: Uint8Array): void
  /** Breaks the connection, but stays plugged in. */
  drop(): void
  unplug(): Promise<void>
  /** Rejects when the port was taken meanwhile. */
  plug(): Promise<void>
}

/** A reader that takes nothing must not make the simulator grow. */
const MOST_UNSENT_BYTES = 64 * 1024

/** Offers a line on a loopback port (0 takes a free one, and keeps it). One client at a time; a new one takes over. */
export async function openPluggablePort(
  end: LineEnd,
  options: { port?: number; host?: string; onChange?: () => void } = {},
): Promise<PluggablePort> {
  const { host = '127.0.0.1', onChange = () => {} } = options
  let server: Server | undefined
  let current: Socket | undefined
  let port = options.port ?? 0

  function accept(socket: Socket): void {
    current?.destroy()
    current = socket
    end.opened?.()
    onChange()
    socket.on('data', (bytes) => {
      if (current === socket) end.received(new Uint8Array(bytes))
    })
    // A host that vanishes; 'close' follows and is all that matters.
    socket.on('error', () => {})
    socket.on('close', () => {
      if (current !== socket) return
      current = undefined
      end.closed?.()
      onChange()
    })
  }

  async function plug(): Promise<void> {
    if (server !== undefined) return
    const listening = createServer({ noDelay: true }, accept)
    await new Promise<void>((resolve, reject) => {
      listening.once('error', reject)
      listening.listen(port, host, resolve)
    })
    server = listening
    port = (listening.address() as AddressInfo).port
    onChange()
  }

  await plug()
  return {
    get port() {
      return port
    },
    get uri() {
      return `tcp:${host}:${port}`
    },
    get isPlugged() {
      return server !== undefined
    },
    get isConnected() {
      return current !== undefined
    },
    send(bytes) {
      if (current !== undefined && current.writableLength < MOST_UNSENT_BYTES) current.write(bytes)
    },
    drop: () => void current?.destroy(),
    plug,
    async unplug() {
      const closing = server
      if (closing === undefined) return
      server = undefined
      const closed = new Promise<void>((resolve) => closing.close(() => resolve()))
      current?.destroy()
      await closed
      onChange()
    },
  }
}
