import applicationPb from '@chirpstack/chirpstack-api/api/application_pb.js'
import devicePb from '@chirpstack/chirpstack-api/api/device_pb.js'
import internalPb from '@chirpstack/chirpstack-api/api/internal_pb.js'
import tenantPb from '@chirpstack/chirpstack-api/api/tenant_pb.js'
import { expect, test } from 'vitest'
import { type Answer, connectGrpc, DEFINITIONS, type RawCall } from '../../testing/grpc-client.ts'
import {
  bytes,
  createApiKey,
  createApplication,
  createDevice,
  createGateway,
  createKeys,
  createProfile,
  createTenant,
  filled,
  type GrpcServer,
  getDevice,
  openOffice,
  setUp,
  updateDevice,
} from '../../testing/grpc-office.ts'

const NOBODY = '00000000-0000-0000-0000-000000000001'
const outcome = ({ code, details }: Answer) => (details === '' ? code : `${code} ${details}`)

const USED_BY_PROVISIONING = [
  ...['Create', 'Get', 'Update', 'Delete', 'List'].flatMap((method) =>
    ['Tenant', 'Application', 'DeviceProfile', 'Device', 'Gateway'].map((service) => `${service}/${method}`),
  ),
  ...['CreateKeys', 'GetKeys', 'UpdateKeys', 'DeleteKeys', 'FlushDevNonces'].map((name) => `Device/${name}`),
  ...['Activate', 'Deactivate', 'GetActivation', 'GetRandomDevAddr'].map((name) => `Device/${name}`),
  ...['Enqueue', 'FlushQueue', 'GetQueue', 'GetNextFCntDown'].map((name) => `Device/${name}`),
  ...['Login', 'Profile', 'CreateApiKey', 'DeleteApiKey', 'ListApiKeys'].map((name) => `Internal/${name}`),
  ...['ListRegions', 'GetRegion', 'GetVersion'].map((name) => `Internal/${name}`),
  'DeviceProfile/ListAdrAlgorithms',
]

test('every method of the API package answers: those that provisioning uses do their work, the others say plainly that they do not', async () => {
  const office = await openOffice()
  const call = office.as(office.adminToken)
  const missing: string[] = []
  for (const [service, definition] of Object.entries(DEFINITIONS)) {
    for (const name of Object.keys(definition)) {
      const method = `${service}/${name[0]!.toUpperCase()}${name.slice(1)}`
      const answer = await call(method)
      if (answer.code !== 'UNIMPLEMENTED') continue
      missing.push(method)
      expect(answer.details).toBe(
        `${definition[name]!.path} is not part of the stand-in network server; ChirpStack itself has it`,
      )
    }
  }
  expect(missing).not.toEqual([])
  expect(missing.filter((method) => USED_BY_PROVISIONING.includes(method))).toEqual([])
  office.close()
})

