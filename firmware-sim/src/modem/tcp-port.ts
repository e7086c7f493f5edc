import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { SimulatedModem } from './simulated-modem.ts'

/** A modem's serial line offered over TCP, as ser2net does. */
export interface TcpPort {
  readonly port: number
  /** `tcp:127.0.0.1:<port>`, as the drivers' transport takes it. */
  readonly uri: string
  close(): Promise<void>
}

/**
 * One client at a time: a new connection takes the line over, because the old one may be a process that was killed.
 */
export async function serveModemOverTcp(
  modem: Pick<SimulatedModem, 'attach' | 'detach' | 'receive'>,
  options: { port?: number; host?: string } = {},
): Promise<TcpPort> {
  const { port = 0, host = '127.0.0.1' } = options
  let current: Socket | undefined
  const server = createServer({ noDelay: true }, (socket) => {
    current?.destroy()
    current = socket
    modem.attach((bytes) => socket.write(bytes))
    socket.on('data', (bytes) => {
      if (current === socket) modem.receive(new Uint8Array(bytes))
    })
    // A host that vanishes is an unplugged cable; 'close' follows and is all that matters.
    socket.on('error', () => {})
    socket.on('close', () => {
      if (current !== socket) return
      current = undefined
      modem.detach()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const address = server.address() as AddressInfo
  return {
    port: address.port,
    uri: `tcp:${host}:${address.port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      current?.destroy()
      await closed
    },
  }
}
