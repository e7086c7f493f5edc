import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { parseHex, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { ServerCommand } from '../mac/commands.ts'
import type { ClassADevice, DeviceIdentity, JoinError, SendError, SendReport } from '../mac/device.ts'
import type { Downlink } from '../mac/downlink.ts'
import { isDataRate } from '../radio/kr920.ts'
import type { SeededRandom } from '../random.ts'
import { LineSplitter } from './line-splitter.ts'
import { type AtError, Rui3Settings } from './rui3-settings.ts'

/** Faults of the serial line, each the share of output lines it hits, 0…1. */
export interface UartFaults {
  /** A line never arrives. */
  silence: number
  /** One character of a line is flipped. */
  garble: number
}

export interface Rui3Options {
  readonly identity: DeviceIdentity
  readonly dataRate: number
  readonly isAdrOn: boolean
  /** Makes the radio behind the modem; called again when `AT+DEVEUI` and the like changed the identity. */
  createDevice(identity: DeviceIdentity): Promise<ClassADevice>
  readonly clock: Clock
  readonly random: SeededRandom
  readonly log: Logger
}

const VERSION = 'RUI_4.2.1_RAK3172-E'
const BANNER = ['RAKwireless RAK3172-E', '-'.repeat(54), `Version: ${VERSION}`, 'Current Work Mode: LoRaWAN.']
/** `undefined`: the answer comes later, or never. */
type AtReply = Result<void, AtError> | undefined

const BOOT_MS = 300
const SEND = /^(\d{1,3}):([0-9a-fA-F]{2,500})$/
const JOIN = /^([01])(?::([01]))?(?::(\d{1,3}))?(?::(\d{1,3}))?$/
const DEFAULT_JOIN_PERIOD_S = 8

/**
 * A RAK3172 with RUI3 firmware on one end of a serial line (RAK3172 AT command manual, RUI3 4.x), traps included: a payload too long for the data rate sends an empty frame and answers AT_PARAM_ERROR, a
 * confirmed send without ACK is `SEND_CONFIRMED_FAILED`, an unconfirmed one is `TX_DONE` whatever became of it,
 * and after a reboot the modem has to join again.
 */
export class Rui3Modem {
  readonly faults: UartFaults = { silence: 0, garble: 0 }
  readonly #options: Rui3Options
  readonly #settings: Rui3Settings
  readonly #lines = new LineSplitter()
  #device: ClassADevice
  #identity: DeviceIdentity
  #output: (bytes: Uint8Array) => void = () => {}
  #hasEcho = false
  #isBooting = false
  #isJoining = false
  #lastDownlink: Downlink | undefined
  #lastConfirmed: 0 | 1 = 0

  private constructor(options: Rui3Options, device: ClassADevice) {
    this.#options = options
    this.#identity = options.identity
    this.#device = device
    this.#settings = new Rui3Settings({ ...options.identity, ...options })
    this.#configure()
  }

  static async start(options: Rui3Options): Promise<Rui3Modem> {
    return new Rui3Modem(options, await options.createDevice(options.identity))
  }

  get device(): ClassADevice {
    return this.#device
  }

  /** Where output goes from now on; while nobody listens it is lost, as on a real line. */
  attach(output: (bytes: Uint8Array) => void): void {
    this.#output = output
    this.#lines.clear()
  }

  detach(): void {
    this.#output = () => {}
  }

  /** Bytes from the host. */
  receive(bytes: Uint8Array): void {
    if (this.#isBooting) return
    if (this.#hasEcho) this.#output(bytes)
    for (const line of this.#lines.push(bytes)) {
      if (line.type === 'overflow') this.#print('AT_TEST_PARAM_OVERFLOW')
      else this.#reply(this.#execute(line.text.trim()))
    }
  }

  /** Power cut, or `ATZ`: whatever was under way is gone, then the banner. */
  async reboot(): Promise<void> {
    const { clock, log } = this.#options
    this.#isBooting = true
    this.#isJoining = false
    this.#lines.clear()
    await this.#device.reboot()
    await clock.sleep(BOOT_MS)
    this.#isBooting = false
    this.#hasEcho = false
    this.#configure()
    log.info('modem-rebooted', { devEui: this.#identity.devEui })
    for (const line of BANNER) this.#print(line)
  }

  #execute(line: string): AtReply {
    const command = /^AT(?:([?EZR])|\+([A-Z0-9]+)(?:=(.*))?)?$/i.exec(line)
    if (command === null) return err('AT_COMMAND_NOT_FOUND')
    const [, short, name, value] = command
    if (short !== undefined) return this.#executeShort(short.toUpperCase())
    if (name === undefined) return ok(undefined)
    if (value === undefined) return err('AT_PARAM_ERROR')
    return value === '?' ? this.#query(name.toUpperCase()) : this.#assign(name.toUpperCase(), value)
  }

  #executeShort(name: string): AtReply {
    if (name === 'Z' || name === 'R') {
      void this.reboot()
      return undefined
    }
    if (name === 'E') this.#hasEcho = !this.#hasEcho
    else this.#print('AT+<CMD>=? reads, AT+<CMD>=<value> writes')
    return ok(undefined)
  }

  #query(name: string): AtReply {
    const value = this.#settings.read(name) ?? this.#readState(name)
    if (value === undefined) return err('AT_COMMAND_NOT_FOUND')
    this.#print(`AT+${name}=${value}`)
    return ok(undefined)
  }

  #readState(name: string): string | undefined {
    const last = this.#lastDownlink
    switch (name) {
      case 'VER':
        return VERSION
      case 'HWMODEL':
        return 'rak3172'
      case 'SN':
        return this.#identity.devEui.toUpperCase()
      case 'NJS':
        return this.#device.isJoined ? '1' : '0'
      case 'DEVADDR':
        return (this.#device.session?.devAddr ?? 0).toString(16).toUpperCase().padStart(8, '0')
      case 'CFS':
        return String(this.#lastConfirmed)
      case 'RECV':
        return last?.fPort === undefined ? '0:' : `${last.fPort}:${toHex(last.payload)}`
      case 'RSSI':
        return String(Math.round(last?.rssiDbm ?? 0))
      case 'SNR':
        return String(Math.round(last?.snrDb ?? 0))
      default:
        return undefined
    }
  }

  #assign(name: string, value: string): AtReply {
    if (name === 'SEND') return this.#send(value)
    if (name === 'JOIN') return this.#join(value)
    const written = this.#settings.write(name, value, this.#isBusy)
    if (written === undefined) return err('AT_COMMAND_NOT_FOUND')
    if (written.ok) this.#configure()
    if (written.ok && name === 'NWM') queueMicrotask(() => void this.reboot())
    return written
  }

  get #isBusy(): boolean {
    return this.#device.isBusy || this.#isJoining
  }

  #send(value: string): AtReply {
    const parts = SEND.exec(value)
    const payload = parts === null ? null : parseHex(parts[2]!.toLowerCase())
    const fPort = Number(parts?.[1])
    if (payload === null || fPort < 1 || fPort > 223) return err('AT_PARAM_ERROR')
    if (!this.#device.isJoined) return err('AT_NO_NETWORK_JOINED')
    if (this.#isBusy) return err('AT_BUSY_ERROR')
    if (payload.length > this.#device.roomForPayload) {
      const nothing = new Uint8Array(0)
      this.#run(() => this.#device.send({ fPort: undefined, payload: nothing, isConfirmed: false }))
      return err('AT_PARAM_ERROR')
    }
    this.#run(() => this.#sendAndReport(fPort, payload))
    return undefined
  }

  async #sendAndReport(fPort: number, payload: Uint8Array): Promise<void> {
    const isConfirmed = this.#settings.numbers.CFM === 1
    if (this.#settings.numbers.LINKCHECK > 0) this.#device.request('LinkCheckReq')
    if (this.#settings.numbers.TIMEREQ === 1) this.#device.request('DeviceTimeReq')
    const onAir = () => this.#reply(ok(undefined))
    const sent = await this.#device.send({ fPort, payload, isConfirmed, onAir })
    if (!sent.ok) {
      this.#reply(sendFailure(sent.error))
      return
    }
    const { isAcknowledged, transmissions, downlinks } = sent.value
    this.#settings.numbers.DR = this.#device.settings.dataRate
    if (isConfirmed) {
      this.#lastConfirmed = isAcknowledged ? 1 : 0
      this.#print(isAcknowledged ? '+EVT:SEND_CONFIRMED_OK' : `+EVT:SEND_CONFIRMED_FAILED(${transmissions})`)
    } else {
      this.#print('+EVT:TX_DONE')
    }
    for (const downlink of downlinks) this.#announceDownlink(downlink)
    this.#announceNotices(sent.value)
  }

  #announceDownlink(downlink: Downlink): void {
    this.#lastDownlink = downlink
    if (downlink.fPort === undefined) return
    const { window, rssiDbm, snrDb, fPort, payload } = downlink
    this.#print(
      `+EVT:${window}:${Math.round(rssiDbm)}:${Math.round(snrDb)}:UNICAST:${fPort}:${toHex(payload)}`,
    )
  }

  #announceNotices({ notices, downlinks }: SendReport): void {
    const { LINKCHECK, TIMEREQ } = this.#settings.numbers
    const find = <N extends ServerCommand['name']>(name: N) => notices.find((one) => one.name === name)
    if (LINKCHECK > 0) {
      const check = find('LinkCheckAns')
      const heard = downlinks[0]
      this.#print(
        check?.name === 'LinkCheckAns' && heard !== undefined
          ? `+EVT:LINKCHECK:0:${check.marginDb}:${check.gatewayCount}:${Math.round(heard.rssiDbm)}:${Math.round(heard.snrDb)}`
          : '+EVT:LINKCHECK:1:0:0:0:0',
      )
      if (LINKCHECK === 1) this.#settings.numbers.LINKCHECK = 0
    }
    if (TIMEREQ === 1) {
      this.#print(find('DeviceTimeAns') === undefined ? '+EVT:TIMEREQ_FAILED' : '+EVT:TIMEREQ_OK')
      this.#settings.numbers.TIMEREQ = 0
    }
  }

  #join(value: string): AtReply {
    const parts = JOIN.exec(value)
    const periodS = Number(parts?.[3] ?? DEFAULT_JOIN_PERIOD_S)
    const tries = Math.max(1, Number(parts?.[4] ?? 0))
    if (parts === null || periodS < 7 || periodS > 255 || tries > 255) return err('AT_PARAM_ERROR')
    if (parts[1] === '0') {
      this.#isJoining = false
      return ok(undefined)
    }
    if (this.#isBusy) return err('AT_BUSY_ERROR')
    this.#isJoining = true
    this.#run(() => this.#joinAndReport(tries, periodS))
    return undefined
  }

  async #joinAndReport(tries: number, periodS: number): Promise<void> {
    const { clock } = this.#options
    await this.#adoptIdentity()
    this.#reply(ok(undefined))
    let failure: JoinError | undefined
    for (let attempt = 1; attempt <= tries && this.#isJoining; attempt++) {
      const joined = await this.#device.join()
      failure = joined.ok ? undefined : joined.error
      if (failure === undefined || failure === 'rebooted') break
      if (attempt < tries) await clock.sleep(periodS * 1000)
    }
    if (failure === 'rebooted') return
    this.#isJoining = false
    this.#configure()
    this.#print(failure === undefined ? '+EVT:JOINED' : `+EVT:JOIN_FAILED_${joinFailure(failure)}`)
  }

  /** A modem whose flash cannot be written answers AT_ERROR and stays alive. */
  #run(work: () => Promise<unknown>): void {
    work().catch((error: unknown) => {
      this.#options.log.error('modem-memory-failed', { devEui: this.#identity.devEui, error })
      this.#isJoining = false
      this.#print('AT_ERROR')
    })
  }

  /** The radio is made anew when the host changed EUIs or key. */
  async #adoptIdentity(): Promise<void> {
    const { DEVEUI, APPEUI, APPKEY } = this.#settings.hex
    const wanted = {
      devEui: DEVEUI.toLowerCase(),
      joinEui: APPEUI.toLowerCase(),
      appKey: APPKEY.toLowerCase(),
    }
    const { devEui, joinEui, appKey } = this.#identity
    if (wanted.devEui === devEui && wanted.joinEui === joinEui && wanted.appKey === appKey) return
    this.#identity = wanted
    this.#device = await this.#options.createDevice(wanted)
    this.#configure()
  }

  /** Hands the settings to the radio. */
  #configure(): void {
    const { DR, ADR, RETY, LBT, LBTRSSI, LBTSCANTIME } = this.#settings.numbers
    const { settings } = this.#device
    if (isDataRate(DR)) settings.dataRate = DR
    settings.isAdrOn = ADR === 1
    settings.confirmedRetries = RETY
    settings.lbt = { isOn: LBT === 1, senseMs: LBTSCANTIME, thresholdDbm: LBTRSSI }
  }

  #reply(reply: AtReply): void {
    if (reply !== undefined) this.#print(reply.ok ? 'OK' : reply.error)
  }

  #print(line: string): void {
    const { random } = this.#options
    if (this.#isBooting || random.next() < this.faults.silence) return
    const bytes = utf8(`${line}\r\n`)
    if (random.next() < this.faults.garble) bytes[random.integer(bytes.length)]! ^= 1 << random.integer(7)
    this.#output(bytes)
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
