import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { openOffice } from '@hanpyo/firmware-sim/testing/grpc-office.ts'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { createCa, issueServerCertificate } from '@hanpyo/platform/x509.ts'
import type { Session } from '@hanpyo/provisioning/frame/command.ts'
import { nodePorts } from '@hanpyo/provisioning/frame/ports.ts'
import { checkAccess } from '@hanpyo/provisioning/radio/chirpstack/access.ts'
import { openChirpStack } from '@hanpyo/provisioning/radio/chirpstack/connection.ts'
import { openServer } from '@hanpyo/provisioning/radio/chirpstack/open-server.ts'
import { expect, onTestFinished, test } from 'vitest'

/** ChirpStack behind a proxy that ends TLS, as a district runs it. */
async function openTlsOffice(names: string[]) {
  const office = await openOffice()
  onTestFinished(() => office.close())
  const [host = '', port] = office.address.split(':')
  const ca = await createCa({ name: 'District' })
  const server = await issueServerCertificate({ ca, names })
  const heard: string[] = []
  const proxy = createServer({ ...server, ALPNProtocols: ['h2'] }, (socket) => {
    const behind = connect(Number(port), host)
    socket.on('data', (bytes) => heard.push(bytes.toString('latin1')))
    socket.pipe(behind).pipe(socket)
    for (const one of [socket, behind]) one.on('error', () => {})
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void proxy.close())
  return { office, ca, heard, port: (proxy.address() as AddressInfo).port }
}

function ask(port: number, token: string, ca?: string) {
  const server = openChirpStack({
    address: { host: '127.0.0.1', port, isTls: true },
    token,
    clock: createRealClock({ speed: 100 }),
    ...(ca === undefined ? {} : { ca }),
  })
  onTestFinished(() => server.close())
  return checkAccess(server, { tenantId: undefined, kind: 'key' })
}

test('ChirpStack is asked over TLS when its certificate is of the authority given, and gets no token otherwise', async () => {
  const { office, ca, heard, port } = await openTlsOffice(['127.0.0.1'])
  expect((await ask(port, office.adminToken, ca.cert)).ok).toBe(true)
  const before = heard.length
  expect(before).toBeGreaterThan(0)
  const stranger = await createCa({ name: 'Somebody else' })
  expect(await ask(port, office.adminToken, stranger.cert)).toMatchObject({ error: 'chirpstack-tls' })
  expect(await ask(port, office.adminToken)).toMatchObject({ error: 'chirpstack-tls' })
  const elsewhere = await openTlsOffice(['chirpstack.example.org'])
  expect(await ask(elsewhere.port, office.adminToken, elsewhere.ca.cert)).toMatchObject({
    error: 'chirpstack-tls',
  })
  expect([heard.length, elsewhere.heard]).toEqual([before, []])
})

test('an authority that cannot be read is named before anything is sent', async () => {
  const { office, heard, port } = await openTlsOffice(['127.0.0.1'])
  const dir = await mkdtemp(join(tmpdir(), 'hanpyo-tls-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  const [garbage, missing] = [join(dir, 'garbage.pem'), join(dir, 'missing.pem')]
  await writeFile(garbage, 'not a certificate')
  const session = {
    flag: () => undefined,
    path: () => undefined,
    io: { env: { HANPYO_CHIRPSTACK_TOKEN: office.adminToken } },
    ports: nodePorts(),
  } as unknown as Session
  const ids = { tenantId: '', applicationId: '', deviceProfileId: '' }
  for (const ca of [garbage, missing]) {
    const opened = await openServer(session, { url: `https://127.0.0.1:${port}`, ca, ...ids })
    expect(opened).toMatchObject({ error: 'chirpstack-tls', detail: expect.stringContaining(ca) })
  }
  expect(heard).toEqual([])
})
