import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadScenario, scenarioSchema } from '@hanpyo/firmware-sim/scenarios/scenario.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import { readDemoDay, wifiDayOf } from './scenario.ts'

const EXAMPLES = fileURLToPath(new URL('../../../examples', import.meta.url))
const NAMES = ['good-hall', 'far-hall-dr0', 'no-wifi', 'gateway-outage', 'burst-loss']

test.each(NAMES)('examples/%s.toml is a scenario with a day for the demo', async (name) => {
  expect(await readdir(EXAMPLES)).toContain(`${name}.toml`)
  const scenario = expectOk(await loadScenario(join(EXAMPLES, `${name}.toml`)))
  const day = expectOk(readDemoDay(scenario))
  expect(day.voters).toBeGreaterThanOrEqual(2)
  expect(scenario.speed).toBeLessThanOrEqual(50)
})

test('a wrong [demo] part is named, and a scenario without one gets a usual day', () => {
  const scenario = scenarioSchema.parse({ title: 'x' })
  expect(readDemoDay(scenario)).toEqual({
    ok: true,
    value: { voters: undefined, wifi: ['interrupted', 'after-closing'] },
  })
  const wrong = readDemoDay({ ...scenario, demo: { wifi: ['sometimes'] } })
  expect(wrong).toMatchObject({ ok: false, error: 'scenario-demo-invalid' })
  expect(!wrong.ok && wrong.detail).toContain('wifi[0]')
})

test('kiosks without an entry have the network day of the last one', () => {
  expect([0, 1, 5].map((i) => wifiDayOf(['always', 'never'], i))).toEqual(['always', 'never', 'never'])
})
