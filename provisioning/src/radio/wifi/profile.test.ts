import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkNetwork, formatNetwork, type WifiNetwork } from './profile.ts'

const NETWORK: WifiNetwork = { ssid: '반포 주민센터', psk: ' p\\a;ss"word', isHidden: false }

test('the file for NetworkManager holds the SSID as bytes and the escaped key', () => {
  const text = formatNetwork(NETWORK, 'networkmanager')
  expect(text).toContain('\nssid=235;176;152;')
  expect(text).toContain('\npsk=\\sp\\\\a;ss"word\n')
  expect(text).toMatch(/\nuuid=[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}\n/)
  expect(formatNetwork(NETWORK, 'networkmanager')).toBe(text)
})

test('the file for wpa_supplicant holds the SSID in hex and the passphrase in quotes', () => {
  const text = formatNetwork({ ...NETWORK, isHidden: true }, 'wpa-supplicant')
  expect(text).toContain('ssid=ebb098ed8fac20eca3bcebafbcec84bced84b0\n')
  expect(text).toContain('scan_ssid=1')
  // wpa_supplicant takes what is between the first and the last quote.
  expect(text).toContain('psk=" p\\a;ss"word"\n')
  expect(formatNetwork({ ...NETWORK, psk: 'AB'.repeat(32) }, 'wpa-supplicant')).toContain(
    `psk=${'ab'.repeat(32)}\n`,
  )
})

test.each([
  [{ ssid: '' }, 'ssid-malformed'],
  [{ ssid: 'x'.repeat(33) }, 'ssid-malformed'],
  [{ ssid: 'a\nb' }, 'ssid-malformed'],
  [{ psk: 'short' }, 'psk-malformed'],
  [{ psk: '비밀번호비밀번호' }, 'psk-malformed'],
  [{ psk: 'line\nbreak' }, 'psk-malformed'],
])('%j is refused as %s, without the key in the message', (change, error) => {
  const refused = checkNetwork({ ...NETWORK, ...change })
  expect(refused).toMatchObject({ ok: false, error })
  if ('psk' in change) expect(JSON.stringify(refused)).not.toContain(change.psk)
})

test('no name or passphrase that passes the check adds a line to a file', () => {
  const lines = (network: WifiNetwork) =>
    (['networkmanager', 'wpa-supplicant'] as const).map(
      (one) => formatNetwork(network, one).split(/[\r\n]/).length,
    )
  const usual = lines({ ...NETWORK, psk: 'password' })
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 32 }), fc.string({ maxLength: 64 }), (ssid, psk) => {
      const network = { ssid, psk, isHidden: false }
      if (checkNetwork(network).ok) expect(lines(network)).toEqual(usual)
    }),
  )
})
