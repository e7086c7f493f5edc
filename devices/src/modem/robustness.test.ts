import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FakeModem } from '../testing/fake-modem.ts'
import { DIALECTS, fakeModem } from '../testing/fake-scripts.ts'
import { INTERRUPTIONS, PHRASES } from '../testing/phrases.ts'
import { settle } from '../testing/settle.ts'
import { openAtModem } from './at-modem.ts'
import type { DialectName } from './dialect.ts'
import type { LoraModem } from './modem.ts'

/** Many more random scenarios; they take some seconds. */
const IS_FULL = process.env.HANPYO_FULL === '1'
const PAYLOAD = new Uint8Array(50).fill(7)
const IDENTITY = { devEui: '00'.repeat(8), joinEui: '11'.repeat(8), appKey: '22'.repeat(16) }
/** The longest: three silent commands with a restart, a send that is tried twice, and a little more. */
const LONGEST_MS = 300_000
/** Further lines of an operation repeat the ones before. */
const LINES = 8

type Outcome = { ok: boolean; error?: string }
const succeeded = () => ({ ok: true })
const failed = () => ({ ok: false, error: 'rejected' })

const OPERATIONS = {
  join: (modem) => modem.join({ force: true }),
  send: (modem) => modem.send(1, PAYLOAD),
  dataRate: (modem) => modem.dataRate().then(succeeded, failed),
  linkCheck: (modem) => modem.linkCheck(),
  networkTime: (modem) => modem.networkTime(),
  program: (modem) => modem.program(IDENTITY),
} satisfies Record<string, (modem: LoraModem) => Promise<Outcome>>
type Operation = keyof typeof OPERATIONS
const NAMES = Object.keys(OPERATIONS) as Operation[]

async function openJoined(dialect: DialectName) {
  const clock = createVirtualClock()
  const fake = fakeModem(clock, dialect)
  const modem = expectOk(
    await settle(clock, openAtModem(DIALECTS[dialect], { transport: fake.transport, clock })),
  )
  expectOk(await settle(clock, modem.join()))
  return { clock, fake, modem, run: (name: Operation) => settle<Outcome>(clock, OPERATIONS[name](modem)) }
}

/** What the modem says during an orderly operation. */
async function linesOf(dialect: DialectName, name: Operation): Promise<string[]> {
  const { fake, run } = await openJoined(dialect)
  const lines: string[] = []
  fake.tamper = (line) => {
    lines.push(line)
    return `${line}\r\n`
  }
  await run(name)
  return lines.slice(0, LINES)
}

/** Applies `change` to the line with this number and leaves all others alone. */
function tamperWith(fake: FakeModem, number: number, change: (line: string) => string): void {
  let at = 0
  fake.tamper = (line) => (at++ === number ? change(line) : `${line}\r\n`)
}

describe.each(Object.keys(DIALECTS) as DialectName[])('with a modem of dialect %s', (dialect) => {
  test.each(NAMES)(
    'a reply that breaks off anywhere ends %s with a reason, and the next send works',
    async (name) => {
      const lines = await linesOf(dialect, name)
      for (const [number, line] of lines.entries()) {
        for (let cut = 0; cut <= line.length; cut++) {
          const { clock, fake, modem, run } = await openJoined(dialect)
          tamperWith(fake, number, () => line.slice(0, cut))
          const startMs = clock.now()
          const outcome = await run(name)
          if (!outcome.ok) expect(outcome.error).toMatch(/^[a-z-]+$/)
          expect(clock.now() - startMs).toBeLessThan(LONGEST_MS)
          fake.tamper = (text) => `${text}\r\n`
          if (!modem.isJoined) expectOk(await settle(clock, modem.join()))
          expect([number, cut, await run('send')]).toMatchObject([number, cut, { ok: true }])
        }
      }
    },
  )

  test('a reply that breaks off while the modem is opened gives a modem or a reason', async () => {
    const reasons = new Set<string>()
    for (let number = 0; number < 20; number++) {
      for (const cut of [0, 1, 4, 9]) {
        const clock = createVirtualClock()
        const fake = fakeModem(clock, dialect)
        tamperWith(fake, number, (line) => line.slice(0, cut))
        const opened = await settle(
          clock,
          openAtModem(DIALECTS[dialect], { transport: fake.transport, clock }),
        )
        if (!opened.ok) reasons.add(opened.error)
      }
    }
    expect(['no-response', 'wrong-firmware', 'wrong-region']).toEqual(expect.arrayContaining([...reasons]))
  })

  test.each(NAMES)('an event between any two lines of %s changes nothing', async (name) => {
    const lines = await linesOf(dialect, name)
    const undisturbed = await (await openJoined(dialect)).run(name)
    for (const [number, line] of lines.entries()) {
      for (const event of INTERRUPTIONS[dialect]) {
        const { fake, run } = await openJoined(dialect)
        tamperWith(fake, number, () => `${event}\r\n${line}\r\n`)
        expect([event, number, await run(name)]).toEqual([event, number, undisturbed])
      }
    }
  })

  test('whatever the modem says, every call ends in bounded time with a result', async () => {
    const phrases = PHRASES[dialect].map((phrase) => utf8(`${phrase}\r\n`))
    const chunk = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...phrases) },
      // Cut off, without its end.
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.constantFrom(...phrases), fc.nat(30))
          .map(([phrase, length]) => phrase.subarray(0, length)),
      },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
      { weight: 1, arbitrary: fc.constant(new Uint8Array(3_000).fill(0x41)) },
    )
    const reply = fc.array(fc.tuple(fc.integer({ min: 0, max: 40_000 }), chunk), { maxLength: 6 })
    const scenario = fc.record({
      replies: fc.array(reply, { minLength: 1, maxLength: 12 }),
      operations: fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 6 }),
      answersInOrder: fc.boolean(),
      unplugAfterMs: fc.option(fc.nat(200_000)),
    })
    await fc.assert(
      fc.asyncProperty(scenario, async ({ replies, operations, answersInOrder, unplugAfterMs }) => {
        const { clock, fake, run } = await openJoined(dialect)
        let at = 0
        fake.on(answersInOrder ? /^AT\+(SEND|JOIN|DR|MSGHEX|LW)/ : /.*/, () => {
          for (const [delayMs, bytes] of replies[at++ % replies.length]!) {
            fake.later(delayMs, () => fake.raw(bytes))
          }
        })
        if (unplugAfterMs !== null) fake.later(unplugAfterMs, () => fake.unplug())
        for (const name of operations) {
          const startMs = clock.now()
          const outcome = await run(name)
          expect(typeof outcome.ok).toBe('boolean')
          expect(clock.now() - startMs).toBeLessThan(LONGEST_MS)
        }
      }),
      { numRuns: IS_FULL ? 2_000 : 100 },
    )
  })
})
