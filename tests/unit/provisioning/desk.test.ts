import { X509Certificate } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSmallElection, type SmallElection } from '@hanpyo/authority/testing/small-election.ts'
import { isUsageError } from '@hanpyo/platform/command.ts'
import { serveFetch } from '@hanpyo/platform/http-server.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { createCertificateRequest, describeCertificate } from '@hanpyo/platform/x509.ts'
import { decodeUtf8, fromBase64, toBase64, utf8 } from '@hanpyo/protocol/bytes.ts'
import {
  drawDeviceKeys,
  type EnrolmentRequest,
  parseEnrolmentRequest,
} from '@hanpyo/protocol/election/enrolment.ts'
import { provePossession } from '@hanpyo/protocol/election/key-possession.ts'
import { encodeLeaf } from '@hanpyo/protocol/election/records.ts'
import { ElectionState } from '@hanpyo/protocol/election/state.ts'
import { batchLeaf } from '@hanpyo/protocol/log/batch.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { commands } from '@hanpyo/provisioning/identity/commands.ts'
import { type Desk, openDesk, readDeskKey, readDeviceCa } from '@hanpyo/provisioning/identity/desk.ts'
import {
  type DeskKey,
  type DeviceRecord,
  enrolDevice,
  revokeDevice,
} from '@hanpyo/provisioning/identity/device-authority.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

let small: SmallElection
let desk: Desk
let key: DeskKey
let bridge: Awaited<ReturnType<typeof serveFetch>>
const posted: Uint8Array[] = []

beforeAll(async () => {
  small = await createSmallElection()
  desk = expectOk(await openDesk(small.folder, small.backend.ed25519))
  key = expectOk(await readDeskKey(desk, {}))
  bridge = await serveFetch(
    async (request) => {
      posted.push(new Uint8Array(await request.arrayBuffer()))
      return Response.json({ ok: true, size: 5, position: 3 })
    },
    { host: '127.0.0.1', port: 0 },
  )
})
beforeEach(() => {
  posted.length = 0
})
afterAll(async () => {
  await bridge.close()
  await small.remove()
})

async function run(line: string) {
  const words = line.split(' ')
  const command = commands.find(({ name }) => `${line} `.startsWith(`${name} `))
  if (command === undefined) throw new Error(`no command: ${line}`)
  const out: string[] = []
  const err: string[] = []
  const io = {
    stdout: (text: string) => void out.push(text),
    stderr: (text: string) => void err.push(text),
    env: {},
    cwd: small.folder,
  }
  const code = await command.run(words.slice(command.name.split(' ').length), io)
  return { code, out: out.join('\n'), err: err.join('\n') }
}

function openState(): ElectionState {
  const { backend, election } = small
  const credentialList = election.blobs.get(election.manifest.credentials.blob) as Uint8Array
  const supportList = election.blobs.get(election.manifest.supportKeys.blob) as Uint8Array
  const manifestNote = decodeUtf8(utf8(election.manifestNote))
  const state = expectOk(ElectionState.open({ backend, manifestNote, credentialList, supportList }))
  const first = { count: 1, first: 0, number: 1, prev: new Uint8Array(32), refusedMore: {} }
  expect(state.apply(batchLeaf(first))).toEqual([])
  return state
}

/** The rules a record breaks as the next leaf of a ledger. */
const broken = (state: ElectionState, record: DeviceRecord): string[] =>
  state.apply(encodeLeaf(record.type, utf8(record.note))).map(({ rule }) => rule)

/** A request of a device drawn here; `more` is put in before it is signed. */
function request(kiosk: number, more: Partial<EnrolmentRequest> = {}): EnrolmentRequest {
  const crypto = { random: nodeRandom, ed25519: small.backend.ed25519 }
  const { ed25519, file, x25519 } = drawDeviceKeys(kiosk, crypto)
  const claim = { kiosk, ed25519, x25519, ...more }
  const secrets = { ed25519Seed: fromBase64(file.ed25519Seed), x25519Secret: fromBase64(file.x25519Secret) }
  return { ...claim, proof: provePossession(claim, secrets, crypto) }
}

const enrol = async (kiosk: number, of: EnrolmentRequest) =>
  enrolDevice({
    election: desk.election,
    key,
    ca: expectOk(await readDeviceCa(desk, {})),
    kiosk,
    request: of,
    at: 1_790_000_000,
  })

