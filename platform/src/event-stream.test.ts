import { expect, test } from 'vitest'
import { createVirtualClock } from './clock.ts'
import { createEventStream } from './event-stream.ts'
import { serveFetch } from './http-server.ts'

const request = (signal?: AbortSignal) =>
  new Request('http://host.example/events', signal === undefined ? {} : { signal })

/** Reads pieces until one holds `wanted`. */
async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, wanted: string): Promise<string> {
  let text = ''
  while (!text.includes(wanted)) {
    const { done, value } = await reader.read()
    if (done) throw new Error(`ended after ${JSON.stringify(text)}`)
    text += new TextDecoder().decode(value)
  }
  return text
}

test('a reader gets the last event at once and every new one, over a real connection', async () => {
  const stream = createEventStream({ clock: createVirtualClock({ startMs: 0 }) })
  stream.send('published', '{"size":1}')
  const server = await serveFetch((request) => stream.open(request))
  const response = await fetch(`${server.url}/events`)
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  expect(await readUntil(reader, '"size":1')).toBe('retry: 5000\n\nevent: published\ndata: {"size":1}\n\n')
  stream.send('published', '{"size":2}')
  expect(await readUntil(reader, '"size":2')).toBe('event: published\ndata: {"size":2}\n\n')
  stream.close()
  expect((await reader.read()).done).toBe(true)
  await server.close()
})

test('silence is broken by comments while anybody reads, and only then', async () => {
  const clock = createVirtualClock({ startMs: 0 })
  const stream = createEventStream({ clock, heartbeatMs: 15_000 })
  const reader = (stream.open(request()).body as ReadableStream<Uint8Array>).getReader()
  await readUntil(reader, 'retry')
  await clock.advance(15_000)
  await readUntil(reader, ':\n\n')
  await reader.cancel()
  expect(stream.readerCount).toBe(0)
  await clock.advance(60_000)
})

test('a reader that goes away or does not read is let go, and one too many is told where to look', async () => {
  const stream = createEventStream({ clock: createVirtualClock({ startMs: 0 }), mostReaders: 2 })
  const gone = new AbortController()
  stream.open(request(gone.signal))
  const lazy = stream.open(request())
  expect(stream.open(request()).status).toBe(503)
  gone.abort()
  expect(stream.readerCount).toBe(1)
  for (let n = 0; n < 40; n++) stream.send('published', `{"size":${n}}`)
  expect(stream.readerCount).toBe(0)
  expect((await lazy.text()).split('event:').length).toBeLessThan(20)
})
