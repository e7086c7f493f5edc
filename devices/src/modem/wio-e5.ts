import { toHex } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { AtCommands, Matcher, Reply, ReplyError } from './at-commands.ts'
import {
  type Dialect,
  hexDigits,
  type IdentifyError,
  identifyFailure,
  type ModemIdentification,
  type Refusal,
  type Setting,
  type Uplink,
} from './dialect.ts'
import type { ModemIdentity, ModemSettings } from './modem.ts'
import { parseWioE5Line } from './wio-e5-lines.ts'

/** The data rate line names the channel plan and the rate: `KR920 DR5 SF7 BW125K`. */
const SCHEME = /^([A-Z]{2}\d{3}[A-Z0-9_-]*) +DR(\d)\b/

const DEV_EUI = /^DevEui, ?"?([0-9A-Fa-f: ]{16,23})"?$/i
const APP_EUI = /^AppEui, ?"?([0-9A-Fa-f: ]{16,23})"?$/i

/** With `AUTOON` it sleeps after every command and misses the next one, unless these bytes come before. */
const STAY_AWAKE = 'AT+LOWPOWER=AUTOOFF'
const WAKE = Uint8Array.of(0xff, 0xff, 0xff, 0xff)

/**
 * Seeed's Wio-E5 (LoRa-E5) with firmware 4.x. Listening before talking is part of its KR920 channel plan and cannot be set
 * or asked for.
 */
export const wioE5Dialect: Dialect = {
  name: 'wio-e5',
  syntax: {
    parse: parseWioE5Line,
    sync: { command: 'AT+VER', take: () => textOf('VER', /^(.+)$/) },
    resetCommand: 'AT+RESET',
    isPong: (line) => line.type === 'value' && line.name === 'AT' && line.value === 'OK',
  },
  identify,
  rouse: (at) => at.withPrefix(WAKE, () => set(at, 'LOWPOWER', STAY_AWAKE)),
  async prepare(at) {
    const awake = await set(at, 'LOWPOWER', STAY_AWAKE)
    if (awake.ok || awake.error === 'refused') return ok(undefined)
    return err(identifyFailure(awake.error), 'LOWPOWER')
  },
  hasSession: async () => ok(undefined),
  join,
  async dataRate(at) {
    const scheme = await readScheme(at)
    return scheme.ok ? ok(scheme.value.dataRate) : scheme
  },
  async room(at) {
    const reply = await at.exchange('AT+LW=LEN', textOf('LW', /^LEN, ?(\d{1,3})$/))
    return reply.ok ? ok(Number(reply.value)) : reply
  },
  send,
  refusal(code): Refusal {
    if (/busy|No free channel|No band/i.test(code)) return 'busy'
    if (/join network first/i.test(code)) return 'not-joined'
    if (/^Length error/i.test(code)) return 'payload-too-long'
    return /^Join failed/.test(code) ? 'join-failed' : 'failed'
  },
  settings,
  write: (at, { name, command }) => set(at, name, command),
  readSettings,
  requestLinkCheck: (at) => at.exchange('AT+LW=LCR', textOf('LW', /^(LCR)\b/)),
  time: {
    request: (at) => at.exchange('AT+LW=DTR', textOf('LW', /^(DTR)\b/)),
    isReported: false,
    async read(at) {
      const reply = await at.exchange('AT+RTC=UTCMS', textOf('RTC', /^(.+)$/))
      if (!reply.ok) return reply
      const unixMs = parseRtc(reply.value)
      return unixMs === null ? err('no-response', 'AT+RTC') : ok({ unixMs, stepMs: 1 })
    },
  },
}

