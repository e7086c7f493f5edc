import { parseHex, toHex } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { ClassADevice, JoinError, SendError, SendReport } from '../mac/device.ts'
import type { Downlink } from '../mac/downlink.ts'
import { isDataRate } from '../radio/kr920.ts'
import { type AtError, Rui3Settings } from './rui3-settings.ts'
import { type Firmware, findNotice, type ModemOptions, type SimulatedModem } from './simulated-modem.ts'

const VERSION = 'RUI_4.2.1_RAK3172-E'
const BANNER = ['RAKwireless RAK3172-E', '-'.repeat(54), `Version: ${VERSION}`, 'Current Work Mode: LoRaWAN.']
/** `undefined`: the answer comes later, or never. */
type AtReply = Result<void, AtError> | undefined

const SEND = /^(\d{1,3}):([0-9a-fA-F]{2,500})$/
const JOIN = /^([01])(?::([01]))?(?::(\d{1,3}))?(?::(\d{1,3}))?$/
const DEFAULT_JOIN_PERIOD_S = 8
/** What the duty-cycle limiter asks for; KR920 has none, but a host can switch it on. */
const DUTY_CYCLE_WAIT_MS = 1_200

/**
 * A RAK3172 with RUI3 firmware (RAK3172 AT command manual, RUI3 4.x), traps included: a payload too long for the data rate
 * sends an empty frame and answers AT_PARAM_ERROR, a confirmed send without ACK is `SEND_CONFIRMED_FAILED`, an
 * unconfirmed one is `TX_DONE` whatever became of it, and after a reboot the modem has to join again.
 */
export class Rui3Firmware implements Firmware {
  readonly noise = '+EVT:SWITCH_FAILED'
  isEchoing = false
  readonly clockStartMs = 0
  readonly #modem: SimulatedModem
  readonly #settings: Rui3Settings
  #lastDownlink: Downlink | undefined
  #lastConfirmed: 0 | 1 = 0

  constructor(modem: SimulatedModem, options: ModemOptions) {
    this.#modem = modem
    this.#settings = new Rui3Settings({ ...options.identity, ...options })
  }

  execute(line: string): void {
    // ADR may have changed it since.
    this.#settings.numbers.DR = this.#modem.device.settings.dataRate
    this.#reply(this.#answer(line))
  }

  overflow(): void {
    this.#modem.print('AT_TEST_PARAM_OVERFLOW')
  }

  boot(): void {
    this.isEchoing = false
    this.#modem.print(...BANNER)
  }

  memoryFailed(): void {
    this.#modem.print('AT_ERROR')
  }

  configure({ settings }: ClassADevice): void {
    const { DR, ADR, RETY, LBT, LBTRSSI, LBTSCANTIME } = this.#settings.numbers
    if (isDataRate(DR)) settings.dataRate = DR
    settings.isAdrOn = ADR === 1
    settings.confirmedRetries = RETY
    settings.lbt = { isOn: LBT === 1, senseMs: LBTSCANTIME, thresholdDbm: LBTRSSI }
  }

