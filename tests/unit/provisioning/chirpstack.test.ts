import { createServer, type Socket } from 'node:net'
import devicePb from '@chirpstack/chirpstack-api/api/device_pb.js'
import { DEFINITIONS } from '@hanpyo/firmware-sim/testing/grpc-client.ts'
import {
  createApiKey,
  createApplication,
  createDevice,
  getDevice,
  type Office,
  openOffice,
  setUp,
} from '@hanpyo/firmware-sim/testing/grpc-office.ts'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { expectOk, type Result } from '@hanpyo/protocol/result.ts'
import type { Session } from '@hanpyo/provisioning/frame/command.ts'
import type { DeskContext } from '@hanpyo/provisioning/identity/revoke-at-desk.ts'
import { checkAccess } from '@hanpyo/provisioning/radio/chirpstack/access.ts'
import { type ChirpStack, openChirpStack } from '@hanpyo/provisioning/radio/chirpstack/connection.ts'
import { readFacts, setDisabled } from '@hanpyo/provisioning/radio/chirpstack/devices.ts'
import {
  type HomeIds,
  type Plan,
  planApplication,
  planDevice,
  planGateway,
  planKey,
  planProfile,
  planTenant,
} from '@hanpyo/provisioning/radio/chirpstack/register.ts'
import { revocationAtChirpStack } from '@hanpyo/provisioning/radio/chirpstack/revocation.ts'
import { DEFAULT_HOME, type Home, type KioskDevice } from '@hanpyo/provisioning/radio/chirpstack/wanted.ts'
import { afterEach, expect, test } from 'vitest'

const DEVICE: KioskDevice = {
  kiosk: 7,
  centre: 'banpo',
  devEui: 'f0f0f0f0ff000007',
  joinEui: '24e124c0002a0001',
  description: 'Banpo community centre',
}
const APP_KEY = '00112233445566778899aabbccddeeff'
const GATEWAY = { id: 'f0f0f0f0f1500002', name: 'roof' }
const HOME: Home = { ...DEFAULT_HOME, gateways: [GATEWAY] }

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close()
})

async function office(): Promise<Office> {
  const made = await openOffice()
  closers.push(() => made.close())
  return made
}

function connect(address: string, token: string, deadlineMs = 5_000): ChirpStack {
  const [host = '', port] = address.split(':')
  const server = openChirpStack({
    address: { host, port: Number(port), isTls: false },
    token,
    clock: createRealClock({ speed: 100 }),
    deadlineMs,
  })
  closers.push(() => server.close())
  return server
}

type Planner = (server: ChirpStack, ids: HomeIds) => Promise<Result<Plan, string>>

/** Everything that belongs to one kiosk, in the order of its making. */
const PLANNERS: readonly Planner[] = [
  (server, ids) => planTenant(server, HOME, ids),
  (server, ids) => planApplication(server, HOME, ids),
  (server, ids) => planProfile(server, HOME, ids),
  (server, ids) => planGateway(server, GATEWAY, ids),
  (server, ids) => planDevice(server, DEVICE, ids),
  (server, ids) => planKey(server, DEVICE.devEui, APP_KEY, { isNewDevice: ids.applicationId === undefined }),
]

async function register(server: ChirpStack, isDry = false): Promise<{ changes: string[]; ids: HomeIds }> {
  const ids: HomeIds = { tenantId: undefined, applicationId: undefined, deviceProfileId: undefined }
  const changes: string[] = []
  for (const make of PLANNERS) {
    const plan = expectOk(await make(server, ids))
    changes.push(...plan.changes.map(({ what, from, to }) => `${what}: ${from} → ${to}`))
    if (!isDry && plan.changes.length > 0) expectOk(await plan.apply())
  }
  return { changes, ids }
}

test('a first run makes everything, a second one finds nothing to do', async () => {
  const { address, adminToken } = await office()
  const server = connect(address, adminToken)
  expectOk(await checkAccess(server, { tenantId: undefined, kind: 'key' }))
  const first = await register(server)
  expect(first.changes).toContain('device profile hanpyo-kiosk-kr920: rx1Delay: null → 5')
  expect(first.changes).toContain('device f0f0f0f0ff000007: tags: null → kiosk=7, centre=banpo')
  expect(first.changes).toContain(
    'device f0f0f0f0ff000007: AppKey: null → the key of this device (not shown)',
  )
  const second = await register(server)
  expect(second.changes).toEqual([])
  expect(second.ids).toEqual(first.ids)
})

test('a dry run names every field and makes nothing', async () => {
  const { address, adminToken } = await office()
  const server = connect(address, adminToken)
  const dry = await register(server, true)
  expect(dry.changes.join('\n')).not.toContain(APP_KEY)
  const real = await register(server)
  // Only the ids that the server gives are not known beforehand.
  const plain = (changes: string[]) =>
    changes.map((one) => one.replace(/(\(new\)|[0-9a-f]{8}-[0-9a-f-]{27})$/, 'id'))
  expect(plain(dry.changes)).toEqual(plain(real.changes))
})

