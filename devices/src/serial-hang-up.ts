import { read } from 'node:fs'
import { promisify } from 'node:util'

/** The part of a serialport binding on Linux and macOS that reading needs. */
interface UnixPort {
  readonly isOpen: boolean
  readonly fd: number | null
  readonly poller: {
    once(event: 'readable', callback: (error: Error | null | undefined) => void): unknown
  }
  read(buffer: Buffer, offset: number, length: number): Promise<{ bytesRead: number; buffer: Buffer }>
}

const TRY_AGAIN = new Set(['EAGAIN', 'EWOULDBLOCK', 'EINTR'])
const readDescriptor = promisify(read)

/**
 * Makes a port notice that its device is gone. A hung-up terminal reads as end of file, zero bytes at once, for ever;
 * serialport 13 (bindings-cpp) then reads again without end, which takes a whole processor and never closes the port. Here
 * zero bytes are an error, and serialport closes the port on errors. Ports of other systems are left as they are.
 */
export function noticeHangUp(port: unknown): void {
  if (!isUnixPort(port)) return
  port.read = async (buffer, offset, length) => {
    for (;;) {
      if (!port.isOpen || port.fd === null) throw canceled()
      try {
        const { bytesRead } = await readDescriptor(port.fd, buffer, offset, length, null)
        if (bytesRead > 0) return { bytesRead, buffer }
        throw new Error('the device hung up')
      } catch (error) {
        if (!TRY_AGAIN.has((error as NodeJS.ErrnoException).code ?? '')) throw error
      }
      if (!port.isOpen) throw canceled()
      await new Promise<void>((resolve, reject) => {
        port.poller.once('readable', (error) => (error ? reject(error) : resolve()))
      })
    }
  }
}

function isUnixPort(port: unknown): port is UnixPort {
  return typeof port === 'object' && port !== null && 'fd' in port && 'poller' in port
}

/** What serialport takes for the consequence of a close that was asked for. */
function canceled(): Error {
  return Object.assign(new Error('Port is not open'), { canceled: true })
}
