import { openAtModem } from '@hanpyo/devices/modem/at-modem.ts'
import { joinPersistently } from '@hanpyo/devices/modem/join-loop.ts'
import type { LoraModem, ModemEvent } from '@hanpyo/devices/modem/modem.ts'
import { openModem } from '@hanpyo/devices/modem/open-modem.ts'
import { rui3Dialect } from '@hanpyo/devices/modem/rui3.ts'
import { stDialect } from '@hanpyo/devices/modem/st.ts'
import { wioE5Dialect } from '@hanpyo/devices/modem/wio-e5.ts'
import { createTransport } from '@hanpyo/devices/stream-transport.ts'
import { MODEM_DIALECTS, type ModemDialect } from '@hanpyo/firmware-sim/modem/start-modem.ts'
import { createModemBench } from '@hanpyo/firmware-sim/testing/modem-bench.ts'
import { testIdentity } from '@hanpyo/firmware-sim/testing/world.ts'
import { createLogger } from '@hanpyo/platform/logger.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { describe, expect, test } from 'vitest'

const BALLOT = new Uint8Array(213).fill(0xa5)
const DRIVERS = { rui3: rui3Dialect, 'wio-e5': wioE5Dialect, st: stDialect } as const

/** A serial cable with a simulated modem at its end. */
async function plugIn(dialect: ModemDialect, options: Parameters<typeof createModemBench>[1] = {}) {
  const bench = await createModemBench(dialect, options)
  const { modem: simulated } = bench
  const line = createTransport('test:', {
    write: async (bytes) => simulated.receive(bytes),
    close: async () => simulated.detach(),
  })
  simulated.attach((bytes) => line.received(bytes))
  return { ...bench, simulated, line, finish: <T>(work: Promise<T>) => bench.world.finish(work) }
}

/** The kiosk's driver on one end of the line, the simulated modem on the other, both on the world's clock. */
async function connect(dialect: ModemDialect, options: Parameters<typeof plugIn>[1] = {}) {
  const plugged = await plugIn(dialect, options)
  const { world, line } = plugged
  const lines: string[] = []
  const log = createLogger({
    name: 'test',
    level: 'debug',
    destination: { write: (text) => lines.push(text) },
  })
  const opened = await world.finish(
    openModem('tcp:modem:1', { clock: world.clock, log, open: async () => line.transport }),
  )
  const modem: LoraModem = expectOk(opened)
  const events: ModemEvent[] = []
  const downlinks: [number, string][] = []
  modem.onEvent((event) => events.push(event))
  modem.onDownlink((fPort, payload) => downlinks.push([fPort, new TextDecoder().decode(payload)]))
  return { ...plugged, modem, events, downlinks, logged: () => lines.join('') }
}

async function connectJoined(dialect: ModemDialect, options: Parameters<typeof plugIn>[1] = {}) {
  const all = await connect(dialect, options)
  expectOk(await all.finish(all.modem.join()))
  // The first uplinks carry the answers to the settings of the network.
  for (let i = 0; i < 2; i++) expectOk(await all.finish(all.modem.send(2, Uint8Array.of(0))))
  return all
}

/** The first attempt may meet a gateway that is deaf because it sends the answer to an uplink. */
async function rejoin({ world, modem, finish }: Awaited<ReturnType<typeof connect>>): Promise<void> {
  const { clock } = world
  const { signal } = new AbortController()
  expectOk(await finish(joinPersistently(modem, { clock, random: nodeRandom, signal })))
}

test('a Wio-E5 that somebody sent to sleep is woken and stays awake', async () => {
  const { terminal, line, world } = await plugIn('wio-e5')
  terminal.send('AT+LOWPOWER=AUTOON')
  const opened = await world.finish(
    openModem('tcp:modem:1', { clock: world.clock, open: async () => line.transport }),
  )
  const modem = expectOk(opened)
  expectOk(await world.finish(modem.join()))
  expect(await world.finish(modem.send(1, BALLOT))).toMatchObject({ ok: true })
})