test('a field somebody changed is put right, and nothing else is touched', async () => {
  const { address, adminToken, as } = await office()
  const server = connect(address, adminToken)
  await register(server)
  const admin = as(adminToken)
  const device = (await admin('Device/Get', getDevice(DEVICE.devEui))).response.getDevice()
  device.setDescription('moved by hand')
  device.getTagsMap().set('owner', 'district')
  const request = new devicePb.UpdateDeviceRequest()
  request.setDevice(device)
  await admin('Device/Update', request.serializeBinary())
  const { changes } = await register(server)
  expect(changes).toEqual(['device f0f0f0f0ff000007: description: moved by hand → Banpo community centre'])
  const after = (await admin('Device/Get', getDevice(DEVICE.devEui))).response.getDevice()
  expect(after.getTagsMap().get('owner')).toBe('district')
})

test('a DevEUI in another application is refused with the name of that application', async () => {
  const { address, adminToken, as } = await office()
  const server = connect(address, adminToken)
  const { ids } = await register(server)
  const admin = as(adminToken)
  const other = await admin(
    'Application/Create',
    createApplication({ name: 'water meters', tenantId: ids.tenantId }),
  )
  const applicationId = other.response.getId()
  const devEui = 'f0f0f0f0ff000008'
  const fields = { devEui, name: 'meter-8', applicationId, deviceProfileId: ids.deviceProfileId }
  expect(await admin('Device/Create', createDevice(fields))).toMatchObject({ code: 'OK' })
  expect(await planDevice(server, { ...DEVICE, devEui }, ids)).toEqual({
    ok: false,
    error: 'deveui-elsewhere',
    detail: `meter-8 in application water meters (${applicationId})`,
  })
})

test("a DevEUI in another tenant is found out although a tenant's key is not shown it", async () => {
  const all = await office()
  const { adminToken, address } = all
  const admin = connect(address, adminToken)
  await register(admin)
  const { tenantToken, tenantId, applicationId, deviceProfileId } = await setUp(all)
  const server = connect(address, tenantToken)
  const plan = expectOk(await planDevice(server, DEVICE, { tenantId, applicationId, deviceProfileId }))
  expect(await plan.apply()).toMatchObject({
    error: 'deveui-elsewhere',
    detail: expect.stringContaining('another tenant'),
  })
})

test("a tenant's key needs to be told the tenant, and suffices then", async () => {
  const all = await office()
  const { tenantToken, tenantId } = await setUp(all)
  const server = connect(all.address, tenantToken)
  expect(await checkAccess(server, { tenantId: undefined, kind: 'key' })).toMatchObject({
    error: 'chirpstack-tenant-needed',
  })
  expect(await checkAccess(server, { tenantId, kind: 'key' })).toMatchObject({ ok: true })
})

test('a read-only token is found out without anything being changed', async () => {
  const all = await office()
  const { tenantId, user } = await setUp(all)
  const key = await user('Internal/CreateApiKey', createApiKey({ name: 'x', tenantId, isReadOnly: true }))
  const server = connect(all.address, key.response.getToken())
  expect(await checkAccess(server, { tenantId, kind: 'key' })).toMatchObject({
    error: 'chirpstack-read-only',
  })
})

test('a user is told version and regions, and they are checked', async () => {
  const all = await office()
  const { userToken } = await setUp(all)
  const server = connect(all.address, userToken)
  expect(await checkAccess(server, { tenantId: undefined, kind: 'user' })).toEqual({
    ok: true,
    value: { version: '4.19.0' },
  })
})

test('a token of another server, an expired one and none are told apart', async () => {
  const all = await office()
  const { userToken } = await setUp(all)
  const ask = (token: string) =>
    checkAccess(connect(all.address, token), { tenantId: undefined, kind: 'key' })
  expect(await ask(`${all.adminToken.slice(0, -3)}AAA`)).toMatchObject({ error: 'chirpstack-token-refused' })
  expect(await ask('abc')).toMatchObject({ error: 'chirpstack-token-refused' })
  await all.world.clock.advance(25 * 3_600_000)
  expect(await ask(userToken)).toMatchObject({ error: 'chirpstack-token-expired' })
})

test('a device that was disabled is not let in again by the way', async () => {
  const { address, adminToken } = await office()
  const server = connect(address, adminToken)
  const { ids } = await register(server)
  expect(await setDisabled(server, DEVICE.devEui, true)).toEqual({ ok: true, value: { changed: true } })
  expect(await setDisabled(server, DEVICE.devEui, true)).toEqual({ ok: true, value: { changed: false } })
  expect(await readFacts(server, DEVICE.devEui, ids.applicationId)).toMatchObject({
    value: { isDisabled: true },
  })
  expect(await planDevice(server, DEVICE, ids)).toMatchObject({ error: 'chirpstack-device-disabled' })
  const enabling = expectOk(await planDevice(server, DEVICE, ids, { enable: true }))
  expect(enabling.changes.map(({ what }) => what)).toEqual(['device f0f0f0f0ff000007: isDisabled'])
  expectOk(await enabling.apply())
  expect(expectOk(await planDevice(server, DEVICE, ids)).changes).toEqual([])
})

