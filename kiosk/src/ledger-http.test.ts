import { serveFetch } from '@hanpyo/platform/http-server.ts'
import { MAX_BUNDLE_BYTES } from '@hanpyo/protocol/log/tiles.ts'
import { expect, onTestFinished, test } from 'vitest'
import { httpLogReader } from './ledger-http.ts'

async function serve(answer: (path: string) => Response) {
  const server = await serveFetch(async (request) => answer(new URL(request.url).pathname))
  onTestFinished(() => server.close())
  const times: number[] = []
  const url = new URL('/log', server.url).href
  return { times, reader: httpLogReader({ url, fetch, onServerTime: (ms) => times.push(ms) }) }
}

test('files come from below the address, a missing one is null, and the server tells the time', async () => {
  const date = 'Mon, 23 Nov 2026 00:00:00 GMT'
  const { reader, times } = await serve((path) =>
    path === '/log/checkpoint'
      ? new Response('note', { headers: { date } })
      : new Response(null, { status: 404, headers: { date } }),
  )
  expect(await reader.checkpoint()).toBe('note')
  expect(await reader.entries(0, 3)).toBeNull()
  expect(times[0]).toBe(Date.parse(date))
})

test('an error of the server rejects, and so does an answer that does not end', async () => {
  const broken = await serve(() => new Response(null, { status: 503 }))
  await expect(broken.reader.checkpoint()).rejects.toThrow('503')
  let sent = 0
  const endless = await serve(() => {
    const chunk = new Uint8Array(1 << 20)
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      sent += chunk.length
      controller.enqueue(chunk)
    }
    return new Response(new ReadableStream({ pull }))
  })
  await expect(endless.reader.blob('ab')).rejects.toThrow('longer than')
  expect(sent).toBeLessThan(2 * MAX_BUNDLE_BYTES + (8 << 20))
})