async function identify(at: AtCommands): Promise<Result<ModemIdentification, IdentifyError>> {
  const version = await at.exchange('AT+VER', textOf('VER', /^(.+)$/))
  if (!version.ok) return err(identifyFailure(version.error))
  const major = /^(\d+)\.\d+/.exec(version.value)?.[1]
  if (major === undefined || Number(major) < 4) return err('wrong-firmware', `${version.value}, not 4.x`)
  const mode = await at.exchange('AT+MODE', textOf('MODE', /^([A-Z]+)$/))
  // TEST mode has no LoRaWAN; ABP is not ours, but programming changes it.
  if (mode.ok && mode.value === 'TEST') return err('wrong-mode', 'AT+MODE is TEST, not LWOTAA')
  const scheme = await readScheme(at)
  if (!scheme.ok) return err(identifyFailure(scheme.error), 'AT+DR')
  const devEui = await at.exchange('AT+ID=DevEui', textOf('ID', DEV_EUI))
  return ok({
    firmware: version.value,
    region: scheme.value.region,
    devEui: devEui.ok ? plainHex(devEui.value) : '',
    isJoined: undefined,
  })
}

/**
 * Without `force`, a session the modem has is kept: it says `Joined already`. `Done` ends either outcome; one that comes
 * before anything else belongs to an attempt before.
 */
function join(at: AtCommands, options: { force: boolean; timeoutMs: number }): Promise<Reply> {
  const { force, timeoutMs } = options
  const failed: Reply = err('refused', 'Join failed')
  let isStarted = false
  let outcome: Reply | undefined
  return at.exchange(
    force ? 'AT+JOIN=FORCE' : 'AT+JOIN',
    (line) => {
      if (line.type === 'error' && concerns(line, 'JOIN')) return err('refused', line.code)
      if (line.type === 'joined') outcome = ok('')
      if (line.type === 'join-failed') outcome = failed
      if (line.type !== 'value' || line.name !== 'JOIN') return undefined
      if (line.value === 'Joined already') return ok('')
      if (line.value === 'Done') return outcome ?? (isStarted ? failed : undefined)
      isStarted = true
      return undefined
    },
    {
      timeoutMs,
      onTimeout: () => outcome ?? err(isStarted ? 'event-timeout' : 'no-response'),
    },
  )
}

/**
 * `Done` ends every send, also a confirmed one that nobody acknowledged. One that comes before the frame can have been on
 * air belongs to a send before, unless the beginning of this one was seen.
 */
async function send(at: AtCommands, uplink: Uplink): ReturnType<Dialect['send']> {
  const { fPort, payload, isConfirmed, airtimeMs, timeoutMs } = uplink
  const port = await set(at, 'PORT', `AT+PORT=${fPort}`)
  if (!port.ok) return port
  const name = isConfirmed ? 'CMSGHEX' : 'MSGHEX'
  const startMs = at.clock.now()
  let isStarted = false
  let isAcknowledged = false
  const sent = await at.exchange(
    `AT+${name}="${toHex(payload)}"`,
    (line) => {
      if (line.type === 'error' && concerns(line, name)) return err('refused', line.code)
      if (line.type !== 'value' || line.name !== name) return undefined
      if (line.value === 'ACK Received') isAcknowledged = true
      if (line.value === 'Done') {
        return isStarted || at.clock.now() - startMs >= airtimeMs ? ok('') : undefined
      }
      isStarted = true
      return undefined
    },
    { timeoutMs, onTimeout: () => err(isStarted ? 'event-timeout' : 'no-response') },
  )
  if (!sent.ok) return sent
  return ok(isConfirmed ? { isAcknowledged } : {})
}

function settings({ devEui, joinEui, appKey }: ModemIdentity): Setting[] {
  const values = [
    ['MODE', 'LWOTAA'],
    ['DR', 'KR920'],
    ['CLASS', 'A'],
    ['REPT', '1'],
    ['ADR', 'ON'],
    ['ID', `DevEui,"${hexDigits(devEui, 16, 'devEui')}"`],
    ['ID', `AppEui,"${hexDigits(joinEui, 16, 'joinEui')}"`],
    ['KEY', `APPKEY,"${hexDigits(appKey, 32, 'appKey')}"`],
  ] as const
  return values.map(([name, value]) => ({ name, command: `AT+${name}=${value}` }))
}