test('another key at the server is replaced only when asked to', async () => {
  const { address, adminToken } = await office()
  const server = connect(address, adminToken)
  await register(server)
  const key = 'ff'.repeat(16)
  expect(await planKey(server, DEVICE.devEui, key, { isNewDevice: false })).toMatchObject({
    error: 'chirpstack-key-differs',
  })
  const plan = expectOk(await planKey(server, DEVICE.devEui, key, { isNewDevice: false, replaceKeys: true }))
  expectOk(await plan.apply())
  expect(expectOk(await planKey(server, DEVICE.devEui, key, { isNewDevice: false })).changes).toEqual([])
})

test('nobody at the address is "unreachable", and silence ends at the deadline', async () => {
  const sockets: Socket[] = []
  const silent = createServer((socket) => void sockets.push(socket))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as { port: number }
  const mute = connect(`127.0.0.1:${port}`, 'a.b.c', 200)
  const options = { tenantId: undefined, kind: 'key' } as const
  expect(await checkAccess(mute, options)).toMatchObject({ error: 'chirpstack-slow' })
  for (const socket of sockets) socket.destroy()
  await new Promise((resolve) => silent.close(resolve))
  const nobody = connect(`127.0.0.1:${port}`, 'a.b.c')
  expect(await checkAccess(nobody, options)).toMatchObject({ error: 'chirpstack-unreachable' })
})

test('every call exists in the service definitions of the API package, with our request and nothing lost on the wire', async () => {
  const { address, adminToken } = await office()
  const server = connect(address, adminToken)
  const methods = new Map(
    Object.values(DEFINITIONS).flatMap((definition) =>
      Object.values(definition).map((method) => [method.path, method] as const),
    ),
  )
  const seen = new Set<string>()
  const watched: ChirpStack = {
    ...server,
    call(method, request) {
      const known = methods.get(method.path)
      expect(known, method.path).toBe(method)
      const bytes = method.requestSerialize(request)
      const arrived = known!.requestDeserialize(bytes) as { toObject(): object }
      expect(arrived.constructor).toBe((request as object).constructor)
      expect(arrived.toObject()).toEqual((request as { toObject(): object }).toObject())
      seen.add(method.path)
      return server.call(method, request)
    },
  }
  const access = await checkAccess(watched, { tenantId: undefined, kind: 'key' })
  expectOk(access)
  const { ids } = await register(watched)
  expectOk(await readFacts(watched, DEVICE.devEui, ids.applicationId))
  expectOk(await setDisabled(watched, DEVICE.devEui, true))
  expect([...seen].sort()).toEqual([
    '/api.ApplicationService/Create',
    '/api.ApplicationService/List',
    '/api.DeviceProfileService/Create',
    '/api.DeviceProfileService/List',
    '/api.DeviceService/Create',
    '/api.DeviceService/CreateKeys',
    '/api.DeviceService/Get',
    '/api.DeviceService/GetActivation',
    '/api.DeviceService/GetKeys',
    '/api.DeviceService/Update',
    '/api.GatewayService/Create',
    '/api.GatewayService/Get',
    '/api.TenantService/Create',
    '/api.TenantService/List',
  ])
})

test('a revocation disables the modem of the enrolment at once, and finds it disabled the next time', async () => {
  const { address, adminToken } = await office()
  await register(connect(address, adminToken))
  const env = { HANPYO_CHIRPSTACK_URL: `http://${address}`, HANPYO_CHIRPSTACK_TOKEN: adminToken }
  const session = {
    flag: () => undefined,
    path: () => undefined,
    io: { env },
    ports: { clock: createRealClock() },
  }
  const note = `{"action":"enrol","devEui":"${DEVICE.devEui}","kiosk":7}\n\n— x ${btoa('12345678')}\n`
  const ctx = {
    desk: { folder: { enrolment: (kiosk: number) => String(kiosk) } },
    files: { read: async (path: string) => (path === '7' ? utf8(note) : null) },
  } as unknown as DeskContext
  const steps = revocationAtChirpStack(session as unknown as Session, [7, 8])
  const inspected = await Promise.all(steps.map((step) => step.inspect(ctx)))
  const what = `device ${DEVICE.devEui}: isDisabled`
  // Kiosk 8 has no modem.
  expect(inspected.map(expectOk)).toEqual([{ changes: [{ what, from: 'false', to: 'true' }] }, 'done'])
  expectOk(await steps[0]!.apply(ctx))
  expect(expectOk(await steps[0]!.inspect(ctx))).toBe('done')
  expect(revocationAtChirpStack({ ...session, io: { env: {} } } as unknown as Session, [7])).toEqual([])
})
