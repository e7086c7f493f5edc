import { createReadStream } from 'node:fs'
import { createTransport } from './stream-transport.ts'
import type { Transport } from './transport.ts'

/** Reads a FIFO, a character device or a recorded session to its end. Writing is an error. */
export function openFile(uri: string, path: string): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const stream = createReadStream(path)
    const { transport, received, ended } = createTransport(uri, {
      write: () => Promise.reject(new Error(`${uri} can only be read`)),
      async close() {
        stream.destroy()
      },
    })
    stream.on('data', (bytes) => received(new Uint8Array(bytes as Buffer)))
    stream.on('error', (error) => {
      reject(error)
      ended(error.message)
    })
    stream.on('close', () => ended('end of file'))
    stream.on('open', () => resolve(transport))
  })
}
