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
import { acknowledged, twoPhase } from './ok-replies.ts'
import { parseRui3Line } from './rui3-lines.ts'

/** `AT+BAND` numbers of the RAK3172. */
const BANDS = 'EU433 CN470 RU864 IN865 EU868 US915 AU915 KR920 AS923-1 AS923-2 AS923-3 AS923-4 LA915'.split(
  ' ',
)
const KR920_BAND = BANDS.indexOf('KR920')

/** KR920 obliges end devices to listen first: at least 5 ms, channel free below -65 dBm (RP002, Korean radio rules). */
const LISTEN_BEFORE_TALK = [
  ['LBT', '1'],
  ['LBTRSSI', '-65'],
  ['LBTSCANTIME', '5'],
] as const

/** The RAK3172 and its kin with RUI3 4.x. */
export const rui3Dialect: Dialect = {
  name: 'rui3',
  syntax: {
    parse: parseRui3Line,
    sync: { command: 'AT+VER=?', take: () => valueThenOk('VER') },
    resetCommand: 'ATZ',
    isPong: (line) => line.type === 'ok',
  },
  identify,
  prepare,
  async hasSession(at) {
    const state = await query(at, 'NJS')
    return state.ok ? ok(state.value === '1') : state
  },
  join(at, { timeoutMs }) {
    // join : automatic at power-up : seconds between attempts : further attempts
    return twoPhase(at, 'AT+JOIN=1:0:8:0', timeoutMs, (line) => {
      if (line.type === 'joined') return ok('')
      return line.type === 'join-failed' ? err('refused', `JOIN_FAILED ${line.reason}`) : undefined
    })
  },
  async dataRate(at) {
    const reply = await query(at, 'DR')
    if (!reply.ok) return reply
    return /^[0-5]$/.test(reply.value) ? ok(Number(reply.value)) : err('no-response', 'AT+DR')
  },
  send,
  refusal(code): Refusal {
    if (code === 'AT_BUSY_ERROR') return 'busy'
    if (code === 'AT_NO_NETWORK_JOINED') return 'not-joined'
    if (code === 'AT_PARAM_ERROR') return 'empty-frame'
    return code.startsWith('JOIN_FAILED') ? 'join-failed' : 'failed'
  },
  settings,
  write: (at, { command }) => acknowledged(at, command),
  readSettings,
  readKey: (at) => query(at, 'APPKEY'),
  requestLinkCheck: (at) => acknowledged(at, 'AT+LINKCHECK=1'),
  time: {
    request: (at) => acknowledged(at, 'AT+TIMEREQ=1'),
    isReported: true,
    async read(at) {
      const reply = await query(at, 'LTIME')
      if (!reply.ok) return reply
      const unixMs = parseLocalTime(reply.value)
      return unixMs === null ? err('no-response', 'AT+LTIME') : ok({ unixMs, stepMs: 1000 })
    },
  },
}

async function identify(at: AtCommands): Promise<Result<ModemIdentification, IdentifyError>> {
  const version = await query(at, 'VER')
  if (!version.ok) return err(identifyFailure(version.error))
  if (!/^RUI_4\./.test(version.value)) return err('wrong-firmware', `${version.value}, not RUI_4.x`)
  const mode = await query(at, 'NWM')
  if (mode.ok && mode.value !== '1') return err('wrong-mode', `AT+NWM=${mode.value}, not LoRaWAN (1)`)
  const band = await query(at, 'BAND')
  if (!band.ok) return err(identifyFailure(band.error), 'BAND')
  const devEui = await query(at, 'DEVEUI')
  const joined = await query(at, 'NJS')
  return ok({
    firmware: version.value,
    region: BANDS[Number(band.value)] ?? `band ${band.value}`,
    devEui: devEui.ok ? devEui.value.toLowerCase() : '',
    isJoined: joined.ok ? joined.value === '1' : undefined,
  })
}