/** The key cannot be asked for: only the answer to writing it repeats it. */
async function readSettings(at: AtCommands): Promise<Result<ModemSettings, ReplyError>> {
  const scheme = await readScheme(at)
  if (!scheme.ok) return scheme
  const mode = await at.exchange('AT+MODE', textOf('MODE', /^([A-Z]+)$/))
  if (!mode.ok) return mode
  const deviceClass = await at.exchange('AT+CLASS', textOf('CLASS', /^([ABC])\b/))
  if (!deviceClass.ok) return deviceClass
  const adr = await at.exchange('AT+ADR', textOf('ADR', /^(ON|OFF)$/))
  if (!adr.ok) return adr
  const devEui = await at.exchange('AT+ID=DevEui', textOf('ID', DEV_EUI))
  if (!devEui.ok) return devEui
  const joinEui = await at.exchange('AT+ID=AppEui', textOf('ID', APP_EUI))
  if (!joinEui.ok) return joinEui
  return ok({
    region: scheme.value.region,
    devEui: plainHex(devEui.value),
    joinEui: plainHex(joinEui.value),
    joinMode: mode.value === 'LWABP' ? 'abp' : 'otaa',
    deviceClass: deviceClass.value,
    isAdrOn: adr.value === 'ON',
  })
}

/**
 * The answer has two lines, the rate and then plan and rate. Some firmware leaves the second one out; then the plan is
 * not known and taken for `unknown`.
 */
async function readScheme(at: AtCommands): Promise<Result<{ region: string; dataRate: number }, ReplyError>> {
  let short: string | undefined
  const reply = await at.exchange(
    'AT+DR',
    (line) => {
      if (line.type === 'error' && concerns(line, 'DR')) return err('refused', line.code)
      if (line.type !== 'value' || line.name !== 'DR') return undefined
      if (SCHEME.test(line.value)) return ok(line.value)
      short ??= /^DR(\d)$/.exec(line.value)?.[1]
      return undefined
    },
    { onTimeout: () => (short === undefined ? err('no-response') : ok(`unknown DR${short}`)) },
  )
  if (!reply.ok) return reply
  const [region = '', rate = ''] = reply.value.split(/ +/)
  const dataRate = Number(rate.slice(2))
  return dataRate <= 5 ? ok({ region, dataRate }) : err('no-response', `AT+DR ${rate}`)
}

/** A setting is confirmed by a line of its own command. */
function set(at: AtCommands, name: string, command: string): Promise<Reply> {
  return at.exchange(command, textOf(name, /^(.*)$/))
}

/** `+<name>: …` whose text matches; the first group is the reply. */
function textOf(name: string, pattern: RegExp): Matcher {
  return (line) => {
    if (line.type === 'error' && concerns(line, name)) return err('refused', line.code)
    const found = line.type === 'value' && line.name === name ? pattern.exec(line.value) : null
    return found === null ? undefined : ok(found[1] ?? '')
  }
}

/** Whether an error line answers this command; `+AT:` answers what the modem could not even read, `+INFO:` what came too slowly. */
function concerns(line: { readonly command?: string }, name: string): boolean {
  return line.command === name || line.command === 'AT' || line.command === 'INFO'
}

/** `2026-08-17 15:08:55.123`, UTC, the fraction optional: Unix time in ms; null before the clock was ever set. */
function parseRtc(text: string): number | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,3}))?$/.exec(text)
  if (parts === null) return null
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number)
  const unixMs =
    Date.UTC(year!, month! - 1, day!, hour!, minute!, second!) + Number((parts[7] ?? '0').padEnd(3, '0'))
  // The clock starts in 2020 when the modem is powered up.
  return year! >= 2024 && Number.isFinite(unixMs) ? unixMs : null
}

/** `2C:F7:…` as `2cf7…`. */
function plainHex(text: string): string {
  return text.replace(/[: ]/g, '').toLowerCase()
}
