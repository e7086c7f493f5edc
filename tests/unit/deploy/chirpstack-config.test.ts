import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DEFAULT_SERVER_SETTINGS } from '@hanpyo/firmware-sim/network-server/types.ts'
import { loadConfig } from '@hanpyo/platform/config.ts'
import { expectOk, type Result } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ChirpstackSettings, chirpstackSettings } from './chirpstack-settings.ts'

const DEPLOY = fileURLToPath(new URL('../../../deploy/chirpstack/', import.meta.url))
const REGION = 'region_kr920.toml'
let dir: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hanpyo-chirpstack-'))
})

afterAll(() => rm(dir, { recursive: true }))

/** Reads files the way ChirpStack does: one text after the other, in any order. */
async function joined(...names: string[]): Promise<Result<ChirpstackSettings, string>> {
  const texts = await Promise.all(names.map((name) => readFile(join(DEPLOY, name), 'utf8')))
  const path = join(dir, 'joined.toml')
  await writeFile(path, texts.join(''))
  return loadConfig({ path, schema: chirpstackSettings })
}

describe.each(['sqlite', 'postgresql'] as const)('with %s', (database) => {
  const main = `${database}/chirpstack.toml`

  test('every key is one that ChirpStack 4.19 knows, in whichever order it joins the files', async () => {
    const forwards = expectOk(await joined(main, REGION))
    expect(expectOk(await joined(REGION, main))).toEqual(forwards)
    expect(forwards.network?.enabled_regions).toEqual(forwards.regions?.map(({ id }) => id))
    expect(Object.keys(forwards).includes('sqlite')).toBe(database === 'sqlite')
    expect(Object.keys(forwards).includes('postgresql')).toBe(database === 'postgresql')
  })

  test('both connections to the broker are at QoS 1, kept, named apart and authenticated', async () => {
    const settings = expectOk(await joined(main, REGION))
    const events = settings.integration!.mqtt!
    const frames = settings.regions![0]!.gateway!.backend!.mqtt!
    for (const client of [events, frames]) {
      expect(client).toMatchObject({ qos: 1, clean_session: false, server: expect.stringMatching(/^ssl:/) })
      expect(client.client_id!.length).toBeGreaterThan(0)
      expect(client.client_id!.length).toBeLessThanOrEqual(23)
      for (const file of [client.ca_cert, client.tls_cert, client.tls_key]) expect(file).toMatch(/^\//)
    }
    expect(events.client_id).not.toBe(frames.client_id)
    expect(settings.integration!.enabled).toEqual(['mqtt'])
    expect(events.json).toBe(true)
  })

  test('nothing without TLS listens beyond this machine, and no secret is in the file', async () => {
    const settings = expectOk(await joined(main, REGION))
    expect(settings.api!.bind).toMatch(/^127\.0\.0\.1:/)
    expect(settings.monitoring!.bind).toMatch(/^127\.0\.0\.1:/)
    expect(settings.api!.secret).toBe('$CHIRPSTACK_API_SECRET')
    expect(settings.gateway!.allow_unknown_gateways).toBe(false)
  })
})

test('the region is the one the stand-in network server plays', async () => {
  const region = expectOk(await joined(REGION)).regions![0]!
  const played = DEFAULT_SERVER_SETTINGS.region
  expect(region.id).toBe(DEFAULT_SERVER_SETTINGS.regionConfigId)
  expect(region.common_name).toBe('KR920')
  expect(region.description).not.toBe('')
  expect(region.gateway!.backend!.mqtt!.topic_prefix).toBe(DEFAULT_SERVER_SETTINGS.topicPrefix)
  const { network } = region
  expect(network!.extra_channels!.map(({ frequency }) => frequency)).toEqual(played.extraChannelsHz)
  expect(network).toMatchObject({
    rx1_delay: played.rx1DelayS,
    rx1_dr_offset: played.rx1DataRateOffset,
    rx2_dr: played.rx2DataRate,
    rx2_frequency: 921_900_000,
    max_dr: played.maxDataRate,
    installation_margin: played.installationMarginDb,
  })
})

test('a misspelt key is found', async () => {
  const path = join(dir, 'misspelt.toml')
  await writeFile(path, '[integration.mqtt]\nclean_sesion = false\n')
  expect(await loadConfig({ path, schema: chirpstackSettings })).toMatchObject({ error: 'config-invalid' })
})
