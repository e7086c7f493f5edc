import applicationPb from '@chirpstack/chirpstack-api/api/application_pb.js'
import devicePb from '@chirpstack/chirpstack-api/api/device_pb.js'
import profilePb from '@chirpstack/chirpstack-api/api/device_profile_pb.js'
import gatewayPb from '@chirpstack/chirpstack-api/api/gateway_pb.js'
import tenantPb from '@chirpstack/chirpstack-api/api/tenant_pb.js'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { keyCheck } from '@hanpyo/provisioning/radio/lorawan-key.ts'
import { filesUnder } from './desk-bench.ts'
import { Cut, type KillWorld, PORT } from './kill-radio-bench.ts'

const TABLES = {
  tenants: tenantPb.Tenant,
  applications: applicationPb.Application,
  deviceProfiles: profilePb.DeviceProfile,
  devices: devicePb.Device,
  deviceKeys: devicePb.DeviceKeys,
  gateways: gatewayPb.Gateway,
}

/**
 * Device folders, ChirpStack's objects and the modem's settings, without what differs from run to run: keys are called by the
 * folder they are of, ids by the order in which they first appear; times, addresses and signal strengths are left out.
 */
export async function endState(world: KillWorld, devNoncesBefore: readonly number[]) {
  const files = await filesUnder(world.root)
  const keys = new Map<string, string>()
  for (const [path, text] of files) {
    const folder = path.slice(world.root.length + 1).split('/keys/')[0]
    if (path.endsWith('/keys/lorawan.json')) keys.set(JSON.parse(text).appKey as string, `KEY of ${folder}`)
  }
  const state = {
    folder: Object.fromEntries(
      [...files].map(([path, text]) => [path.slice(world.root.length + 1), contentOf(path, text)]),
    ),
    server: serverState(world),
    modem: await modemState(world, [...keys.keys()], devNoncesBefore),
  }
  let text = JSON.stringify(state)
  for (const [key, name] of keys)
    text = text.replaceAll(key, name).replaceAll(keyCheck(key), `CHECK of ${name}`)
  const ids = new Map<string, string>()
  text = text
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) => {
      if (!ids.has(id)) ids.set(id, `ID ${ids.size}`)
      return ids.get(id) as string
    })
    .replaceAll(/127\.0\.0\.1:\d+/g, 'SERVER')
    .replaceAll(/"marginDb":-?\d+/g, '"marginDb":0')
  return JSON.parse(text) as unknown
}

function contentOf(path: string, text: string): unknown {
  if (path.endsWith('provision.journal')) {
    const { steps } = JSON.parse(text) as { steps: Record<string, { state: string }> }
    return Object.entries(steps).map(([id, { state }]) => `${id} ${state}`)
  }
  if (path.endsWith('work.log')) {
    const lines = text.trim().split('\n')
    return lines.map((line) => {
      const { step, error } = JSON.parse(line).body as { step: string; error: string | null }
      return `${step} ${error}`
    })
  }
  if (path.endsWith('readiness.json')) {
    const { results } = JSON.parse(text) as { results: { test: string; verdict: string }[] }
    return results.map(({ test, verdict }) => `${test} ${verdict}`)
  }
  return /\.json$|label\.txt$/.test(path) ? text : 'there'
}

/** The registry as it is on the server's disk; two objects where one should be show as two rows. */
function serverState(world: KillWorld) {
  const registry = world.registry()
  const tables = Object.entries(TABLES).map(([name, codec]) => {
    const rows = (registry[name] ?? []) as [string, string, number, number][]
    // Those with an EUI may be made in any order: a batch makes several at a time.
    if (/^(devices|deviceKeys|gateways)$/.test(name)) rows.sort(([a], [b]) => a.localeCompare(b))
    const objects = rows.map(([, base64]) =>
      JSON.stringify(codec.deserializeBinary(Buffer.from(base64, 'base64')).toObject()),
    )
    return [name, objects]
  })
  return Object.fromEntries(tables) as Record<string, unknown>
}

/** What the modem says of itself, whose key it holds, and whether the server knows its session. */
async function modemState(world: KillWorld, keys: readonly string[], devNoncesBefore: readonly number[]) {
  const { modem, office } = world
  const opened = await world.finish(world.modemPorts(new Cut(null)).open(PORT))
  const link = expectOk(opened)
  const settings = expectOk(await world.finish(link.readSettings()))
  await world.finish(link.close())
  const { devEui, appKey } = modem.identity
  const session = modem.device.session
  const record = office.world.server.device(devEui)?.record
  return {
    settings,
    holds: keys.includes(appKey) ? appKey : 'another key',
    isJoined: session !== null,
    sharesSession: session !== null && session.devAddr === record?.session?.devAddr,
    areJoinsBeforeKnown: record?.usedDevNonces.some((nonce) => devNoncesBefore.includes(nonce)) ?? false,
    isNextJoinNew: record === undefined || !record.usedDevNonces.includes((world.devNonces.at(-1) ?? -1) + 1),
  }
}
