import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import { expect, test } from 'vitest'
import { httpTextReader } from './proposal-http.ts'

const salt = new Uint8Array(16).fill(7)
const id = 'ab'.repeat(32)

function reader(answer: () => Response) {
  const asked: string[] = []
  const read = httpTextReader({
    url: 'https://ledger.example/log',
    fetch: async (input) => {
      asked.push(String(input))
      return answer()
    },
  })
  return { read, asked }
}

test('salt and text are read beside the ledger, and fields of a later version do not disturb', async () => {
  const body = { salt: toBase64(salt), text: '의자를 놓아 주세요', hidden: true }
  const { read, asked } = reader(() => Response.json(body))
  expect(await read(id)).toEqual({ salt, text: body.text })
  expect(asked).toEqual([`https://ledger.example/log/proposal/${id}`])
})

test('erased, unknown and malformed answers are told apart from a server that cannot be reached', async () => {
  expect(await reader(() => new Response(null, { status: 410 })).read(id)).toBe('gone')
  expect(await reader(() => new Response(null, { status: 404 })).read(id)).toBe('unknown')
  for (const body of ['', '[]', '{"salt":"AA==","text":"x"}', '{"salt":7,"text":"x"}', '{"text":"x"}'])
    expect(await reader(() => new Response(body)).read(id)).toBe('unknown')
  await expect(reader(() => new Response(null, { status: 500 })).read(id)).rejects.toThrow('HTTP 500')
})

test('an answer longer than any proposal is not read to its end', async () => {
  let pulled = 0
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulled++
      controller.enqueue(new Uint8Array(8 * 1024))
    },
  })
  await expect(reader(() => new Response(endless)).read(id)).rejects.toThrow('longer')
  expect(pulled).toBeLessThan(10)
})
