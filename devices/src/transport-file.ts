import { constants, createReadStream, open } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { createTransport } from './stream-transport.ts'
import type { Transport } from './transport.ts'
import { openCharacterDevice } from './transport-character-device.ts'

/**
 * Reads a recorded session to its end, or a FIFO for as long as it is open, whoever writes to it in between: writing to
 * either is an error. A character device such as /dev/usb/lp0 is read and written.
 */
export async function openFile(uri: string, path: string): Promise<Transport> {
  const facts = await stat(path)
  if (facts.isCharacterDevice()) return openCharacterDevice(uri, path)
  const stream = facts.isFIFO() ? await openFifo(path) : await openRecording(path)
  const { transport, received, ended } = createTransport(uri, {
    write: () => Promise.reject(new Error(`${uri} can only be read`)),
    async close() {
      stream.destroy()
    },
  })
  let reason = 'end of file'
  stream.on('data', (bytes: Uint8Array) => received(new Uint8Array(bytes)))
  stream.on('error', (error) => {
    reason = error.message
  })
  stream.on('close', () => ended(reason))
  return transport
}

/**
 * As a socket, because a blocked read of a file would keep the process from ending; opened for writing too, so that
 * there is no end of file. The socket owns and closes the descriptor.
 */
async function openFifo(path: string): Promise<Readable> {
  const fd = await promisify(open)(path, constants.O_RDWR | constants.O_NONBLOCK)
  return new Socket({ fd, readable: true, writable: false })
}

function openRecording(path: string): Promise<Readable> {
  return new Promise((resolve, reject) => {
    const stream = createReadStream(path)
    stream.once('open', () => {
      stream.off('error', reject)
      resolve(stream)
    })
    stream.once('error', reject)
  })
}