/** Asks what can go wrong in provisioning; each answer is what ChirpStack 4.19.0 with SQLite gives. */
async function expectRefusals(office: GrpcServer): Promise<void> {
  const { admin, tenant, readOnly, user, tenantId, applicationId, deviceProfileId } = await setUp(office)
  const [anonymous, garbled] = [office.as(), office.as('abc')]
  const forged = office.as(`${office.adminToken.slice(0, -3)}AAA`)
  const devEui = 'f0f0f0f0ff000007'
  const device = { devEui, name: 'kiosk-7', applicationId, deviceProfileId, joinEui: '24e124c0002a0001' }
  const gateway = { gatewayId: 'f0f0f0f0f1500002', name: 'roof', tenantId, downlinkPriority: 10 }
  const key = { devEui, nwkKey: '00112233445566778899aabbccddeeff' }
  const tenants = bytes(new tenantPb.ListTenantsRequest(), { limit: 10 })
  const enqueue = (fPort: number) =>
    bytes(new devicePb.EnqueueDeviceQueueItemRequest(), {
      queueItem: filled(new devicePb.DeviceQueueItem(), { devEui, fPort }),
    })
  const outsider: string = (
    await admin('Tenant/Create', createTenant({ name: 'without gateways' }))
  ).response.getId()

  const steps: [call: RawCall, method: string, request: Uint8Array | undefined, expected: string][] = [
    [anonymous, 'Tenant/List', tenants, 'UNAUTHENTICATED no authorization provided'],
    [garbled, 'Tenant/List', tenants, 'UNAUTHENTICATED InvalidToken'],
    [forged, 'Tenant/List', tenants, 'UNAUTHENTICATED InvalidSignature'],
    [admin, 'Tenant/List', tenants, 'OK'],
    [admin, 'Internal/GetVersion', undefined, 'UNAUTHENTICATED'],
    [admin, 'Internal/ListRegions', undefined, 'UNAUTHENTICATED'],
    [admin, 'Internal/CreateApiKey', createApiKey({ name: 'x', tenantId }), 'UNAUTHENTICATED'],
    [user, 'Internal/GetVersion', undefined, 'OK'],
    [
      user,
      'Internal/CreateApiKey',
      createApiKey({ name: 'x' }),
      'INVALID_ARGUMENT either is_admin or tenant_id must be set',
    ],
    [
      user,
      'Internal/CreateApiKey',
      createApiKey({ name: 'x', tenantId, isAdmin: true }),
      'INVALID_ARGUMENT tenant_id can not be set with is_admin set to true',
    ],
    [admin, 'Tenant/Create', createTenant({}), 'INVALID_ARGUMENT Validation error: name is not set'],
    [admin, 'Tenant/Create', undefined, 'INVALID_ARGUMENT tenant is missing'],
    [
      admin,
      'Tenant/Get',
      bytes(new tenantPb.GetTenantRequest(), { id: 'xyz' }),
      'INVALID_ARGUMENT invalid character: found `x` at 0',
    ],
    [
      admin,
      'Tenant/Get',
      bytes(new tenantPb.GetTenantRequest(), { id: NOBODY }),
      `NOT_FOUND Object does not exist (id: ${NOBODY})`,
    ],
    [tenant, 'Tenant/Get', bytes(new tenantPb.GetTenantRequest(), { id: NOBODY }), 'UNAUTHENTICATED'],
    [tenant, 'Tenant/List', tenants, 'UNAUTHENTICATED'],
    [readOnly, 'Application/Create', createApplication({ name: 'x', tenantId }), 'UNAUTHENTICATED'],
    [
      admin,
      'Application/Create',
      createApplication({ name: 'x' }),
      'INVALID_ARGUMENT invalid length: found 0',
    ],
    [
      admin,
      'Application/Create',
      createApplication({ name: 'x', tenantId: NOBODY }),
      'INTERNAL FOREIGN KEY constraint failed',
    ],
    [
      tenant,
      'DeviceProfile/Create',
      createProfile({ tenantId, rx1Delay: 16 }),
      'INVALID_ARGUMENT Validation error: Validation error: RX1 Delay must be between 0 - 15',
    ],
    [
      tenant,
      'Gateway/Create',
      createGateway({ ...gateway, downlinkPriority: 0 }),
      'INVALID_ARGUMENT Validation error: downlink_priority must be > 0',
    ],
    [tenant, 'Gateway/Create', createGateway(gateway), 'OK'],
    [
      tenant,
      'Gateway/Create',
      createGateway(gateway),
      'INTERNAL UNIQUE constraint failed: gateway.gateway_id',
    ],
    [
      tenant,
      'Gateway/Create',
      createGateway({ ...gateway, gatewayId: 'zz' }),
      'INTERNAL Invalid string length',
    ],
    [
      tenant,
      'Gateway/Create',
      createGateway({ ...gateway, gatewayId: 'zz16c001f1500009' }),
      "INTERNAL Invalid character 'z' at position 0",
    ],
    [
      admin,
      'Gateway/Create',
      createGateway({ ...gateway, gatewayId: 'f0f0f0f0f1500009', tenantId: outsider }),
      'INVALID_ARGUMENT Not allowed (Tenant can not have gateways)',
    ],
    [tenant, 'Device/Get', getDevice(devEui), 'UNAUTHENTICATED'],
    [admin, 'Device/Get', getDevice(devEui), `NOT_FOUND Object does not exist (id: ${devEui})`],
    [admin, 'Device/CreateKeys', createKeys(key), 'INTERNAL FOREIGN KEY constraint failed'],
    [tenant, 'Device/Create', createDevice(device), 'OK'],
    [tenant, 'Device/Create', createDevice(device), 'INTERNAL UNIQUE constraint failed: device.dev_eui'],
    [
      admin,
      'Device/Create',
      createDevice({ ...device, devEui: '01', applicationId: NOBODY }),
      'INTERNAL Invalid string length',
    ],
    [admin, 'Device/Create', createDevice({ ...device, applicationId: NOBODY }), 'INTERNAL Record not found'],
    [
      tenant,
      'Device/Create',
      createDevice({ ...device, devEui: 'f0f0f0f0ff0000ac', deviceProfileId: NOBODY }),
      'INTERNAL FOREIGN KEY constraint failed',
    ],
    [
      tenant,
      'Device/GetKeys',
      bytes(new devicePb.GetDeviceKeysRequest(), { devEui }),
      `NOT_FOUND Object does not exist (id: ${devEui})`,
    ],
    [tenant, 'Device/CreateKeys', createKeys({ ...key, nwkKey: '0011' }), 'INTERNAL Invalid string length'],
    [readOnly, 'Device/CreateKeys', createKeys(key), 'UNAUTHENTICATED'],
    [tenant, 'Device/CreateKeys', createKeys(key), 'OK'],
    [tenant, 'Device/CreateKeys', createKeys(key), 'INTERNAL UNIQUE constraint failed: device_keys.dev_eui'],
    [
      tenant,
      'Device/Enqueue',
      enqueue(0),
      'INVALID_ARGUMENT Validation error: FPort must be between 1 - 255',
    ],
    [readOnly, 'Device/Enqueue', enqueue(1), 'UNAUTHENTICATED'],
    [readOnly, 'Device/Get', getDevice(devEui), 'OK'],
    [
      tenant,
      'Device/Update',
      updateDevice({ ...device, name: '' }),
      'INVALID_ARGUMENT Validation error: name is not set',
    ],
    [tenant, 'Device/Delete', bytes(new devicePb.DeleteDeviceRequest(), { devEui }), 'OK'],
    [tenant, 'Device/Delete', bytes(new devicePb.DeleteDeviceRequest(), { devEui }), 'UNAUTHENTICATED'],
    [
      admin,
      'Device/Delete',
      bytes(new devicePb.DeleteDeviceRequest(), { devEui }),
      `NOT_FOUND Object does not exist (id: ${devEui})`,
    ],
    [
      anonymous,
      'Internal/Login',
      bytes(new internalPb.LoginRequest(), { email: 'admin', password: 'no' }),
      'UNAUTHENTICATED Invalid username or password',
    ],
  ]
  for (const [call, method, request, expected] of steps) {
    expect([method, outcome(await call(method, request))]).toEqual([method, expected])
  }
  for (const id of [tenantId, outsider]) {
    const gone = await admin('Tenant/Delete', bytes(new tenantPb.DeleteTenantRequest(), { id }))
    expect(gone.code).toBe('OK')
  }
  const application = bytes(new applicationPb.GetApplicationRequest(), { id: applicationId })
  expect((await admin('Application/Get', application)).code).toBe('NOT_FOUND')
}

test('refusals have the codes and words of ChirpStack 4.19.0 with SQLite', async () => {
  const office = await openOffice()
  await expectRefusals(office)
  office.close()
})

// A real server instead: HANPYO_CHIRPSTACK=127.0.0.1:8080, HANPYO_CHIRPSTACK_TOKEN of create-api-key, and
// HANPYO_CHIRPSTACK_PASSWORD of the user admin. It leaves nothing behind when it passes.
const { HANPYO_CHIRPSTACK: address, HANPYO_CHIRPSTACK_TOKEN, HANPYO_CHIRPSTACK_PASSWORD } = process.env
if (address !== undefined) {
  test('the ChirpStack at HANPYO_CHIRPSTACK says the same', () =>
    expectRefusals({
      adminToken: HANPYO_CHIRPSTACK_TOKEN ?? '',
      adminPassword: HANPYO_CHIRPSTACK_PASSWORD ?? 'admin',
      as: (token) => connectGrpc(address, token).call,
    }))
}
