import { expect, test } from 'vitest'
import { kioskConfigSchema } from './config.ts'
import { planBridges } from './open-routes.ts'
import { createTestElection } from './testing/test-election.ts'

const { manifest } = createTestElection({ bridges: ['b2', 'b3'], slipCount: 1 }).election
const required = { kiosk: 3, dataDir: 'd', electionDir: 'e', keys: { device: 'k' } }
const wifi = { url: 'mqtts://one' }
const second = { id: 'b2', url: 'mqtts://two' }
const lora = { modem: 'tcp:localhost:1' }

function plan(tables: object) {
  const planned = planBridges(kioskConfigSchema.parse({ ...required, ...tables }), manifest)
  if (!planned.ok) return planned.error
  const { endpoints, overLora, bridges } = planned.value
  return { wifi: endpoints.map(({ bridge, broker }) => `${bridge} ${broker.url}`), overLora, bridges }
}

test('one broker, and a radio, lead to the first bridge of the manifest', () => {
  expect(plan({ wifi, lora })).toEqual({ wifi: ['b1 mqtts://one'], overLora: ['b1'], bridges: ['b1'] })
  expect(plan({ lora })).toEqual({ wifi: [], overLora: ['b1'], bridges: ['b1'] })
  expect(plan({})).toEqual({ wifi: [], overLora: [], bridges: ['b1'] })
})

test('further bridges come after it in their order, and the radio is heard by whom the configuration says', () => {
  const third = { id: 'b1', url: 'mqtts://three' }
  expect(
    plan({
      wifi: { ...wifi, bridge: 'b3' },
      bridges: [second, third],
      lora: { ...lora, bridges: ['b2', 'b3'] },
    }),
  ).toEqual({
    wifi: ['b3 mqtts://one', 'b2 mqtts://two', 'b1 mqtts://three'],
    overLora: ['b2', 'b3'],
    bridges: ['b3', 'b2', 'b1'],
  })
  expect(plan({ bridges: [second], lora })).toMatchObject({ overLora: ['b2'], bridges: ['b2'] })
})

test.each([
  ['a bridge that the manifest does not hold', { wifi, bridges: [{ ...second, id: 'b9' }] }],
  ['a bridge that stands twice', { wifi, bridges: [{ ...second, id: 'b1' }] }],
  ['a radio heard by a stranger', { lora: { ...lora, bridges: ['b9'] } }],
])('%s is refused at the start', (_what, tables) => {
  expect(plan(tables)).toBe('bridge-unknown')
})
