import { createHash } from 'node:crypto'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'

/** A Wi-Fi network with a pre-shared key (WPA2/WPA3 personal), or an open one when `psk` is missing. */
export interface WifiNetwork {
  readonly ssid: string
  readonly psk: string | undefined
  readonly isHidden: boolean
}

export type WifiFormat = 'networkmanager' | 'wpa-supplicant'

export type WifiError = 'ssid-malformed' | 'psk-malformed'

const NAME = 'hanpyo'
/** Where each of them looks; both want mode 0600 and are owned by root. */
export const WIFI_FILES: Readonly<Record<WifiFormat, string>> = {
  networkmanager: `/etc/NetworkManager/system-connections/${NAME}.nmconnection`,
  'wpa-supplicant': '/etc/wpa_supplicant/wpa_supplicant-wlan0.conf',
}

/** IEEE 802.11: an SSID has 1 to 32 bytes; a passphrase 8 to 63 printable ASCII characters, or 64 hex digits are the key itself. */
export function checkNetwork(network: WifiNetwork): Result<WifiNetwork, WifiError> {
  const bytes = Buffer.byteLength(network.ssid)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  if (bytes < 1 || bytes > 32 || /[\x00-\x1f\x7f]/.test(network.ssid))
    return err('ssid-malformed', `${bytes} bytes`)
  const { psk } = network
  if (psk === undefined || /^[\x20-\x7e]{8,63}$/.test(psk) || /^[0-9a-fA-F]{64}$/.test(psk))
    return ok(network)
  return err('psk-malformed', `${psk.length} characters`)
}

/** The whole file. It holds the key: mode 0600, never on a screen. */
export function formatNetwork(network: WifiNetwork, format: WifiFormat): string {
  return format === 'networkmanager' ? networkManagerFile(network) : supplicantFile(network)
}

/** NetworkManager's keyfile format. The SSID goes in as bytes, so that no character of it can end the line. */
function networkManagerFile({ ssid, psk, isHidden }: WifiNetwork): string {
  const security =
    psk === undefined ? [] : ['', '[wifi-security]', 'key-mgmt=wpa-psk', `psk=${escapeKeyfile(psk)}`]
  return `${[
    '[connection]',
    `id=${NAME}`,
    `uuid=${uuidOf(ssid)}`,
    'type=wifi',
    'autoconnect=true',
    // Tries for ever: a kiosk has nobody to ask.
    'autoconnect-retries=0',
    '',
    '[wifi]',
    'mode=infrastructure',
    `ssid=${[...Buffer.from(ssid)].map((byte) => `${byte};`).join('')}`,
    ...(isHidden ? ['hidden=true'] : []),
    // A fixed address would let shops follow it, a new one each time confuses filters: one for this network.
    'cloned-mac-address=stable',
    ...security,
    '',
    '[ipv4]',
    'method=auto',
    '',
    '[ipv6]',
    'method=auto',
    '',
  ].join('\n')}`
}

/** wpa_supplicant.conf(5). SSID and passphrase in hex, so that no character of them can end the line. */
function supplicantFile({ ssid, psk, isHidden }: WifiNetwork): string {
  const isKey = psk !== undefined && /^[0-9a-fA-F]{64}$/.test(psk)
  return `${[
    'ctrl_interface=DIR=/run/wpa_supplicant GROUP=netdev',
    'country=KR',
    'update_config=0',
    '',
    'network={',
    `  ssid=${Buffer.from(ssid).toString('hex')}`,
    ...(isHidden ? ['  scan_ssid=1'] : []),
    ...(psk === undefined
      ? ['  key_mgmt=NONE']
      : [
          '  key_mgmt=WPA-PSK WPA-PSK-SHA256 SAE',
          '  ieee80211w=1',
          `  psk=${isKey ? psk.toLowerCase() : `"${psk}"`}`,
        ]),
    '}',
    '',
  ].join('\n')}`
}

/** GLib key files: a backslash begins an escape, spaces at the beginning would be dropped, a semicolon only ends items of lists. */
function escapeKeyfile(text: string): string {
  return text.replaceAll('\\', '\\\\').replace(/^ +/, (spaces) => '\\s'.repeat(spaces.length))
}

/** The same network keeps its id, so that a rerun changes nothing. Version 8: made in our own way (RFC 9562). */
function uuidOf(ssid: string): string {
  const hex = createHash('sha256').update(`hanpyo/wifi/${ssid}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
