import { toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'

/**
 * What the QR code on a LoRaWAN device says (LoRa Alliance TR005). Never a key. EUIs 16, vendor and profile 4 hex digits,
 * lower case here, upper case in the code.
 */
export interface DeviceCode {
  readonly joinEui: string
  readonly devEui: string
  /** Given out by the LoRa Alliance; `0000` for whoever has none. */
  readonly vendorId: string
  readonly vendorProfileId: string
  /** Hex digits with which somebody may claim the device at a join server. */
  readonly ownerToken?: string
  readonly serial?: string
  readonly proprietary?: string
}

export type DeviceCodeError =
  | 'not-tr005'
  | 'schema-unknown'
  | 'eui-malformed'
  | 'profile-malformed'
  | 'extension-malformed'
  | 'checksum-wrong'

const SCHEMA = 'D0'
/** Characters of a QR code's alphanumeric mode without the colon, which separates the fields. */
const EXTENSION = /^[0-9A-Z $%*+\-./]+$/
/** Extension fields in the order TR005 prescribes; the checksum is always last. */
const EXTENSIONS = ['O', 'S', 'P'] as const

/** The text of the QR code; alphanumeric mode suffices for it. Throws when a field cannot be written. */
export function formatDeviceCode(code: DeviceCode, options: { readonly checksum?: boolean } = {}): string {
  const fields = [
    'LW',
    SCHEMA,
    hexField('joinEui', code.joinEui, 16),
    hexField('devEui', code.devEui, 16),
    hexField('vendorId', code.vendorId, 4) + hexField('vendorProfileId', code.vendorProfileId, 4),
    ...extension('O', code.ownerToken),
    ...extension('S', code.serial),
    ...extension('P', code.proprietary),
  ]
  const text = fields.join(':')
  return options.checksum === false ? text : `${text}:C${checksum(text)}`
}

/** Reads such a text; a checksum is checked when there is one. Total. */
export function parseDeviceCode(text: string): Result<DeviceCode, DeviceCodeError> {
  const [tag, schema, joinEui, devEui, profile, ...rest] = text.split(':')
  if (tag !== 'LW') return err('not-tr005')
  if (schema !== SCHEMA) return err('schema-unknown', schema)
  if (!isHex(joinEui, 16) || !isHex(devEui, 16)) return err('eui-malformed')
  if (!isHex(profile, 8)) return err('profile-malformed')
  const found: Partial<Record<string, string>> = {}
  const last = rest.at(-1)
  if (last?.startsWith('C') === true) {
    rest.pop()
    if (last.slice(1) !== checksum(text.slice(0, -last.length - 1))) return err('checksum-wrong')
  }
  let next = 0
  for (const field of rest) {
    const at = EXTENSIONS.indexOf(field[0] as (typeof EXTENSIONS)[number])
    if (at < next || !EXTENSION.test(field.slice(1))) return err('extension-malformed', field.slice(0, 1))
    found[field[0]!] = field.slice(1)
    next = at + 1
  }
  return ok({
    joinEui: joinEui.toLowerCase(),
    devEui: devEui.toLowerCase(),
    vendorId: profile.slice(0, 4).toLowerCase(),
    vendorProfileId: profile.slice(4).toLowerCase(),
    ...(found.O === undefined ? {} : { ownerToken: found.O }),
    ...(found.S === undefined ? {} : { serial: found.S }),
    ...(found.P === undefined ? {} : { proprietary: found.P }),
  })
}

/** CRC-16/MODBUS (reflected 0x8005, from 0xFFFF, no final xor) over the text, four hex digits in upper case. */
export function checksum(text: string): string {
  let crc = 0xffff
  for (const byte of utf8(text)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >> 1) ^ 0xa001 : crc >> 1
  }
  return toHex(Uint8Array.of(crc >> 8, crc & 0xff)).toUpperCase()
}

function extension(letter: string, value: string | undefined): string[] {
  if (value === undefined) return []
  if (!EXTENSION.test(value)) throw new RangeError(`extension ${letter} has characters TR005 does not allow`)
  return [letter + value]
}

function hexField(name: string, value: string, digits: number): string {
  const text = value.toUpperCase()
  if (!isHex(text, digits)) throw new RangeError(`"${name}" is not ${digits} hex digits`)
  return text
}

function isHex(text: string | undefined, digits: number): text is string {
  return text !== undefined && text.length === digits && /^[0-9A-F]+$/.test(text)
}
