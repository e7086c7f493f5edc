import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FakeRui3 } from '../testing/fake-rui3.ts'
import { settle } from '../testing/settle.ts'
import { openAtModem } from './at-modem.ts'
import { rui3Dialect } from './rui3.ts'

/** Everything a RAK3172 could say, to be mixed up. */
const PHRASES = [
  'OK',
  'AT_ERROR',
  'AT_PARAM_ERROR',
  'AT_BUSY_ERROR',
  'AT_NO_NETWORK_JOINED',
  'Restricted_Wait_999_ms',
  'AT+VER=RUI_4.2.1_RAK3172-E',
  'AT+NWM=1',
  'AT+NJS=1',
  'AT+NJS=0',
  'AT+DR=5',
  'AT+DR=0',
  'AT+DR=9',
  'AT+DEVEUI=AC1F09FFFE000001',
  '+EVT:JOINED',
  '+EVT:JOIN_FAILED_RX_TIMEOUT',
  '+EVT:TX_DONE',
  '+EVT:SEND_CONFIRMED_FAILED(4)',
  '+EVT:RX_1:-80:9:UNICAST:1:0102',
  '+EVT:RX_2:-80:9:UNICAST:999:0',
  'RAKwireless RAK3172-E',
  'Current Work Mode: LoRaWAN.',
].map((phrase) => utf8(`${phrase}\r\n`))

const chunk = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...PHRASES) },
  // Cut off, without its end.
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...PHRASES), fc.nat(30))
      .map(([phrase, length]) => phrase.subarray(0, length)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constant(new Uint8Array(3_000).fill(0x41)) },
)
const reply = fc.array(fc.tuple(fc.integer({ min: 0, max: 40_000 }), chunk), { maxLength: 6 })
const operation = fc.constantFrom('join', 'send', 'dataRate', 'program')
const succeeded = () => ({ ok: true })
const failed = () => ({ ok: false })
/** The longest: three silent commands with a restart, and a send. */
const LONGEST_MS = 180_000

test('whatever the modem says, every call ends in bounded time with a result', async () => {
  const scenario = fc.record({
    replies: fc.array(reply, { minLength: 1, maxLength: 12 }),
    operations: fc.array(operation, { minLength: 1, maxLength: 6 }),
    answersInOrder: fc.boolean(),
    isJoined: fc.boolean(),
    unplugAfterMs: fc.option(fc.nat(200_000)),
  })
  await fc.assert(
    fc.asyncProperty(scenario, async ({ replies, operations, answersInOrder, unplugAfterMs, isJoined }) => {
      const clock = createVirtualClock()
      const fake = new FakeRui3(clock)
      fake.isJoined = isJoined
      const opened = await settle(clock, openAtModem(rui3Dialect, { transport: fake.transport, clock }))
      if (!opened.ok) throw new Error(opened.error)
      const modem = opened.value
      let at = 0
      fake.on(answersInOrder ? /^AT\+(SEND|JOIN|DR)/ : /.*/, () => {
        for (const [delayMs, bytes] of replies[at++ % replies.length]!) {
          fake.later(delayMs, () => fake.raw(bytes))
        }
      })
      if (unplugAfterMs !== null) fake.later(unplugAfterMs, () => fake.unplug())
      for (const name of operations) {
        const startMs = clock.now()
        const outcome = await settle(clock, run(name))
        expect(typeof outcome.ok).toBe('boolean')
        expect(clock.now() - startMs).toBeLessThan(LONGEST_MS)
      }

      function run(name: 'join' | 'send' | 'dataRate' | 'program'): Promise<{ ok: boolean }> {
        if (name === 'join') return modem.join()
        if (name === 'send') return modem.send(1, new Uint8Array(50))
        if (name === 'dataRate') return modem.dataRate().then(succeeded, failed)
        const appKey = '00'.repeat(16)
        return modem.program({ devEui: '00'.repeat(8), joinEui: '00'.repeat(8), appKey })
      }
    }),
    { numRuns: 300 },
  )
})
