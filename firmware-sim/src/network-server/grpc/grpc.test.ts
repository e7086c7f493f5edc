import devicePb from '@chirpstack/chirpstack-api/api/device_pb.js'
import gatewayPb from '@chirpstack/chirpstack-api/api/gateway_pb.js'
import internalPb from '@chirpstack/chirpstack-api/api/internal_pb.js'
import { fromHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  bytes,
  createDevice,
  createGateway,
  createKeys,
  enqueueItem,
  getDevice,
  openOffice,
  setUp,
  updateDevice,
} from '../../testing/grpc-office.ts'
import { createWorld, GATEWAY_ID, testIdentity } from '../../testing/world.ts'
import { volatileRegistryStore } from './registry.ts'

const UPLINK = { fPort: 1, payload: utf8('vote'), isConfirmed: false }

test('a device registered over gRPC joins and speaks as its application, until it is disabled or deleted', async () => {
  const office = await openOffice()
  const { tenant, admin, applicationId, deviceProfileId } = await setUp(office)
  const { world } = office
  const { devEui, appKey } = testIdentity(1)
  const kiosk = await world.device(1)
  const registered = { devEui, name: 'kiosk-1', applicationId, deviceProfileId }
  expect((await tenant('Device/Create', createDevice(registered))).code).toBe('OK')
  expect(await world.finish(kiosk.join())).toMatchObject({ ok: false })

  await tenant('Device/CreateKeys', createKeys({ devEui, nwkKey: appKey }))
  expect(await world.finish(kiosk.join())).toMatchObject({ ok: true })
  expect(world.broker.messages.at(-1)!.topic).toBe(`application/${applicationId}/device/${devEui}/event/join`)
  expect(world.broker.json('/event/join')).toMatchObject([
    { deviceInfo: { applicationId, applicationName: 'votes', deviceProfileId, deviceName: 'kiosk-1' } },
  ])
  const activation = await tenant(
    'Device/GetActivation',
    bytes(new devicePb.GetDeviceActivationRequest(), { devEui }),
  )
  expect(activation.response.getDeviceActivation().getDevAddr()).toMatch(/^[0-9a-f]{8}$/)

  await tenant('Device/Enqueue', enqueueItem({ devEui, fPort: 7, data: utf8('hi') }))
  const { downlinks } = expectOk(await world.finish(kiosk.send(UPLINK)))
  expect(downlinks).toMatchObject([{ fPort: 7, payload: utf8('hi') }])
  expect((await tenant('Device/Get', getDevice(devEui))).response.getLastSeenAt()).toBeDefined()

  await tenant('Device/Update', updateDevice({ ...registered, isDisabled: true }))
  const before = world.broker.json('/event/up').length
  await world.finish(kiosk.send(UPLINK))
  expect(world.broker.json('/event/up')).toHaveLength(before)
  expect(await world.finish(kiosk.join())).toMatchObject({ ok: false })

  await tenant('Device/Update', updateDevice({ ...registered, isDisabled: false }))
  expect(await world.finish(kiosk.join())).toMatchObject({ ok: true })
  await admin('Device/Delete', bytes(new devicePb.DeleteDeviceRequest(), { devEui }))
  expect(await world.finish(kiosk.join())).toMatchObject({ ok: false })
  office.close()
})

test('what was registered, keys and tokens are there after a restart', async () => {
  const store = volatileRegistryStore()
  const before = await openOffice(store)
  const { tenant, tenantToken, applicationId, deviceProfileId } = await setUp(before)
  const { devEui, appKey } = testIdentity(1)
  await tenant('Device/Create', createDevice({ devEui, name: 'kiosk-1', applicationId, deviceProfileId }))
  await tenant('Device/CreateKeys', createKeys({ devEui, nwkKey: appKey }))
  before.close()

  const after = await openOffice(store)
  const call = after.as(tenantToken)
  expect((await call('Device/Get', getDevice(devEui))).response.getDevice().getName()).toBe('kiosk-1')
  expect(await after.world.finish((await after.world.device(1)).join())).toMatchObject({ ok: true })
  after.close()
})

