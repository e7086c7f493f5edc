import { constants, type FileHandle, open, stat } from 'node:fs/promises'
import { createTransport } from './stream-transport.ts'
import type { Transport } from './transport.ts'

const PIECE_BYTES = 4_096
const POLL_MS = 20
/** How often it is looked whether a device without a word is still there. */
const LOOK_MS = 500
/** How long a device may take nothing at all: a printer that is offline stops reading when its buffer is full. */
const STALLED_AFTER_MS = 60_000

/**
 * A character device, read and written without blocking (a blocked call would keep the process from ending). Such
 * devices cannot be waited for through Node, so they are asked every 20 ms.
 */
export async function openCharacterDevice(uri: string, path: string): Promise<Transport> {
  const file = await openForBoth(path)
  let isOpen = true
  const { transport, received, ended } = createTransport(uri, {
    write: (bytes) => writeAll(file, bytes, () => isOpen),
    async close() {
      if (!isOpen) return
      isOpen = false
      await reading
      await file.close()
    },
  })
  const reading = readUntilGone()

  async function readUntilGone(): Promise<void> {
    const piece = new Uint8Array(PIECE_BYTES)
    let canRead = true
    let silentMs = 0
    while (isOpen) {
      let count = 0
      try {
        if (canRead) count = (await file.read(piece, 0, PIECE_BYTES, null)).bytesRead
      } catch (error) {
        // What the usblp driver says of a printer that has no way back; it can be written to all the same.
        if (codeOf(error) === 'EINVAL') canRead = false
        else if (!isWouldBlock(error)) return gone(error)
      }
      if (!isOpen) return
      if (count > 0) {
        received(piece.slice(0, count))
        silentMs = 0
        continue
      }
      silentMs += POLL_MS
      await pause()
      // Devices have nothing to say most of the time; when the node is gone too, this one was unplugged.
      if (silentMs % LOOK_MS === 0 && isOpen && !(await isThere(path))) return gone(new Error('unplugged'))
    }
  }

  function gone(error: unknown): void {
    if (!isOpen) return
    isOpen = false
    ended(error instanceof Error ? error.message : String(error))
    file.close().catch(() => {})
  }
  return transport
}

/** A device that takes no input, such as a scanner, may only be opened for reading. */
async function openForBoth(path: string): Promise<FileHandle> {
  const { O_RDWR, O_RDONLY, O_NONBLOCK, O_NOCTTY } = constants
  try {
    return await open(path, O_RDWR | O_NONBLOCK | O_NOCTTY)
  } catch (error) {
    if (codeOf(error) !== 'EACCES') throw error
    return open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, isOpen: () => boolean): Promise<void> {
  let stalledMs = 0
  for (let at = 0; at < bytes.length; ) {
    if (!isOpen()) throw new Error('closed while writing')
    try {
      at += (await file.write(bytes, at, Math.min(PIECE_BYTES, bytes.length - at), null)).bytesWritten
      stalledMs = 0
    } catch (error) {
      if (!isWouldBlock(error)) throw error
      if (stalledMs >= STALLED_AFTER_MS) throw new Error('the device takes no more data')
      await pause()
      stalledMs += POLL_MS
    }
  }
}

function isWouldBlock(error: unknown): boolean {
  return codeOf(error) === 'EAGAIN'
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS))
}
