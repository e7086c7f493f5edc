import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { seal } from '@hanpyo/platform/sealed-file.ts'
import { createCa, describeCertificate, signCertificateRequest } from '@hanpyo/platform/x509.ts'
import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import { nobleBackend } from '@hanpyo/protocol/group/backend.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'
import { createDeviceKeys, readDeviceKeys } from './device-keys.ts'

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'hanpyo-keys-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}

test('keys are made once, for their owner only, and the request carries only their public halves', async () => {
  const path = folder()
  const options = { kioskId: 7, folder: path, random: nodeRandom, ed25519: nobleBackend.ed25519 }
  const request = expectOk(await createDeviceKeys(options))
  for (const name of ['device.json', 'tls-key.pem']) {
    expect(statSync(join(path, name)).mode & 0o777).toBe(0o600)
  }
  const keys = expectOk(await readDeviceKeys(join(path, 'device.json')))
  expect(request.ed25519).toBe(toBase64(nobleBackend.ed25519.publicKey(keys.ed25519Seed)))
  const text = JSON.stringify(request)
  for (const secret of Object.values(keys)) expect(text).not.toContain(toBase64(secret))
  expect(expectOk(await createDeviceKeys(options))).toEqual(request)
  expect(await createDeviceKeys({ ...options, kioskId: 8 })).toMatchObject({
    error: 'request-of-another-kiosk',
  })
  expect(expectOk(await readDeviceKeys(join(path, 'device.json')))).toEqual(keys)
})

test('the device authority can turn the request into a certificate for exactly this kiosk', async () => {
  const options = { kioskId: 7, folder: folder(), random: nodeRandom, ed25519: nobleBackend.ed25519 }
  const certificateRequest = expectOk(await createDeviceKeys(options)).certificateRequest as string
  const ca = await createCa({ name: 'test' })
  const cert = expectOk(await signCertificateRequest({ ca, cn: '7', request: certificateRequest }))
  expect(describeCertificate(cert).cn).toBe('7')
  expect((await signCertificateRequest({ ca, cn: '8', request: certificateRequest })).ok).toBe(false)
})

test('keys that were sealed afterwards are opened by the passphrase that the machine is given', async () => {
  const path = folder()
  const options = { kioskId: 7, folder: path, random: nodeRandom, ed25519: nobleBackend.ed25519 }
  expectOk(await createDeviceKeys(options))
  const file = join(path, 'device.json')
  const keys = expectOk(await readDeviceKeys(file))
  const how = { method: 'passphrase', passphrase: 'x', work: 10 } as const
  const plaintext = new Uint8Array(readFileSync(file))
  const text = await seal({
    name: 'kiosk/7',
    content: 'hanpyo-kiosk-device',
    plaintext,
    how,
    random: nodeRandom,
  })
  writeFileSync(file, expectOk(text))
  expect(await readDeviceKeys(file, {})).toMatchObject({ error: 'seal-passphrase-missing' })
  expect(expectOk(await readDeviceKeys(file, { passphrase: async () => 'x' }))).toEqual(keys)
})
