import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSealedLedger } from '../testing/sealed-ledger.ts'
import { actOnce } from './act.ts'
import type { CountRecord } from './count-record.ts'
import { deliverCount } from './deliver.ts'
import { Journal } from './journal.ts'

const vote = { style: 1, selections: [{ kind: 'blank' }, { kind: 'blank' }] } as const
let home: string
let record: CountRecord

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'hanpyo-journal-'))
})
afterAll(() => rm(home, { recursive: true }))

test('a trustee mixes once: the same list gives the same record, another list or manifest is refused', async () => {
  const ledger = await createSealedLedger([vote, vote])
  const loaded = await ledger.load()
  const journal = new Journal(join(home, 'key.json'))
  const input = { act: 'mix', trustee: ledger.trustee(1), contest: 1, random: nodeRandom, journal } as const
  record = expectOk(await actOnce(loaded, input))
  expect(expectOk(await actOnce(loaded, input))).toEqual(record)

  const stage = { ...loaded.count.stage(1)!, listHash: 'ab'.repeat(32) }
  const count = { stage: () => stage, isMixed: () => false, nextMixer: () => 1 } as never
  expect(await actOnce({ ...loaded, count }, input)).toMatchObject({ error: 'journal-other-list' })
  const manifestHash = new Uint8Array(32)
  expect(await actOnce({ ...loaded, manifestHash }, input)).toMatchObject({ error: 'journal-other-manifest' })

  const [name] = record.blobs.keys()
  await writeFile(join(home, 'key.json.journal/blobs', name as string), 'x')
  expect(await actOnce(loaded, input)).toMatchObject({ error: 'record-damaged' })
})

test('files go before the record with a token and after it without one, and both wait for the log', async () => {
  const run = async (token?: string) => {
    const seen: string[] = []
    let answers = 0
    const bridgeFetch = (async (url: string, init: RequestInit) => {
      const path = new URL(url).pathname.slice(1, 6)
      seen.push(`${init.method} ${path}`)
      if (init.method === 'PUT') return Response.json({ ok: true })
      answers++
      if (answers === 1) return Response.json({ ok: false, error: 'record-deferred' }, { status: 409 })
      return answers === 2
        ? Response.json({ ok: true, size: 3, position: null }, { status: 202 })
        : Response.json({ ok: true, size: 9, position: 8 })
    }) as typeof fetch
    const bridge = {
      url: 'http://bridge.example',
      fetch: bridgeFetch,
      ...(token === undefined ? {} : { token }),
    }
    expect(await deliverCount(bridge, record, { sleep: async () => {} })).toMatchObject({
      value: { position: 8 },
    })
    return seen.map((line) => line.slice(0, 4)).join('')
  }
  expect(await run('secret')).toBe('PUT PUT POSTPOSTPOST')
  expect(await run()).toBe('POSTPOSTPOSTPUT PUT ')
})
