import { parseArgs } from 'node:util'
import { type Clock, createRealClock } from '@hanpyo/platform/clock.ts'
import { type Command, type CommandIo, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { maxPayloadBytes } from '@hanpyo/protocol/link/constants.ts'
import type { Result } from '@hanpyo/protocol/result.ts'
import type { LoraModem } from './modem.ts'
import { explainOpenError, type OpenModemError, openModem } from './open-modem.ts'

/** What `hanpyo modem probe --json` prints about a modem that was found. */
export interface ModemReport {
  readonly uri: string
  readonly dialect: string
  readonly firmware: string
  readonly region: string
  readonly devEui: string
  /** `null`: this kind of modem only tells by trying; `--join` tries. */
  readonly joined: boolean | null
  readonly dataRate: number | null
  /** Largest payload of the next uplink; MAC answers may take up to 15 bytes of it. */
  readonly maxPayloadBytes: number | null
  readonly join?: string
  readonly linkCheck?: { readonly marginDb: number; readonly gatewayCount: number } | string
  readonly networkTime?: { readonly offsetMs: number; readonly accuracyMs: number } | string
  /** Why a kiosk would not use this modem, in words. */
  readonly problems: readonly string[]
}

interface Wishes {
  readonly join: boolean
  readonly linkCheck: boolean
  readonly time: boolean
}

const REGION = 'KR920'
const NAMES: Readonly<Record<string, string>> = {
  rui3: 'RAK3172 (RUI3)',
  'wio-e5': 'Wio-E5 / LoRa-E5',
  st: 'ST AT_Slave (STM32WL)',
}

export const modemProbe: Command = {
  name: 'modem probe',
  summary: 'Says which LoRaWAN modem is behind a port and whether a kiosk can use it.',
  usage: `Usage: hanpyo modem probe <uri> [--join] [--link-check] [--time] [--json]

Looks for a modem at serial:/dev/ttyUSB0[?baud=115200] or tcp:host:port and prints its dialect,
firmware, region, DevEUI and join state. Changes nothing in it, unless it is asked to send: then
listen-before-talk is switched on first. Keys are neither read nor shown.

  --join         try once to join; ends with the answer of the network
  --link-check   ask how well the gateways hear; joins first where needed (one uplink)
  --time         compare the time of the network with this machine's; joins first where needed
  --json         one JSON object instead of text

Exit codes: 0 a kiosk can use it and everything asked for worked, 1 not so, 2 wrong arguments.`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        join: { type: 'boolean', default: false },
        'link-check': { type: 'boolean', default: false },
        time: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    })
    const [uri] = positionals
    if (uri === undefined || positionals.length > 1) throw new UsageError('one device URI expected')
    const wishes = { join: values.join, linkCheck: values['link-check'], time: values.time }
    return probe(uri, wishes, { io, isJson: values.json, clock: createRealClock() })
  },
}

async function probe(
  uri: string,
  wishes: Wishes,
  { io, isJson, clock }: { io: CommandIo; isJson: boolean; clock: Clock },
): Promise<number> {
  const isToSend = wishes.join || wishes.linkCheck || wishes.time
  // One that is to send has to be fit for it: right region, listen-before-talk.
  const opened = await openModem(uri, { clock, purpose: isToSend ? 'use' : 'inspect' })
  if (!opened.ok) {
    printFailure(uri, opened, io, isJson)
    return EXIT.failed
  }
  try {
    const report = await inspect(uri, opened.value, wishes)
    if (isJson) io.stdout(JSON.stringify(report))
    else for (const line of describe(report)) io.stdout(line)
    return report.problems.length === 0 ? EXIT.ok : EXIT.failed
  } finally {
    await opened.value.close()
  }
}

function printFailure(
  uri: string,
  failure: { readonly error: OpenModemError; readonly detail?: string },
  io: CommandIo,
  isJson: boolean,
): void {
  const message = explainOpenError(uri, failure.error, failure.detail)
  if (isJson) io.stdout(JSON.stringify({ uri, error: failure.error, message }))
  else io.stderr(message)
}

/** Asks the modem what is to be known and wished for. Total. */
async function inspect(uri: string, modem: LoraModem, wishes: Wishes): Promise<ModemReport> {
  const { isJoined, ...info } = modem.info
  const problems: string[] = []
  if (info.region !== REGION) problems.push(`It is set to ${info.region}, not ${REGION}: program it first.`)
  const isToSend = wishes.join || wishes.linkCheck || wishes.time
  const joined = isToSend ? await modem.join() : undefined
  if (joined?.ok === false) problems.push(`It did not join: ${reason(joined)}.`)
  const asks = joined?.ok === true
  const linkCheck = asks && wishes.linkCheck ? await modem.linkCheck() : undefined
  if (linkCheck?.ok === false) problems.push(`The link check failed: ${reason(linkCheck)}.`)
  const time = asks && wishes.time ? await modem.networkTime() : undefined
  if (time?.ok === false) problems.push(`The network did not tell the time: ${reason(time)}.`)
  const dataRate = await modem.dataRate().catch(() => null)
  if (dataRate === null) problems.push('It does not tell its data rate.')
  return {
    uri,
    ...info,
    joined: joined?.ok ?? isJoined ?? null,
    dataRate,
    maxPayloadBytes: dataRate === null ? null : maxPayloadBytes(dataRate),
    ...(joined === undefined ? {} : { join: joined.ok ? 'ok' : joined.error }),
    ...(linkCheck === undefined ? {} : { linkCheck: linkCheck.ok ? linkCheck.value : linkCheck.error }),
    ...(time === undefined ? {} : { networkTime: time.ok ? time.value : time.error }),
    problems,
  }
}

function reason(failure: Extract<Result<unknown, string>, { ok: false }>): string {
  return failure.detail === undefined ? failure.error : `${failure.error} (${failure.detail})`
}

function describe(report: ModemReport): string[] {
  const { joined, dataRate, linkCheck, networkTime } = report
  const rows: [string, string][] = [
    ['modem', NAMES[report.dialect] ?? report.dialect],
    ['firmware', report.firmware],
    ['region', report.region],
    ['DevEUI', report.devEui === '' ? 'not told' : report.devEui],
    ['joined', joined === null ? 'not known; --join tries' : joined ? 'yes' : 'no'],
  ]
  if (dataRate !== null)
    rows.push(['data rate', `DR${dataRate}, at most ${report.maxPayloadBytes} bytes a frame`])
  if (typeof linkCheck === 'object') {
    rows.push(['link check', `${linkCheck.marginDb} dB margin, ${linkCheck.gatewayCount} gateway(s)`])
  }
  if (typeof networkTime === 'object') {
    const { offsetMs, accuracyMs } = networkTime
    const side = offsetMs < 0 ? 'behind' : 'ahead of'
    rows.push([
      'network time',
      `${Math.abs(Math.round(offsetMs))} ms ${side} this machine, ± ${Math.ceil(accuracyMs)} ms`,
    ])
  }
  const verdict = report.problems.length === 0 ? 'A kiosk can use this modem.' : undefined
  return [
    ...rows.map(([name, value]) => `${name.padEnd(14)}${value}`),
    ...(verdict === undefined ? report.problems.map((problem) => `! ${problem}`) : [verdict]),
  ]
}
