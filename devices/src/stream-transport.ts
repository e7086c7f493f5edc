import type { Transport } from './transport.ts'

/** What the kinds of transport differ in. */
export interface ByteSource {
  write(bytes: Uint8Array): Promise<void>
  close(): Promise<void>
}

export interface TransportEnd {
  readonly transport: Transport
  /** To be called with what the device sent. */
  received(bytes: Uint8Array): void
  /** To be called when the device is gone; further calls do nothing. */
  ended(reason: string): void
}

/** Bytes that came before anybody listened; more than this and the oldest are dropped. */
const EARLY_BYTES = 64 * 1024

/** Listener bookkeeping that all transports share. */
export function createTransport(uri: string, source: ByteSource): TransportEnd {
  const dataListeners = new Set<(bytes: Uint8Array) => void>()
  const closeListeners = new Set<(reason: string) => void>()
  let early: Uint8Array[] = []
  let earlyBytes = 0
  let endReason: string | undefined

  function ended(reason: string): void {
    if (endReason !== undefined) return
    endReason = reason
    for (const listener of [...closeListeners]) listener(reason)
  }

  return {
    ended,
    received(bytes) {
      if (dataListeners.size > 0) {
        for (const listener of [...dataListeners]) listener(bytes)
        return
      }
      early.push(bytes)
      earlyBytes += bytes.length
      while (earlyBytes > EARLY_BYTES) earlyBytes -= early.shift()!.length
    },
    transport: {
      uri,
      async write(bytes) {
        if (endReason !== undefined) throw new Error(`${uri} is closed: ${endReason}`)
        await source.write(bytes)
      },
      onData(listener) {
        dataListeners.add(listener)
        const kept = early
        early = []
        earlyBytes = 0
        for (const bytes of kept) listener(bytes)
        return () => void dataListeners.delete(listener)
      },
      onClose(listener) {
        closeListeners.add(listener)
        if (endReason !== undefined) listener(endReason)
        return () => void closeListeners.delete(listener)
      },
      async close() {
        await source.close()
        ended('closed')
      },
    },
  }
}
