import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadScenario, scenarioSchema } from './scenario.ts'
import { scenarioConfig, scenarioDevices } from './scenario-config.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hanpyo-scenario-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function load(text: string) {
  const path = join(directory, 's.toml')
  await writeFile(path, text)
  return loadScenario(path)
}

const SURROUNDINGS = {
  broker: { url: 'mqtt://127.0.0.1:1883', protocolVersion: 5 },
  dataDir: 'data',
  sendsByItself: false,
  hasNetworkServer: true,
} as const

test.each([
  ['title = 5', 'title'],
  ['title = "x"\nvolume = 11', 'volume'],
  ['title = "x"\n[radio]\nlossUp = 1.2', 'radio.lossUp'],
  ['title = "x"\n[radio]\nmodel = "moon"', 'radio.model'],
  ['title = "x"\n[hall]\ndataRate = 6', 'hall.dataRate'],
  ['title = "x"\n[[gateways]]\nid = "no"', 'gateways.0.id'],
  ['title = "x"\n[faults]\nburstUp = { loss = 0.2, burstFrames = 0 }', 'faults.burstUp.burstFrames'],
  ['title = "x"\n[[timeline]]\nevent = "gateway-of"\natSeconds = 1', 'timeline.0.event'],
  ['title = "x"\n[[timeline]]\nevent = "broker-down"', 'timeline.0.atSeconds'],
  ['title = "x', 's.toml:1'],
])('a mistake is answered with the place of it: %j', async (text, place) => {
  const loaded = await load(text)
  expect(loaded.ok).toBe(false)
  expect(!loaded.ok && loaded.detail).toContain(place)
})

test('a title is all a scenario needs', async () => {
  const loaded = await load('title = "Bare"')
  expect(loaded).toMatchObject({ ok: true, value: { title: 'Bare', hall: { kiosks: 3 }, timeline: [] } })
})

test('kiosks stand in a row, with keys made from the seed or the identities that are given', () => {
  const scenario = scenarioSchema.parse({
    title: 'x',
    hall: { kiosks: 2, position: [10, 20], spacing: [5, 1], dataRate: 3 },
    faults: { txNacks: 0.5 },
  })
  const devices = scenarioDevices(scenario)
  expect(devices).toEqual(scenarioDevices(scenario))
  expect(new Set(devices.map(({ appKey }) => appKey)).size).toBe(2)
  const config = scenarioConfig(scenario, { ...SURROUNDINGS, devices })
  expect(config.modems).toMatchObject([
    { position: [10, 20], dataRate: 3 },
    { position: [15, 21], dataRate: 3 },
  ])
  expect(config.modems[0]?.traffic).toBeUndefined()
  expect(config).toMatchObject({ faults: { txNacks: 0.5 }, networkServer: { enabled: true } })
  const own = { devEui: '24e124ffff0000aa', joinEui: '24e124c0002a0001', appKey: 'ab'.repeat(16) }
  expect(scenarioDevices({ ...scenario, hall: { ...scenario.hall, devices: [own] } })).toEqual([
    { id: 'kiosk-1', ...own },
  ])
})