  #answer(line: string): AtReply {
    const command = /^AT(?:([?EZR])|\+([A-Z0-9]+)(?:=(.*))?)?$/i.exec(line)
    if (command === null) return err('AT_COMMAND_NOT_FOUND')
    const [, short, name, value] = command
    if (short !== undefined) return this.#executeShort(short.toUpperCase())
    if (name === undefined) return ok(undefined)
    if (value === undefined) return err('AT_PARAM_ERROR')
    return value === '?' ? this.#query(name.toUpperCase()) : this.#assign(name.toUpperCase(), value)
  }

  #executeShort(name: string): AtReply {
    const modem = this.#modem
    if (name === 'Z' || name === 'R') {
      modem.run(() => modem.reboot())
      return undefined
    }
    if (name === 'E') this.isEchoing = !this.isEchoing
    else modem.print('AT+<CMD>=? reads, AT+<CMD>=<value> writes')
    return ok(undefined)
  }

  #query(name: string): AtReply {
    const value = this.#settings.read(name) ?? this.#readState(name)
    if (value === undefined) return err('AT_COMMAND_NOT_FOUND')
    this.#modem.print(`AT+${name}=${value}`)
    return ok(undefined)
  }

  #readState(name: string): string | undefined {
    const last = this.#lastDownlink
    const { device, identity } = this.#modem
    switch (name) {
      case 'VER':
        return VERSION
      case 'HWMODEL':
        return 'rak3172'
      case 'SN':
        return identity.devEui.toUpperCase()
      case 'NJS':
        return device.isJoined ? '1' : '0'
      case 'DEVADDR':
        return (device.session?.devAddr ?? 0).toString(16).toUpperCase().padStart(8, '0')
      case 'CFS':
        return String(this.#lastConfirmed)
      case 'RECV':
        return last?.fPort === undefined ? '0:' : `${last.fPort}:${toHex(last.payload)}`
      case 'RSSI':
        return String(Math.round(last?.rssiDbm ?? 0))
      case 'SNR':
        return String(Math.round(last?.snrDb ?? 0))
      case 'LTIME':
        return localTime(this.#modem.time)
      default:
        return undefined
    }
  }

  #assign(name: string, value: string): AtReply {
    const modem = this.#modem
    if (name === 'SEND') return this.#send(value)
    if (name === 'JOIN') return this.#join(value)
    const written = this.#settings.write(name, value, modem.isBusy)
    if (written === undefined) return err('AT_COMMAND_NOT_FOUND')
    if (written.ok) modem.configure()
    if (written.ok && name === 'NWM') queueMicrotask(() => modem.run(() => modem.reboot()))
    return written
  }

  #send(value: string): AtReply {
    const modem = this.#modem
    const parts = SEND.exec(value)
    const payload = parts === null ? null : parseHex(parts[2]!.toLowerCase())
    const fPort = Number(parts?.[1])
    if (payload === null || fPort < 1 || fPort > 223) return err('AT_PARAM_ERROR')
    if (!modem.device.isJoined) return err('AT_NO_NETWORK_JOINED')
    if (modem.isBusy) {
      if (this.#settings.numbers.DCS === 1) modem.print(`Restricted_Wait_${DUTY_CYCLE_WAIT_MS}_ms`)
      return err('AT_BUSY_ERROR')
    }
    if (payload.length > modem.device.roomForPayload) {
      const nothing = new Uint8Array(0)
      modem.run(() => modem.send({ fPort: undefined, payload: nothing, isConfirmed: false }))
      return err('AT_PARAM_ERROR')
    }
    modem.run(() => this.#sendAndReport(fPort, payload))
    return undefined
  }

  async #sendAndReport(fPort: number, payload: Uint8Array): Promise<void> {
    const modem = this.#modem
    const { CFM, LINKCHECK, TIMEREQ } = this.#settings.numbers
    const isConfirmed = CFM === 1
    if (LINKCHECK > 0) modem.device.request('LinkCheckReq')
    if (TIMEREQ === 1) modem.device.request('DeviceTimeReq')
    const onAir = () => this.#reply(ok(undefined))
    const sent = await modem.send({ fPort, payload, isConfirmed, onAir })
    if (!sent.ok) {
      this.#reply(sendFailure(sent.error))
      return
    }
    const { isAcknowledged, transmissions, downlinks } = sent.value
    if (isConfirmed) {
      this.#lastConfirmed = isAcknowledged ? 1 : 0
      modem.print(isAcknowledged ? '+EVT:SEND_CONFIRMED_OK' : `+EVT:SEND_CONFIRMED_FAILED(${transmissions})`)
    } else {
      modem.print('+EVT:TX_DONE')
    }
    for (const downlink of downlinks) this.#announceDownlink(downlink)
    this.#announceNotices(sent.value)
  }

  #announceDownlink(downlink: Downlink): void {
    this.#lastDownlink = downlink
    if (downlink.fPort === undefined) return
    const { window, rssiDbm, snrDb, fPort, payload } = downlink
    this.#modem.print(
      `+EVT:${window}:${Math.round(rssiDbm)}:${Math.round(snrDb)}:UNICAST:${fPort}:${toHex(payload)}`,
    )
  }

  #announceNotices(report: SendReport): void {
    const { LINKCHECK, TIMEREQ } = this.#settings.numbers
    if (LINKCHECK > 0) {
      const check = findNotice(report, 'LinkCheckAns')
      const heard = report.downlinks[0]
      this.#modem.print(
        check !== undefined && heard !== undefined
          ? `+EVT:LINKCHECK:0:${check.marginDb}:${check.gatewayCount}:${Math.round(heard.rssiDbm)}:${Math.round(heard.snrDb)}`
          : '+EVT:LINKCHECK:1:0:0:0:0',
      )
      if (LINKCHECK === 1) this.#settings.numbers.LINKCHECK = 0
    }
    if (TIMEREQ === 1) {
      const isAnswered = findNotice(report, 'DeviceTimeAns') !== undefined
      this.#modem.print(isAnswered ? '+EVT:TIMEREQ_OK' : '+EVT:TIMEREQ_FAILED')
      this.#settings.numbers.TIMEREQ = 0
    }
  }

  #join(value: string): AtReply {
    const modem = this.#modem
    const parts = JOIN.exec(value)
    const periodS = Number(parts?.[3] ?? DEFAULT_JOIN_PERIOD_S)
    const tries = Math.max(1, Number(parts?.[4] ?? 0))
    if (parts === null || periodS < 7 || periodS > 255 || tries > 255) return err('AT_PARAM_ERROR')
    if (parts[1] === '0') {
      modem.isJoining = false
      return ok(undefined)
    }
    if (modem.isBusy) return err('AT_BUSY_ERROR')
    modem.isJoining = true
    modem.run(() => this.#joinAndReport(tries, periodS))
    return undefined
  }

  async #joinAndReport(tries: number, periodS: number): Promise<void> {
    const modem = this.#modem
    const { DEVEUI, APPEUI, APPKEY } = this.#settings.hex
    await modem.adoptIdentity({
      devEui: DEVEUI.toLowerCase(),
      joinEui: APPEUI.toLowerCase(),
      appKey: APPKEY.toLowerCase(),
    })
    this.#reply(ok(undefined))
    let failure: JoinError | undefined
    for (let attempt = 1; attempt <= tries && modem.isJoining; attempt++) {
      const joined = await modem.device.join()
      failure = joined.ok ? undefined : joined.error
      if (failure === undefined || failure === 'rebooted') break
      if (attempt < tries) await modem.clock.sleep(periodS * 1000)
    }
    if (failure === 'rebooted') return
    modem.isJoining = false
    modem.configure()
    modem.print(failure === undefined ? '+EVT:JOINED' : `+EVT:JOIN_FAILED_${joinFailure(failure)}`)
  }

  #reply(reply: AtReply): void {
    if (reply !== undefined) this.#modem.print(reply.ok ? 'OK' : reply.error)
  }
}

function sendFailure(error: SendError): AtReply {
  switch (error) {
    case 'busy':
    case 'no-free-channel':
      return err('AT_BUSY_ERROR')
    case 'not-joined':
      return err('AT_NO_NETWORK_JOINED')
    case 'payload-too-long':
      return err('AT_PARAM_ERROR')
    case 'counter-exhausted':
      return err('AT_ERROR')
    case 'rebooted':
      return undefined
  }
}

function joinFailure(error: JoinError): string {
  return error === 'join-timeout' ? 'RX_TIMEOUT' : 'TX_TIMEOUT'
}

/** `15h08m55s on 08/17/2026`, UTC, the month first. */
function localTime(unixMs: number): string {
  const [date = '', time = ''] = new Date(unixMs).toISOString().split(/[T.]/)
  const [year, month, day] = date.split('-')
  const [hour, minute, second] = time.split(':')
  return `${hour}h${minute}m${second}s on ${month}/${day}/${year}`
}