describe.each(MODEM_DIALECTS)('driver and simulator of %s', (dialect) => {
  test('the modem is recognised with its region and DevEUI', async () => {
    const { modem } = await connect(dialect)
    expect(modem.info).toMatchObject({ dialect, region: 'KR920', devEui: testIdentity(1).devEui })
    expect(modem.info.firmware).toMatch(/\d\.\d/)
  })

  test('what was programmed can be read back, and whether the key is in it', async () => {
    const { modem, finish, logged } = await connect(dialect)
    const appKey = 'c0ffee00'.repeat(4)
    const { devEui } = testIdentity(2)
    expectOk(await finish(modem.program({ devEui, joinEui: 'f0f0f0f0f0f0f0f0', appKey })))
    expect(expectOk(await finish(modem.readSettings()))).toMatchObject({
      region: 'KR920',
      devEui,
      joinEui: 'f0f0f0f0f0f0f0f0',
      deviceClass: 'A',
      isAdrOn: true,
    })
    const isReadable = dialect !== 'wio-e5'
    expect(expectOk(await finish(modem.holdsKey(appKey)))).toBe(isReadable ? true : undefined)
    expect(expectOk(await finish(modem.holdsKey('00'.repeat(16))))).toBe(isReadable ? false : undefined)
    expect(logged().toLowerCase()).not.toContain('c0ffee')
  })

  test('the driver joins and sends a ballot in one frame at DR5, which arrives unchanged', async () => {
    const { world, modem, finish } = await connectJoined(dialect)
    const before = world.radio.metrics.framesSent
    expect(await finish(modem.send(1, BALLOT))).toMatchObject({ ok: true, value: { dataRate: 5 } })
    expect(world.radio.metrics.framesSent - before).toBe(1)
    const up = world.broker.json('/event/up').at(-1)
    expect(up).toMatchObject({ fPort: 1, dr: 5, data: btoa(String.fromCharCode(...BALLOT)) })
  })

  test('an answer of the network in the same receive window reaches the listener', async () => {
    const { world, modem, finish, downlinks, events } = await connectJoined(dialect)
    world.clock.setTimeout(() => void world.enqueue(1, { fPort: 1, data: btoa('recorded') }), 2_000)
    expectOk(await finish(modem.send(1, BALLOT)))
    await world.clock.advance(1_000)
    expect(downlinks).toEqual([[1, 'recorded']])
    expect(events).toContainEqual(expect.objectContaining({ type: 'downlink', slot: 'RX_1' }))
  })

  test('at DR3 the driver refuses the ballot before the simulated modem sees it', async () => {
    const { modem, simulated, finish } = await connect(dialect, { dataRate: 3 })
    expectOk(await finish(modem.join()))
    const before = simulated.device.session?.fCntUp
    expect(await finish(modem.send(1, BALLOT))).toMatchObject({ error: 'payload-too-long' })
    expect(simulated.device.session?.fCntUp).toBe(before)
  })

  test('when the data rate falls between question and send, no ballot is lost unnoticed', async () => {
    const { modem, simulated, line, finish } = await connectJoined(dialect)
    // ADR lowers the rate in the very moment between the answer to the question and the command to send.
    simulated.attach((bytes) => {
      line.received(bytes)
      const isLastAnswer = dialect === 'wio-e5' ? /^\+PORT/ : /^(?:AT\+DR=)?5/
      if (isLastAnswer.test(new TextDecoder().decode(bytes))) simulated.device.settings.dataRate = 2
    })
    const sent = await finish(modem.send(1, BALLOT))
    expect(sent).toMatchObject({ ok: false, error: 'payload-too-long' })
    expect(await finish(modem.send(1, BALLOT.subarray(0, 20)))).toMatchObject({
      ok: true,
      value: { dataRate: 2 },
    })
  })

  test('a reboot in the middle of a send is noticed, and the driver sends again after joining', async () => {
    const all = await connectJoined(dialect)
    const { world, modem, simulated, finish } = all
    const sending = modem.send(1, BALLOT)
    await world.clock.advance(1_000)
    await finish(simulated.reboot())
    const sent = await finish(sending)
    // ST says nothing at the end of a send, and a Wio-E5 nothing at a restart.
    if (dialect === 'wio-e5') expect(sent).toMatchObject({ error: 'timeout' })
    else expect(sent).toMatchObject({ error: 'rebooted' })
    expect(await finish(modem.send(1, BALLOT))).toMatchObject({ error: 'not-joined' })
    await rejoin(all)
    expect(await finish(modem.send(1, BALLOT))).toMatchObject({ ok: true })
  })

  test('a hanging modem is restarted after three commands, and works again', async () => {
    const all = await connectJoined(dialect)
    const { modem, simulated, finish, events } = all
    simulated.faults.mute = true
    for (let i = 0; i < 3; i++) {
      expect((await finish(modem.send(1, BALLOT))).ok).toBe(false)
      simulated.faults.mute = true
    }
    expect(events.map(({ type }) => type)).toContain('reset')
    simulated.faults.mute = false
    await rejoin(all)
    expect(await finish(modem.send(1, BALLOT))).toMatchObject({ ok: true })
  })

  test('a busy modem is "busy", and echo is no obstacle', async () => {
    const { modem, simulated, finish } = await connectJoined(dialect)
    simulated.faults.busy = true
    expect(await finish(modem.send(1, BALLOT))).toMatchObject({ error: 'busy' })
    simulated.faults.busy = false
    simulated.faults.echo = true
    expect(await finish(modem.send(1, BALLOT))).toMatchObject({ ok: true })
  })

  test('a network out of reach is "join-failed", and a network that is back is joined', async () => {
    const all = await connect(dialect, { loss: { up: 1 } })
    expect(await all.finish(all.modem.join())).toMatchObject({ error: 'join-failed' })
    all.world.radio.loss.up = 0
    await rejoin(all)
    expect(all.modem.isJoined).toBe(true)
  })

  test('a confirmed uplink tells whether the network heard it', async () => {
    const { world, modem, finish } = await connectJoined(dialect)
    const heard = await finish(modem.send(1, BALLOT, { isConfirmed: true }))
    expect(heard).toMatchObject({ ok: true, value: { isAcknowledged: true } })
    await world.clock.advance(20_000)
    world.radio.loss.down = 1
    const unheard = await finish(modem.send(1, BALLOT, { isConfirmed: true }))
    expect(unheard).toMatchObject({ ok: true, value: { isAcknowledged: false } })
  })

  test('a link check tells how well the gateway hears', async () => {
    const { world, modem, finish } = await connectJoined(dialect)
    const { marginDb, gatewayCount } = expectOk(await finish(modem.linkCheck()))
    expect(marginDb).toBeGreaterThan(0)
    expect(gatewayCount).toBe(1)
    await world.clock.advance(20_000)
    world.radio.loss.up = 1
    expect(await finish(modem.linkCheck())).toMatchObject({ error: 'no-answer' })
  })

  test('the time of the network is told to a tenth of a second, or not at all', async () => {
    const { modem, finish } = await connectJoined(dialect)
    const told = await finish(modem.networkTime())
    if (dialect === 'st') return expect(told).toMatchObject({ error: 'unsupported' })
    // Simulated modem and driver share one clock.
    const { offsetMs, accuracyMs } = expectOk(told)
    expect(accuracyMs).toBeLessThanOrEqual(100)
    expect(Math.abs(offsetMs)).toBeLessThanOrEqual(accuracyMs + 20)
  })

  test('a programmed identity joins, and its key gets into no log', async () => {
    const { modem, simulated, finish, logged } = await connect(dialect)
    const identity = testIdentity(2)
    expectOk(await finish(modem.program(identity)))
    expectOk(await finish(modem.join({ force: true })))
    expect(simulated.identity).toEqual(identity)
    await finish(simulated.reboot())
    const { appKey } = identity
    for (const form of [appKey, appKey.replace(/..(?=.)/g, '$&:')]) {
      expect(logged().toLowerCase()).not.toContain(form.slice(0, 12))
    }
    expect(logged()).toContain('<redacted>')
  })

  test('on a line that loses, garbles, breaks off and interleaves lines it keeps going, and recovers', async () => {
    const all = await connect(dialect)
    const { modem, simulated, finish, world } = all
    Object.assign(simulated.faults, { silence: 0.03, garble: 0.03, truncate: 0.03, interleave: 0.1 })
    let delivered = 0
    for (let i = 0; i < 40; i++) {
      if (!modem.isJoined) await finish(modem.join())
      if ((await finish(modem.send(1, BALLOT))).ok) delivered++
    }
    expect(delivered).toBeGreaterThan(10)
    Object.assign(simulated.faults, { silence: 0, garble: 0, truncate: 0, interleave: 0 })
    await world.clock.advance(60_000)
    if (!modem.isJoined) await rejoin(all)
    expect(await finish(modem.send(1, BALLOT))).toMatchObject({ ok: true })
  })

  test.each(MODEM_DIALECTS.filter((other) => other !== dialect))(
    'the driver of another dialect, %s, gives up with a reason',
    async (other) => {
      const { world, line } = await plugIn(dialect)
      const opened = await world.finish(
        openAtModem(DRIVERS[other], { transport: line.transport, clock: world.clock }),
      )
      expect(['no-response', 'wrong-firmware']).toContain(!opened.ok && opened.error)
    },
  )
})