test('a deleted key, a login of yesterday and a token of another server open nothing', async () => {
  const [office, other] = [await openOffice(), await openOffice()]
  const { user, readOnly, readOnlyKeyId, userToken, tenantId } = await setUp(office)
  const listGateways = bytes(new gatewayPb.ListGatewaysRequest(), { tenantId, limit: 1 })
  expect((await readOnly('Gateway/List', listGateways)).code).toBe('OK')
  expect((await other.as(userToken)('Internal/Profile')).details).toBe('InvalidSignature')
  await user('Internal/DeleteApiKey', bytes(new internalPb.DeleteApiKeyRequest(), { id: readOnlyKeyId }))
  expect((await readOnly('Gateway/List', listGateways)).code).toBe('UNAUTHENTICATED')

  expect((await user('Internal/Profile')).code).toBe('OK')
  await office.world.clock.advance(25 * 3600 * 1000)
  expect((await user('Internal/Profile')).details).toBe('ExpiredSignature')
  office.close()
  other.close()
})

test('a gateway is listened to from the moment it is registered, and shows as online once it reports', async () => {
  const known = new Set<string>()
  const seen: string[] = []
  const world = await createWorld({
    gateways: { isKnown: (id) => known.has(id), seen: (id) => void seen.push(id) },
  })
  const kiosk = await world.device(1)
  expect(await world.finish(kiosk.join())).toMatchObject({ ok: false })
  known.add(GATEWAY_ID)
  expect(await world.finish(kiosk.join())).toMatchObject({ ok: true })
  await world.clock.advance(31_000)
  expect(new Set(seen)).toEqual(new Set([GATEWAY_ID]))

  const office = await openOffice()
  const { tenant, tenantId } = await setUp(office)
  const gateway = {
    gatewayId: '0016c001f1500007',
    name: 'roof',
    tenantId,
    downlinkPriority: 10,
    statsInterval: 30,
  }
  await tenant('Gateway/Create', createGateway(gateway))
  const state = async () => {
    const list = await tenant(
      'Gateway/List',
      bytes(new gatewayPb.ListGatewaysRequest(), { tenantId, limit: 5 }),
    )
    return list.response.getResultList()[0].getState()
  }
  expect(await state()).toBe(gatewayPb.GatewayState.NEVER_SEEN)
  office.heardGateway(gateway.gatewayId)
  expect(await state()).toBe(gatewayPb.GatewayState.ONLINE)
  await office.world.clock.advance(61_000)
  expect(await state()).toBe(gatewayPb.GatewayState.OFFLINE)
  office.close()
})

test('a queue is listed and flushed', async () => {
  const office = await openOffice()
  const { tenant, applicationId, deviceProfileId } = await setUp(office)
  const { devEui } = testIdentity(1)
  await tenant('Device/Create', createDevice({ devEui, name: 'kiosk-1', applicationId, deviceProfileId }))
  await tenant('Device/Enqueue', enqueueItem({ devEui, fPort: 1, data: utf8('a') }))
  await tenant('Device/Enqueue', enqueueItem({ devEui, fPort: 2, confirmed: true }))
  const items = bytes(new devicePb.GetDeviceQueueItemsRequest(), { devEui })
  const listed = (await tenant('Device/GetQueue', items)).response.toObject().resultList
  expect(listed).toMatchObject([
    { fPort: 1, data: btoa('a'), isPending: false },
    { fPort: 2, confirmed: true },
  ])
  await tenant('Device/FlushQueue', bytes(new devicePb.FlushDeviceQueueRequest(), { devEui }))
  expect((await tenant('Device/GetQueue', items)).response.getTotalCount()).toBe(0)
  office.close()
})

test('a request that claims more bytes than it has is refused at once, and nonsense never stops the server', async () => {
  const office = await openOffice()
  const call = office.as(office.adminToken)
  // device { tags entry of 2 GiB }
  const bottomless = fromHex('0a08' + '4a' + 'ffffffff07' + '0000')
  expect((await call('Device/Create', bottomless)).code).toBe('INTERNAL')
  const methods = fc.constantFrom('Device/Create', 'Gateway/Create', 'Device/Enqueue', 'DeviceProfile/Create')
  await fc.assert(
    fc.asyncProperty(methods, fc.uint8Array({ maxLength: 60 }), async (method, request) => {
      expect((await call(method, request)).code).not.toBe('UNKNOWN')
    }),
    { numRuns: 60 },
  )
  office.close()
})
