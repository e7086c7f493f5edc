import { expect, test } from 'vitest'
import { createModemBench } from '../testing/modem-bench.ts'
import { lineFaultsSchema } from './line-faults.ts'
import { MODEM_DIALECTS } from './start-modem.ts'

const ANSWER = { rui3: 'OK', 'wio-e5': '+AT: OK', st: 'OK' } as const
const JOIN = { rui3: 'AT+JOIN=1:0:8:0', 'wio-e5': 'AT+JOIN', st: 'AT+JOIN=1' } as const
const SEND = { rui3: 'AT+SEND=1:00', 'wio-e5': 'AT+MSGHEX="00"', st: 'AT+SEND=1:0:00' } as const
const JOINED = /JOINED|Done/

test.each(MODEM_DIALECTS)('a %s with echo repeats every command', async (dialect) => {
  const { terminal } = await createModemBench(dialect, { faults: { echo: true } })
  terminal.send('AT')
  expect(terminal.lines.filter((line) => line !== '')).toEqual(['AT', ANSWER[dialect]])
})

test.each(MODEM_DIALECTS)('a mute %s says nothing until it is restarted', async (dialect) => {
  const { terminal, modem, world } = await createModemBench(dialect, { faults: { mute: true } })
  terminal.send('AT')
  expect(terminal.lines).toEqual([])
  await world.finish(modem.reboot())
  terminal.send('AT')
  expect(terminal.lines.at(-1)).toBe(ANSWER[dialect])
})

test.each(MODEM_DIALECTS)('a %s that is said to be busy refuses to join and to send', async (dialect) => {
  const { terminal, modem, run } = await createModemBench(dialect)
  await run(JOIN[dialect], JOINED)
  modem.faults.busy = true
  terminal.lines.length = 0
  terminal.send(SEND[dialect])
  terminal.send(dialect === 'wio-e5' ? 'AT+JOIN=FORCE' : JOIN[dialect])
  expect(terminal.lines.filter((line) => /busy/i.test(line))).toHaveLength(2)
})

test.each(MODEM_DIALECTS)('the power of a %s fails while it sends', async (dialect) => {
  const { world, terminal, modem, run } = await createModemBench(dialect)
  await run(JOIN[dialect], JOINED)
  modem.faults.rebootMidSend = 1
  terminal.send(SEND[dialect])
  await world.clock.advance(10_000)
  expect(modem.device.isJoined).toBe(false)
  terminal.send('AT')
  expect(terminal.lines.at(-1)).toBe(ANSWER[dialect])
})

test.each(MODEM_DIALECTS)('lines of a %s break off, and events come in between', async (dialect) => {
  const { terminal, modem } = await createModemBench(dialect, { faults: { truncate: 1 } })
  for (let i = 0; i < 5; i++) terminal.send('AT')
  expect(terminal.lines.filter((line) => line === ANSWER[dialect])).toEqual([])
  modem.faults.truncate = 0
  modem.faults.interleave = 1
  terminal.send('AT')
  terminal.lines.length = 0
  terminal.send('AT')
  expect(terminal.lines.at(-1)).toBe(ANSWER[dialect])
  expect(terminal.lines.length).toBeGreaterThan(1)
})

test('shares outside 0 to 1 and unknown faults are refused by the configuration', () => {
  expect(lineFaultsSchema.safeParse({ silence: 1.5 }).success).toBe(false)
  expect(lineFaultsSchema.safeParse({ silence: -1 }).success).toBe(false)
  expect(lineFaultsSchema.safeParse({ explode: 1 }).success).toBe(false)
  expect(lineFaultsSchema.parse({ garble: 0.5 })).toMatchObject({ garble: 0.5, silence: 0, mute: false })
})