describe('a kiosk', () => {
  test('gets a certificate with its id as common name, for the key in its own request', async () => {
    const { request: certificateRequest } = await createCertificateRequest({ cn: '2' })
    const { certificate } = expectOk(await enrol(2, request(2, { certificateRequest })))
    expect(describeCertificate(certificate.cert).cn).toBe('2')
    expect(certificate.key).toBeUndefined()
  })

  test('without a request gets a key too', async () => {
    const { certificate } = expectOk(await enrol(2, request(2)))
    expect(certificate.key).toContain('PRIVATE KEY')
  })

  test('is revoked by a record that names the same keys, and its slot is free again', async () => {
    const state = openState()
    const first = expectOk(await enrol(3, request(3))).record
    expect(broken(state, first)).toEqual([])
    expect(broken(state, expectOk(await enrol(3, request(3))).record)).toContain('device.occupied')
    expect(broken(state, expectOk(revokeDevice(desk.election, key, first.note, 2)))).toEqual([])
    expect(broken(state, expectOk(await enrol(3, request(3))).record)).toEqual([])
  })

  test.each<[string, number, () => Promise<EnrolmentRequest> | EnrolmentRequest, string]>([
    ['of a slot that does not exist', 9, () => request(9), 'kiosk-unknown'],
    ['with a request for another kiosk', 1, () => request(2), 'request-kiosk'],
    ['with the identity as its key', 1, () => request(1, { ed25519: toBase64(unit()) }), 'request-key-weak'],
    ['with a low-order X25519 key', 1, () => request(1, { x25519: toBase64(unit()) }), 'request-key-weak'],
    ['with a certificate request for another name', 1, nameless, 'request-certificate'],
    [
      'with something that is no certificate request',
      1,
      () => request(1, { certificateRequest: 'x' }),
      'request-certificate',
    ],
    ['that proves nothing', 1, () => without(request(1), 'proof'), 'request-unproven'],
    ['that names another’s Ed25519 key', 1, () => borrowing('ed25519'), 'request-unproven'],
    ['that names another’s X25519 key', 1, () => borrowing('x25519'), 'request-unproven'],
    [
      'that carries another’s certificate request',
      1,
      () => borrowing('certificateRequest'),
      'request-unproven',
    ],
  ])('%s is turned away', async (_, kiosk, make, error) => {
    expect(await enrol(kiosk, await make())).toMatchObject({ ok: false, error })
  })

  test('request is read strictly', () => {
    expect(parseEnrolmentRequest(JSON.stringify(request(1))).ok).toBe(true)
    for (const text of ['', '{', '{}', JSON.stringify({ ...request(1), more: 1 })]) {
      expect(parseEnrolmentRequest(text)).toMatchObject({ error: 'request-unreadable' })
    }
  })
})

test('a kiosk is enrolled and revoked', async () => {
  const requestFile = join(small.folder, 'request.json')
  const made = request(2)
  const { ed25519 } = made
  await writeFile(requestFile, JSON.stringify(made))
  const out = join(small.folder, 'kiosk-2')
  const enrolled = await run(
    `device enrol --kiosk 2 --request ${requestFile} --out ${out} --bridge ${bridge.url}`,
  )
  expect(enrolled.out).toContain('logged as leaf 3')
  for (const name of ['kiosk-2.crt.pem', 'kiosk-2.key.pem', 'ca.crt.pem', 'kiosk-2.enrol.note']) {
    expect((await readFile(join(out, name), 'utf8')).length).toBeGreaterThan(100)
  }
  expect((await run(`device revoke --yes --kiosk 2 --bridge ${bridge.url}`)).code).toBe(0)
  const [enrol, revoke] = posted.map((record) => decodeUtf8(record.subarray(1)))
  expect(enrol).toContain('"action":"enrol"')
  expect(revoke).toContain('"action":"revoke"')
  expect(revoke).toContain(ed25519)
  const unknown = await run(`device revoke --yes --kiosk 3 --bridge ${bridge.url}`)
  expect(unknown.err).toContain('enrolment-missing')
})

test('the bridge and ChirpStack get certificates in their own names, nobody else does', async () => {
  const out = join(small.folder, 'chirpstack')
  expect((await run(`device service --name chirpstack --out ${out}`)).code).toBe(0)
  const certificate = new X509Certificate(await readFile(join(out, 'client.pem')))
  expect(certificate.subject).toBe('CN=chirpstack')
  expect(certificate.verify(new X509Certificate(await readFile(join(out, 'ca.pem'))).publicKey)).toBe(true)
  expect((await stat(join(out, 'client-key.pem'))).mode & 0o777).toBe(0o600)
  await expect(run(`device service --name 7 --out ${out}`)).rejects.toSatisfy(isUsageError)
})

test('the broker gets a certificate of the same CA', async () => {
  const out = join(small.folder, 'broker')
  expect((await run(`device broker --names localhost,127.0.0.1 --out ${out}`)).code).toBe(0)
  expect(await readFile(join(out, 'broker.crt.pem'), 'utf8')).toContain('BEGIN CERTIFICATE')
})

function unit(): Uint8Array {
  return Uint8Array.of(1, ...new Uint8Array(31))
}

async function nameless(): Promise<EnrolmentRequest> {
  const { request: certificateRequest } = await createCertificateRequest({ cn: '7' })
  return request(1, { certificateRequest })
}

/** A request with a part of another device's, its proof kept: what somebody without that device's secrets can make. */
async function borrowing(part: 'certificateRequest' | 'ed25519' | 'x25519'): Promise<EnrolmentRequest> {
  const made = async () =>
    request(1, { certificateRequest: (await createCertificateRequest({ cn: '1' })).request })
  const other = await made()
  return { ...(await made()), [part]: other[part] }
}

function without(of: EnrolmentRequest, part: 'proof'): EnrolmentRequest {
  const { [part]: _, ...rest } = of
  return rest
}
