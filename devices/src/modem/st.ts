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
  withColons,
} from './dialect.ts'
import type { ModemIdentity, ModemSettings } from './modem.ts'
import { acknowledged, twoPhase } from './ok-replies.ts'
import { parseStLine } from './st-lines.ts'

const KR920_BAND = 6
const EUI = /^((?:[0-9A-Fa-f]{2}:){7}[0-9A-Fa-f]{2})$/

/**
 * ST's AT_Slave example for the STM32WL (I-CUBE-LRWAN, STM32CubeWL). It reports neither the end of an unconfirmed uplink nor
 * the lack of an ACK, cannot say whether it has joined, and has no DeviceTimeReq. Listening before talking is part of its
 * KR920 channel plan.
 */
export const stDialect: Dialect = {
  name: 'st',
  syntax: {
    parse: parseStLine,
    sync: { command: 'AT+VER=?', take: versionThenOk },
    resetCommand: 'ATZ',
    isPong: (line) => line.type === 'ok',
  },
  identify,
  prepare: async () => ok(undefined),
  hasSession: async () => ok(undefined),
  join(at, { timeoutMs }) {
    return twoPhase(at, 'AT+JOIN=1', timeoutMs, (line) => {
      if (line.type === 'joined') return ok('')
      return line.type === 'join-failed' ? err('refused', line.reason) : undefined
    })
  },
  async dataRate(at) {
    const reply = await query(at, 'DR', /^([0-5])$/)
    return reply.ok ? ok(Number(reply.value)) : reply
  },
  send,
  refusal(code): Refusal {
    if (code === 'AT_BUSY_ERROR' || code === 'AT_DUTYCYCLE_RESTRICTED') return 'busy'
    if (code === 'AT_NO_NETWORK_JOINED') return 'not-joined'
    // Also what it answers when the payload does not fit: older versions then send an empty frame.
    if (code === 'AT_ERROR' || code === 'AT_PARAM_ERROR') return 'empty-frame'
    return code === 'JOIN FAILED' ? 'join-failed' : 'failed'
  },
  settings,
  write: (at, { command }) => acknowledged(at, command),
  readSettings,
  async readKey(at) {
    const reply = await query(at, 'NWKKEY', /^((?:[0-9A-Fa-f]{2}:){15}[0-9A-Fa-f]{2})$/)
    return reply.ok ? ok(reply.value.replaceAll(':', '')) : reply
  },
  requestLinkCheck: (at) => acknowledged(at, 'AT+LINKC'),
}

async function identify(at: AtCommands): Promise<Result<ModemIdentification, IdentifyError>> {
  const version = await at.exchange('AT+VER=?', versionThenOk())
  if (!version.ok) return err(identifyFailure(version.error))
  const band = await query(at, 'BAND', /^\d{1,2}:([A-Z]{2}\d{3}.*)$/)
  if (!band.ok) return err(identifyFailure(band.error), 'BAND')
  const devEui = await query(at, 'DEUI', EUI)
  return ok({
    firmware: version.value,
    region: band.value,
    devEui: devEui.ok ? devEui.value.replaceAll(':', '').toLowerCase() : '',
    isJoined: undefined,
  })
}

/**
 * `OK` means that the frame is on its way; nothing else is certain to come. So the send is over when a downlink came or
 * when the receive windows must be over. An ACK is reported, its absence is not.
 */
async function send(at: AtCommands, uplink: Uplink): ReturnType<Dialect['send']> {
  const { fPort, payload, isConfirmed, timeoutMs, windowsMs } = uplink
  let isAccepted = false
  let isAcknowledged = false
  const sent = await at.exchange(
    `AT+SEND=${fPort}:${isConfirmed ? 1 : 0}:${toHex(payload)}`,
    (line) => {
      if (line.type === 'ok') isAccepted = true
      if (line.type === 'error' && !isAccepted) return err('refused', line.code)
      if (line.type === 'confirmed') isAcknowledged = true
      const isOver = isConfirmed ? line.type === 'confirmed' : line.type === 'signal' && isAccepted
      return isOver ? ok('') : undefined
    },
    {
      timeoutMs: isConfirmed ? timeoutMs : windowsMs,
      onTimeout: () => (isAccepted ? ok('') : err('no-response')),
    },
  )
  if (!sent.ok) return sent
  return ok(isConfirmed ? { isAcknowledged } : {})
}

/** In LoRaWAN 1.0.x the root key is what this firmware calls NwkKey; it wants both. */
function settings({ devEui, joinEui, appKey }: ModemIdentity): Setting[] {
  const key = withColons(hexDigits(appKey, 32, 'appKey'))
  const values = [
    ['BAND', String(KR920_BAND)],
    ['CLASS', 'A'],
    ['ADR', '1'],
    ['DEUI', withColons(hexDigits(devEui, 16, 'devEui'))],
    ['APPEUI', withColons(hexDigits(joinEui, 16, 'joinEui'))],
    ['APPKEY', key],
    ['NWKKEY', key],
  ] as const
  return values.map(([name, value]) => ({ name, command: `AT+${name}=${value}` }))
}

async function readSettings(at: AtCommands): Promise<Result<ModemSettings, ReplyError>> {
  const questions = {
    BAND: /^\d{1,2}:([A-Z]{2}\d{3}.*)$/,
    CLASS: /^([ABC])$/,
    ADR: /^([01])$/,
    DEUI: EUI,
    APPEUI: EUI,
  }
  const values: Record<string, string> = {}
  for (const [name, pattern] of Object.entries(questions)) {
    const reply = await query(at, name, pattern)
    if (!reply.ok) return err(reply.error, name)
    values[name] = reply.value
  }
  const { BAND = '', CLASS = '', ADR, DEUI = '', APPEUI = '' } = values
  return ok({
    region: BAND,
    devEui: DEUI.replaceAll(':', '').toLowerCase(),
    joinEui: APPEUI.replaceAll(':', '').toLowerCase(),
    deviceClass: CLASS,
    isAdrOn: ADR === '1',
  })
}

/** The value comes bare, OK after it; other lines in between do not look like it. */
function query(at: AtCommands, name: string, pattern: RegExp): Promise<Reply> {
  let value: string | undefined
  return at.exchange(`AT+${name}=?`, (line) => {
    const found = line.type === 'text' ? pattern.exec(line.text) : null
    if (found !== null) value = found[1]
    if (line.type === 'ok' && value !== undefined) return ok(value)
    return line.type === 'error' ? err('refused', line.code) : undefined
  })
}

function versionThenOk(): Matcher {
  let version: string | undefined
  return (line) => {
    if (line.type === 'value' && line.name === 'APP_VERSION') version = line.value
    if (line.type === 'ok' && version !== undefined) return ok(version)
    return line.type === 'error' ? err('refused', line.code) : undefined
  }
}
