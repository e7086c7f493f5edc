import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** What reading a request body fails with when it goes on for longer than allowed. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError'
}

/** The Content-Length of a request, 0 when none is given. */
export function declaredLength(message: IncomingMessage): number {
  return Number(message.headers['content-length'] ?? 0)
}

/** The body as a stream that pulls from the socket only as fast as it is read; null when there is none. */
export function requestBody(message: IncomingMessage, maxBytes: number): ReadableStream<Uint8Array> | null {
  const hasBody = declaredLength(message) > 0 || message.headers['transfer-encoding'] !== undefined
  if (!hasBody || message.method === 'GET' || message.method === 'HEAD') return null
  let received = 0
  const chunks: AsyncIterator<Uint8Array> = message.iterator({ destroyOnReturn: false })
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await chunks.next()
        if (next.done === true) return controller.close()
        received += next.value.byteLength
        if (received > maxBytes) throw new BodyTooLargeError(`more than ${maxBytes} bytes`)
        controller.enqueue(new Uint8Array(next.value))
      },
      async cancel() {
        await chunks.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}

/** Sends status, headers and the streamed body; waits while the client reads slowly, stops when it is gone. */
export async function sendResponse(out: ServerResponse, answer: Response, headOnly: boolean): Promise<void> {
  out.statusCode = answer.status
  if (answer.statusText !== '') out.statusMessage = answer.statusText
  for (const [name, value] of answer.headers) {
    if (name === 'set-cookie') out.appendHeader(name, value)
    else out.setHeader(name, value)
  }
  if (answer.body === null || headOnly) {
    await answer.body?.cancel()
    out.end()
    return
  }
  out.flushHeaders()
  const reader = answer.body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      if (out.destroyed) throw new Error('connection closed while responding')
      if (!out.write(value)) await drained(out)
    }
  } catch (error) {
    await reader.cancel(error).catch(() => {})
    throw error
  }
  out.end()
}

async function drained(out: ServerResponse): Promise<void> {
  const stop = new AbortController()
  try {
    await Promise.race([
      once(out, 'drain', { signal: stop.signal }),
      once(out, 'close', { signal: stop.signal }),
    ])
  } finally {
    stop.abort()
  }
  if (out.destroyed) throw new Error('connection closed while responding')
}
