import { connect } from 'node:net'
import { createTransport } from './stream-transport.ts'
import type { Transport } from './transport.ts'

const CONNECT_TIMEOUT_MS = 5_000
/** A device that vanishes without a word, such as one behind a network cable, is noticed this long after its last byte. */
const KEEP_ALIVE_AFTER_MS = 10_000

/** A device behind a TCP port, as ser2net offers serial lines. */
export function openTcp(uri: string, host: string, port: number): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS,
    })
    const timer = setTimeout(
      () => socket.destroy(new Error(`${uri}: no connection in time`)),
      CONNECT_TIMEOUT_MS,
    )
    let reason = 'connection closed'
    const { transport, received, ended } = createTransport(uri, {
      write: (bytes) =>
        new Promise((done, failed) => {
          socket.write(bytes, (error) => (error === undefined || error === null ? done() : failed(error)))
        }),
      async close() {
        socket.destroy()
      },
    })
    socket.on('data', (bytes) => received(new Uint8Array(bytes)))
    socket.on('error', (error) => {
      reason = error.message
      reject(error)
    })
    socket.on('close', () => {
      clearTimeout(timer)
      ended(reason)
    })
    socket.on('connect', () => {
      clearTimeout(timer)
      resolve(transport)
    })
  })
}
