import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'
import { loadKioskConfig } from './config.ts'

function file(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'hanpyo-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'kiosk.toml')
  writeFileSync(path, text)
  return path
}

const MINIMAL =
  'kiosk = 3\ndataDir = "data"\nelectionDir = "/srv/election"\nkeys.device = "keys/device.json"\n'

test('a short file is enough: the rest has defaults, and paths are relative to the file', async () => {
  const path = file(MINIMAL)
  const config = expectOk(await loadKioskConfig(path, {}))
  expect(config.dataDir).toBe(join(path, '..', 'data'))
  expect(config.electionDir).toBe('/srv/election')
  expect(config).toMatchObject({ speed: 1, outbox: { holdMaxSeconds: 600 }, idle: { promptSeconds: 90 } })
  expect(config.wifi).toBeUndefined()
})

test('the files for the server of the ledger are relative to the file too', async () => {
  const path = file(
    `${MINIMAL}ledger = { url = "https://a.example", ca = "ca.pem", cert = "c.pem", key = "k.pem" }`,
  )
  const { ledger } = expectOk(await loadKioskConfig(path, {}))
  const files = ['ca.pem', 'c.pem', 'k.pem'].map((name) => join(path, '..', name))
  expect([ledger?.ca, ledger?.cert, ledger?.key]).toEqual(files)
})

test('a variable overrides the file', async () => {
  const env = { HANPYO_KIOSK_HTTP__PORT: '8080', HANPYO_KIOSK_OUTBOX__HOLD_MAX_SECONDS: '0' }
  const config = expectOk(await loadKioskConfig(file(MINIMAL), env))
  expect([config.http.port, config.outbox.holdMaxSeconds]).toEqual([8080, 0])
})

test.each([
  ['a key that does not exist', `${MINIMAL}wlan = "x"`, 'wlan'],
  ['a kiosk id out of range', MINIMAL.replace('3', '70000'), 'kiosk'],
  ['a speed of nothing', `speed = 0\n${MINIMAL}`, 'speed'],
  ['an authority for plain HTTP', `${MINIMAL}ledger = { url = "http://a.example", ca = "ca.pem" }`, 'https'],
  [
    'a certificate without its key',
    `${MINIMAL}ledger = { url = "https://a.example", ca = "c", cert = "c" }`,
    'cert and key',
  ],
  [
    'a certificate without an authority',
    `${MINIMAL}ledger = { url = "https://a.example", cert = "c", key = "k" }`,
    'need ca',
  ],
  ['text that is not TOML', 'kiosk = ', 'kiosk.toml:1'],
])('%s is named in the message', async (_what, text, name) => {
  const config = await loadKioskConfig(file(text), {})
  expect(config.ok).toBe(false)
  expect(!config.ok && config.detail).toContain(name)
})
