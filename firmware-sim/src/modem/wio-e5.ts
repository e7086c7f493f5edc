import type { Timer } from '@hanpyo/platform/clock.ts'
import { parseHex, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import type { ClassADevice, SendError, SendReport } from '../mac/device.ts'
import { isDataRate } from '../radio/kr920.ts'
import { type Firmware, findNotice, type ModemOptions, type SimulatedModem } from './simulated-modem.ts'
import { AutoSleep } from './wio-e5-sleep.ts'

const VERSION = '4.0.11'
const COMMAND = /^AT(?:\+([A-Z]+)(?:=(.*))?)?$/i
/** Error numbers of the AT command specification. */
const ERROR = {
  parameter: -1,
  unknown: -10,
  format: -11,
  unavailable: -12,
  tooLong: -21,
  character: -23,
} as const
/** The modem stops waiting for the end of a command. */
const INPUT_TIMEOUT_MS = 10_000
/** `AT+RTC` starts here with every power-up. */
const CLOCK_START_MS = Date.UTC(2020, 0, 1)
const LONGEST_INPUT = 528

/** What is printed at once; the rest of a join or send comes later. */
type Lines = readonly string[]

/**
 * A Wio-E5 / LoRa-E5 (AT command specification V1.0, firmware 4.x), traps included: every command answers in lines of its
 * own name, a send ends with `Done` whether or not an ACK came, a payload too long for the data rate is refused with the
 * length that would fit, a key is read back aloud, a restart says nothing, a sleeping modem misses commands, and what is
 * typed too slowly is dropped.
 */
export class WioE5Firmware implements Firmware {
  readonly noise = '+LOG: DEBUG'
  readonly clockStartMs = CLOCK_START_MS
  readonly #modem: SimulatedModem
  readonly #sleep = new AutoSleep()
  readonly #ids: Record<'DevEui' | 'AppEui', string>
  #appKey: string
  #dataRate: number
  #isAdrOn: boolean
  #port = 8
  #retries = 0
  #inputTimer: Timer | undefined

  constructor(modem: SimulatedModem, options: ModemOptions) {
    const { identity, dataRate, isAdrOn } = options
    this.#modem = modem
    this.#ids = { DevEui: identity.devEui, AppEui: identity.joinEui }
    this.#appKey = identity.appKey
    this.#dataRate = dataRate
    this.#isAdrOn = isAdrOn
  }

  hear(bytes: Uint8Array): Uint8Array {
    const heard = this.#sleep.hear(bytes)
    const { clock } = this.#modem
    clock.clearTimeout(this.#inputTimer)
    this.#inputTimer = undefined
    const last = heard.at(-1)
    if (last === undefined || last === 0x0a || last === 0x0d) return heard
    this.#inputTimer = clock.setTimeout(() => {
      this.#modem.dropInput()
      this.#modem.print('+INFO: Input timeout')
    }, INPUT_TIMEOUT_MS)
    return heard
  }

  overflow(): void {
    this.#modem.print(...failure('AT', ERROR.tooLong))
  }

  boot(): void {
    this.#sleep.isOn = false
    this.#port = 8
  }

  memoryFailed(): void {
    this.#modem.print(...failure('AT', ERROR.unavailable))
  }

  configure({ settings }: ClassADevice): void {
    if (isDataRate(this.#dataRate)) settings.dataRate = this.#dataRate
    settings.isAdrOn = this.#isAdrOn
    settings.confirmedRetries = this.#retries
  }

  execute(line: string): void {
    // ADR may have changed it since.
    this.#dataRate = this.#modem.device.settings.dataRate
    this.#modem.print(...this.#answer(line))
  }

  #answer(line: string): Lines {
    if (line.length > LONGEST_INPUT) return failure('AT', ERROR.tooLong)
    if (line.includes('\ufffd')) return failure('AT', ERROR.character)
    const command = COMMAND.exec(line)
    if (command === null) return failure('AT', /^AT\+/i.test(line) ? ERROR.format : ERROR.unknown)
    const [, name, value] = command
    return name === undefined ? ['+AT: OK'] : this.#dispatch(name.toUpperCase(), value?.trim())
  }

  #dispatch(name: string, value: string | undefined): Lines {
    const modem = this.#modem
    switch (name) {
      case 'VER':
        return value === undefined ? [`+VER: ${VERSION}`] : failure(name, ERROR.parameter)
      case 'ID':
        return this.#id(value)
      case 'KEY':
        return this.#key(value)
      case 'DR':
        return this.#rate(value)
      case 'PORT':
        return this.#number(name, value, { least: 1, most: 255, current: this.#port }, (port) => {
          this.#port = port
        })
      case 'RETRY':
        return this.#number(name, value, { least: 0, most: 7, current: this.#retries }, (retries) => {
          this.#retries = retries
          modem.configure()
        })
      case 'REPT':
        return this.#number(name, value, { least: 1, most: 15, current: 1 }, () => {})
      case 'ADR':
        return this.#choice(name, value, ['ON', 'OFF'], this.#isAdrOn ? 'ON' : 'OFF', (choice) => {
          this.#isAdrOn = choice === 'ON'
          modem.configure()
        })
      case 'MODE':
        return this.#choice(name, value, ['LWOTAA'], 'LWOTAA', () => {})
      case 'CLASS':
        return this.#choice(name, value, ['A'], 'A', () => {})
      case 'LOWPOWER':
        return this.#choice(name, value, ['AUTOON', 'AUTOOFF'], 'AUTOOFF', (choice) => {
          this.#sleep.isOn = choice === 'AUTOON'
        })
      case 'LW':
        return this.#lorawan(value)
      case 'RTC':
        return [`+RTC: ${new Date(modem.time).toISOString().replace('T', ' ').replace('Z', '')}`]
      case 'RESET':
        modem.print('+RESET: OK')
        modem.run(() => modem.reboot())
        return []
      case 'JOIN':
        return this.#join(value)
      case 'MSG':
      case 'CMSG':
      case 'MSGHEX':
      case 'CMSGHEX':
        return this.#send(name, value)
      default:
        return failure('AT', ERROR.unknown)
    }
  }

  #id(value: string | undefined): Lines {
    if (value === undefined) return [...[0, 1].map((at) => this.#idLine(['DevEui', 'AppEui'][at]!))]
    const [, which, hex] =
      /^(DevEui|AppEui)(?:, ?"?((?:[0-9A-Fa-f]{2}[: ]?){7}[0-9A-Fa-f]{2})"?)?$/i.exec(value) ?? []
    const name = which?.toLowerCase() === 'deveui' ? 'DevEui' : 'AppEui'
    if (which === undefined) return failure('ID', ERROR.parameter)
    if (hex !== undefined) this.#ids[name] = hex.replace(/[: ]/g, '').toLowerCase()
    return [this.#idLine(name)]
  }

  #idLine(name: string): string {
    const eui = name === 'DevEui' ? this.#ids.DevEui : this.#ids.AppEui
    return `+ID: ${name}, ${eui.toUpperCase().replace(/..(?=.)/g, '$&:')}`
  }

  #key(value: string | undefined): Lines {
    const [, hex] = /^APPKEY, ?"?((?:[0-9A-Fa-f]{2} ?){16})"?$/i.exec(value ?? '') ?? []
    if (hex === undefined) return failure('KEY', ERROR.parameter)
    this.#appKey = hex.replaceAll(' ', '').toLowerCase()
    return [`+KEY: APPKEY ${this.#appKey.toUpperCase()}`]
  }

  /** The query has two lines; a channel plan other than this region's is none this modem is sold for. */
  #rate(value: string | undefined): Lines {
    const modem = this.#modem
    if (value?.toUpperCase() === 'KR920') return ['+DR: KR920']
    const [, digits] = /^(?:DR)?([0-5])$/i.exec(value ?? '') ?? []
    if (value !== undefined && value !== 'SCHEME' && digits === undefined)
      return failure('DR', ERROR.parameter)
    if (digits !== undefined) {
      this.#dataRate = Number(digits)
      modem.configure()
    }
    const { dataRate } = modem.device.settings
    return [`+DR: DR${dataRate}`, `+DR: KR920 DR${dataRate} SF${12 - dataRate} BW125K`]
  }

  #lorawan(value: string | undefined): Lines {
    const modem = this.#modem
    switch (value?.toUpperCase()) {
      case 'LEN':
        return [`+LW: LEN, ${modem.device.roomForPayload}`]
      case 'VER':
        return ['+LW: VER, V103']
      case 'LCR':
        modem.device.request('LinkCheckReq')
        return ['+LW: LCR']
      case 'DTR':
        modem.device.request('DeviceTimeReq')
        return ['+LW: DTR']
      default:
        return failure('LW', ERROR.parameter)
    }
  }

  #join(value: string | undefined): Lines {
    const modem = this.#modem
    if (value !== undefined && !/^(FORCE|AUTO)$/i.test(value)) return failure('JOIN', ERROR.parameter)
    if (modem.isBusy) return ['+JOIN: LoRaWAN modem is busy']
    if (modem.device.isJoined && value === undefined) return ['+JOIN: Joined already']
    modem.isJoining = true
    modem.run(async () => {
      await modem.adoptIdentity({ devEui: this.#ids.DevEui, joinEui: this.#ids.AppEui, appKey: this.#appKey })
      modem.print('+JOIN: Start', '+JOIN: NORMAL')
      const joined = await modem.device.join()
      if (!joined.ok && joined.error === 'rebooted') return
      modem.isJoining = false
      modem.configure()
      if (joined.ok) {
        const address = joined.value.devAddr
          .toString(16)
          .padStart(8, '0')
          .toUpperCase()
          .replace(/..(?=.)/g, '$&:')
        modem.print('+JOIN: Network joined', `+JOIN: NetID 000000 DevAddr ${address}`)
      } else {
        modem.print('+JOIN: Join failed')
      }
      modem.print('+JOIN: Done')
    })
    return []
  }

  #send(name: string, value: string | undefined): Lines {
    const modem = this.#modem
    const text = value?.replace(/^"(.*)"$/, '$1') ?? ''
    const payload = name.endsWith('HEX') ? parseHex(text.replaceAll(' ', '').toLowerCase()) : utf8(text)
    if (payload === null) return failure(name, ERROR.parameter)
    const { device } = modem
    if (!device.isJoined) return [`+${name}: Please join network first`]
    if (modem.isBusy) return [`+${name}: LoRaWAN modem is busy`]
    const room = device.roomForPayload
    if (payload.length > room) return [`+${name}: Length error ${room}`]
    const isConfirmed = name.startsWith('C')
    modem.run(async () => {
      const fPort = payload.length === 0 ? undefined : this.#port
      const sent = await modem.send({ fPort, payload, isConfirmed })
      if (sent.ok) {
        this.#report(name, sent.value)
      } else if (sent.error === 'rebooted') return
      else modem.print(`+${name}: ${sendFailure(sent.error)}`)
      modem.print(`+${name}: Done`)
    })
    return isConfirmed ? [`+${name}: Start`, `+${name}: Wait ACK`] : [`+${name}: Start`]
  }

  #report(name: string, report: SendReport): void {
    const modem = this.#modem
    const check = findNotice(report, 'LinkCheckAns')
    if (report.downlinks.some((downlink) => downlink.fPending)) modem.print(`+${name}: FPENDING`)
    if (report.isAcknowledged) modem.print(`+${name}: ACK Received`)
    if (check !== undefined) modem.print(`+${name}: Link ${check.marginDb}, ${check.gatewayCount}`)
    for (const { fPort, payload, window, rssiDbm, snrDb } of report.downlinks) {
      if (fPort !== undefined) modem.print(`+${name}: PORT: ${fPort}; RX: "${toHex(payload).toUpperCase()}"`)
      modem.print(`+${name}: RXWIN${window.at(-1)}, RSSI ${Math.round(rssiDbm)}, SNR ${snrDb.toFixed(1)}`)
    }
  }

  #number(
    name: string,
    value: string | undefined,
    range: { least: number; most: number; current: number },
    change: (value: number) => void,
  ): Lines {
    const number = value === undefined ? range.current : Number(value)
    const isValid =
      (value === undefined || /^\d{1,3}$/.test(value)) && number >= range.least && number <= range.most
    if (!isValid) return failure(name, ERROR.parameter)
    if (value !== undefined) change(number)
    return [`+${name}: ${number}`]
  }

  #choice(
    name: string,
    value: string | undefined,
    choices: readonly string[],
    current: string,
    change: (choice: string) => void,
  ): Lines {
    const choice = value?.toUpperCase() ?? current
    if (!choices.includes(choice)) return failure(name, ERROR.parameter)
    if (value !== undefined) change(choice)
    return [`+${name}: ${choice}`]
  }
}

function failure(command: string, code: number): Lines {
  return [`+${command}: ERROR(${code})`]
}

function sendFailure(error: SendError): string {
  switch (error) {
    case 'no-free-channel':
      return 'No free channel'
    case 'not-joined':
      return 'Please join network first'
    case 'busy':
      return 'LoRaWAN modem is busy'
    default:
      return 'DR error'
  }
}