/** The settings are read first: writing one that is right already would only wear the flash. */
async function prepare(at: AtCommands): Promise<Result<void, IdentifyError>> {
  for (const [name, wanted] of [['CFM', '0'], ...LISTEN_BEFORE_TALK] as const) {
    let found = await query(at, name)
    if (found.ok && found.value !== wanted) {
      await acknowledged(at, `AT+${name}=${wanted}`)
      found = await query(at, name)
    }
    if (found.ok && found.value === wanted) continue
    if (!found.ok && found.error !== 'refused') return err(identifyFailure(found.error), name)
    return err('wrong-firmware', `${name} is ${found.ok ? found.value : found.detail}, not ${wanted}`)
  }
  return ok(undefined)
}

async function send(at: AtCommands, uplink: Uplink): ReturnType<Dialect['send']> {
  const { fPort, payload, isConfirmed, timeoutMs } = uplink
  if (isConfirmed) {
    const set = await acknowledged(at, 'AT+CFM=1')
    if (!set.ok) return set
  }
  let isAcknowledged = false
  const sent = await twoPhase(at, `AT+SEND=${fPort}:${toHex(payload)}`, timeoutMs, (line) => {
    if (line.type === 'confirmed') isAcknowledged = line.isAcknowledged
    return line.type === 'tx-done' || line.type === 'confirmed' ? ok('') : undefined
  })
  if (isConfirmed) await acknowledged(at, 'AT+CFM=0')
  if (!sent.ok) return sent
  return ok(isConfirmed ? { isAcknowledged } : {})
}

function settings({ devEui, joinEui, appKey }: ModemIdentity): Setting[] {
  const values = [
    ['BAND', String(KR920_BAND)],
    ['NJM', '1'],
    ['CLASS', 'A'],
    ['CFM', '0'],
    ['RETY', '0'],
    ['ADR', '1'],
    ['DEVEUI', hexDigits(devEui, 16, 'devEui')],
    ['APPEUI', hexDigits(joinEui, 16, 'joinEui')],
    ['APPKEY', hexDigits(appKey, 32, 'appKey')],
  ] as const
  return values.map(([name, value]) => ({ name, command: `AT+${name}=${value}` }))
}

async function readSettings(at: AtCommands): Promise<Result<ModemSettings, ReplyError>> {
  const values: Record<string, string> = {}
  for (const name of ['BAND', 'NJM', 'CLASS', 'ADR', 'LBT', 'DEVEUI', 'APPEUI']) {
    const reply = await query(at, name)
    if (!reply.ok) return err(reply.error, name)
    values[name] = reply.value
  }
  const { BAND, NJM, CLASS = '', ADR, LBT, DEVEUI = '', APPEUI = '' } = values
  return ok({
    region: BANDS[Number(BAND)] ?? `band ${BAND}`,
    devEui: DEVEUI.toLowerCase(),
    joinEui: APPEUI.toLowerCase(),
    joinMode: NJM === '1' ? 'otaa' : 'abp',
    deviceClass: CLASS.slice(0, 1),
    isAdrOn: ADR === '1',
    listensBeforeTalk: LBT === '1',
  })
}

/** `AT+<name>=?`: the value comes first, OK after it. An OK without the value belongs to an earlier command. */
function query(at: AtCommands, name: string): Promise<Reply> {
  return at.exchange(`AT+${name}=?`, valueThenOk(name))
}

/** Takes the lines of a query's answer one by one. */
function valueThenOk(name: string): Matcher {
  let value: string | undefined
  return (line) => {
    if (line.type === 'value' && line.name === name) value = line.value
    if (line.type === 'ok' && value !== undefined) return ok(value)
    return line.type === 'error' ? err('refused', line.code) : undefined
  }
}

/** `15h08m55s on 08/17/2026`, month first, UTC: Unix time in ms; null for anything else. */
function parseLocalTime(text: string): number | null {
  const parts = /^(\d{2})h(\d{2})m(\d{2})s on (\d{2})\/(\d{2})\/(\d{4})$/.exec(text.trim())
  if (parts === null) return null
  const [hour, minute, second, month, day, year] = parts.slice(1).map(Number)
  const unixMs = Date.UTC(year!, month! - 1, day!, hour!, minute!, second!)
  return Number.isFinite(unixMs) ? unixMs : null
}
