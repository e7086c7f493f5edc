import type { Clock, Timer } from './clock.ts'

/** Server-sent events (HTML standard, section 9.2) to a bounded number of readers. */
export interface EventStream {
  /** Answers a reader's request: a stream that begins with the last event, if there was one, or 503 when there is no room. */
  open(request: Request): Response
  /** Tells every reader. `data` is one line. */
  send(event: string, data: string): void
  /** Readers that are connected. */
  readonly readerCount: number
  close(): void
}

export interface EventStreamOptions {
  readonly clock: Clock
  /** Default 1,000. */
  readonly mostReaders?: number
  /** Simulated milliseconds between two comments that keep a silent connection alive. Default 15,000. */
  readonly heartbeatMs?: number
}

/** Pieces a reader may be behind before it is let go; it comes back by itself and gets the newest event. */
const MOST_BEHIND = 16
/** Milliseconds after which a reader that lost its connection comes back. */
const RETRY_MS = 5_000

export function createEventStream(options: EventStreamOptions): EventStream {
  const { clock, mostReaders = 1_000, heartbeatMs = 15_000 } = options
  const readers = new Set<ReadableStreamDefaultController<Uint8Array>>()
  const encoder = new TextEncoder()
  let last: Uint8Array | undefined
  let timer: Timer | undefined

  const leave = (reader: ReadableStreamDefaultController<Uint8Array>): void => {
    if (!readers.delete(reader)) return
    if (readers.size === 0) clock.clearTimeout(timer)
    try {
      reader.close()
    } catch (error) {
      // The reader cancelled the stream itself.
      if (!(error instanceof TypeError)) throw error
    }
  }
  const tell = (piece: Uint8Array): void => {
    for (const reader of readers) {
      if ((reader.desiredSize ?? 0) <= -MOST_BEHIND) leave(reader)
      else reader.enqueue(piece)
    }
  }
  const beat = (): void => {
    timer = clock.setTimeout(() => {
      tell(encoder.encode(':\n\n'))
      beat()
    }, heartbeatMs)
  }

  return {
    get readerCount() {
      return readers.size
    },
    open(request) {
      const headers = { 'cache-control': 'no-store', 'access-control-allow-origin': '*' }
      if (readers.size >= mostReaders) {
        return new Response('too many readers; look at /checkpoint instead\n', {
          status: 503,
          headers: { ...headers, 'retry-after': '30' },
        })
      }
      let own: ReadableStreamDefaultController<Uint8Array> | undefined
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          own = controller
          readers.add(controller)
          controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`))
          if (last !== undefined) controller.enqueue(last)
          if (readers.size === 1) beat()
        },
        cancel() {
          if (own !== undefined) leave(own)
        },
      })
      request.signal.addEventListener('abort', () => own !== undefined && leave(own), { once: true })
      return new Response(stream, {
        headers: {
          ...headers,
          'content-type': 'text/event-stream; charset=utf-8',
          'x-accel-buffering': 'no',
        },
      })
    },
    send(event, data) {
      last = encoder.encode(`event: ${event}\ndata: ${data}\n\n`)
      tell(last)
    },
    close() {
      clock.clearTimeout(timer)
      for (const reader of [...readers]) leave(reader)
    },
  }
}
