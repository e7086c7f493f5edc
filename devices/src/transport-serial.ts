import { noticeHangUp } from './serial-hang-up.ts'
import { createTransport } from './stream-transport.ts'
import type { Transport } from './transport.ts'

/**
 * A serial port, 8N1 without flow control. Modem lines are left alone: a pseudo-terminal refuses them, and no
 * device here needs them.
 */
export async function openSerial(uri: string, path: string, baudRate: number): Promise<Transport> {
  // Loaded on demand: a native addon that a kiosk with a TCP modem does not need.
  const { SerialPort } = await import('serialport')
  const port = new SerialPort({ path, baudRate, autoOpen: false })
  await new Promise<void>((resolve, reject) => {
    port.open((error) => (error === null || error === undefined ? resolve() : reject(error)))
  })
  noticeHangUp(port.port)
  let reason = 'port closed'
  const { transport, received, ended } = createTransport(uri, {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        port.write(bytes, (error) => {
          if (error === null || error === undefined)
            port.drain((stuck) => (stuck ? reject(stuck) : resolve()))
          else reject(error)
        })
      }),
    close: () => new Promise((resolve) => (port.isOpen ? port.close(() => resolve()) : resolve())),
  })
  port.on('data', (bytes: Buffer) => received(new Uint8Array(bytes)))
  port.on('error', (error) => {
    reason = error.message
  })
  // Unplugged, or closed by us.
  port.on('close', (error: Error | null | undefined) => ended(error?.message ?? reason))
  return transport
}
