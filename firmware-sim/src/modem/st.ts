import { parseHex, toHex } from '@hanpyo/protocol/bytes.ts'
import type { ClassADevice, SendReport } from '../mac/device.ts'
import { isDataRate } from '../radio/kr920.ts'
import { type Firmware, findNotice, type ModemOptions, type SimulatedModem } from './simulated-modem.ts'

const VERSION_LINES = [
  'APP_VERSION:        V1.3.0',
  'MW_LORAWAN_VERSION: V2.5.0',
  'MW_RADIO_VERSION:   V1.3.0',
]
const COMMAND = /^AT(?:(Z)|(\?)|\+([A-Z0-9]+)(?:=(.*))?)?$/i
const SEND = /^(\d{1,3}):([01]):([0-9A-Fa-f]*)$/
const KR920_BAND = 6
const HIGHEST_BAND = 9
/** `AT+LTIME` adds these to UTC: the example was written in France. */
const LOCAL_TIME_OFFSET_MS = 2 * 3_600_000

type Reply =
  | 'OK'
  | 'AT_ERROR'
  | 'AT_PARAM_ERROR'
  | 'AT_BUSY_ERROR'
  | 'AT_NO_NETWORK_JOINED'
  | 'AT_TEST_PARAM_OVERFLOW'

/**
 * ST's AT_Slave example on an STM32WL (STM32CubeWL, I-CUBE-LRWAN), traps included: values come bare, with blank lines between,
 * an uplink says nothing when it is over, a missing ACK says nothing either, a payload too long for the data rate sends an
 * empty frame and answers AT_ERROR, the start-up text shows the key, and there is no telling whether it has joined.
 */
export class StFirmware implements Firmware {
  readonly noise = '+EVT:BEACON_LOST'
  readonly clockStartMs = 0
  readonly #modem: SimulatedModem
  readonly #euis: { DEUI: string; APPEUI: string }
  readonly #keys: { APPKEY: string; NWKKEY: string }
  readonly #numbers = { ADR: 0, DR: 5, DCS: 0, TXP: 0, VL: 0 }
  #isLinkCheckAsked = false

  constructor(modem: SimulatedModem, options: ModemOptions) {
    const { identity, dataRate, isAdrOn } = options
    this.#modem = modem
    this.#euis = { DEUI: identity.devEui, APPEUI: identity.joinEui }
    this.#keys = { APPKEY: identity.appKey, NWKKEY: identity.appKey }
    this.#numbers.DR = dataRate
    this.#numbers.ADR = isAdrOn ? 1 : 0
  }

  execute(line: string): void {
    // ADR may have changed it since.
    this.#numbers.DR = this.#modem.device.settings.dataRate
    const reply = this.#answer(line)
    if (reply !== undefined) this.#modem.print('', reply)
  }

  overflow(): void {
    this.#modem.print('', 'AT_TEST_PARAM_OVERFLOW')
  }

  memoryFailed(): void {
    this.#modem.print('', 'AT_ERROR')
  }

  boot(): void {
    this.#modem.print(
      ...VERSION_LINES,
      '###### OTAA ######',
      `###### AppKey:      ${withColons(this.#keys.APPKEY)}`,
      `###### DevEUI:      ${withColons(this.#euis.DEUI)}`,
      'ATtention command interface',
      'AT? to list all available functions',
    )
  }

  configure({ settings }: ClassADevice): void {
    const { DR, ADR } = this.#numbers
    if (isDataRate(DR)) settings.dataRate = DR
    settings.isAdrOn = ADR === 1
  }

  #answer(line: string): Reply | undefined {
    const command = COMMAND.exec(line)
    if (command === null) return 'AT_ERROR'
    const [, reset, help, name, value] = command
    const modem = this.#modem
    if (reset !== undefined) {
      modem.run(() => modem.reboot())
      return undefined
    }
    if (help !== undefined) modem.print('AT+<CMD>=? reads, AT+<CMD>=<value> writes')
    if (name === undefined) return 'OK'
    if (value === '?') return this.#query(name.toUpperCase())
    return value === undefined ? this.#perform(name.toUpperCase()) : this.#assign(name.toUpperCase(), value)
  }

  #query(name: string): Reply {
    const lines = this.#read(name)
    if (lines === undefined) return 'AT_ERROR'
    this.#modem.print(...lines)
    return 'OK'
  }

  #read(name: string): readonly string[] | undefined {
    switch (name) {
      case 'VER':
        return VERSION_LINES
      case 'BAND':
        return [`${KR920_BAND}:KR920`]
      case 'CLASS':
        return ['A']
      case 'DR':
        return [String(this.#modem.device.settings.dataRate)]
      case 'DEUI':
      case 'APPEUI':
        return [withColons(this.#euis[name])]
      case 'APPKEY':
      case 'NWKKEY':
        return [withColons(this.#keys[name])]
      case 'LTIME':
        return [localTime(this.#modem.time + LOCAL_TIME_OFFSET_MS)]
      case 'ADR':
      case 'DCS':
      case 'TXP':
      case 'VL':
        return [String(this.#numbers[name])]
      default:
        return undefined
    }
  }

  #perform(name: string): Reply {
    if (name !== 'LINKC') return 'AT_ERROR'
    this.#isLinkCheckAsked = true
    return 'OK'
  }

  #assign(name: string, value: string): Reply | undefined {
    switch (name) {
      case 'SEND':
        return this.#send(value)
      case 'JOIN':
        return this.#join(value)
      case 'BAND':
        if (!/^\d$/.test(value) || Number(value) > HIGHEST_BAND) return 'AT_PARAM_ERROR'
        return Number(value) === KR920_BAND ? 'OK' : 'AT_PARAM_ERROR'
      case 'CLASS':
        return value === 'A' ? 'OK' : 'AT_PARAM_ERROR'
      case 'DEUI':
      case 'APPEUI':
        if (!isSeparatedHex(value, 8)) return 'AT_PARAM_ERROR'
        this.#euis[name] = value.replaceAll(':', '').toLowerCase()
        return 'OK'
      case 'APPKEY':
      case 'NWKKEY':
        if (!isSeparatedHex(value, 16)) return 'AT_PARAM_ERROR'
        this.#keys[name] = value.replaceAll(':', '').toLowerCase()
        return 'OK'
      case 'ADR':
      case 'DR':
      case 'DCS':
      case 'TXP':
      case 'VL':
        if (!/^\d{1,2}$/.test(value) || (name === 'DR' && Number(value) > 5)) return 'AT_PARAM_ERROR'
        this.#numbers[name] = Number(value)
        this.#modem.configure()
        return 'OK'
      default:
        return 'AT_ERROR'
    }
  }

  #join(value: string): Reply | undefined {
    const modem = this.#modem
    if (value !== '1') return 'AT_PARAM_ERROR'
    if (modem.isBusy) return 'AT_BUSY_ERROR'
    modem.isJoining = true
    modem.run(async () => {
      // With LoRaWAN 1.0.x the root key is what this firmware calls NwkKey.
      const { DEUI: devEui, APPEUI: joinEui } = this.#euis
      await modem.adoptIdentity({ devEui, joinEui, appKey: this.#keys.NWKKEY })
      modem.print('', 'OK')
      const joined = await modem.device.join()
      if (!joined.ok && joined.error === 'rebooted') return
      modem.isJoining = false
      modem.configure()
      modem.print(joined.ok ? '+EVT:JOINED' : '+EVT:JOIN FAILED')
    })
    return undefined
  }

  #send(value: string): Reply {
    const modem = this.#modem
    const [, port, acknowledge, hex] = SEND.exec(value) ?? []
    const payload = hex === undefined ? null : parseHex(hex.toLowerCase())
    if (payload === null) return 'AT_PARAM_ERROR'
    const { device } = modem
    if (!device.isJoined) return 'AT_NO_NETWORK_JOINED'
    if (modem.isBusy) return 'AT_BUSY_ERROR'
    if (this.#isLinkCheckAsked) device.request('LinkCheckReq')
    this.#isLinkCheckAsked = false
    if (payload.length > device.roomForPayload) {
      modem.run(() => modem.send({ fPort: undefined, payload: new Uint8Array(0), isConfirmed: false }))
      return 'AT_ERROR'
    }
    modem.run(async () => {
      const sent = await modem.send({ fPort: Number(port), payload, isConfirmed: acknowledge === '1' })
      if (!sent.ok) return
      this.#report(sent.value)
    })
    return 'OK'
  }

  /** Downlinks and a received ACK; nothing when nothing came. */
  #report(report: SendReport): void {
    const modem = this.#modem
    const { dataRate } = modem.device.settings
    const check = findNotice(report, 'LinkCheckAns')
    if (report.isAcknowledged) modem.print('+EVT:SEND_CONFIRMED')
    for (const { fPort, payload, window, rssiDbm, snrDb } of report.downlinks) {
      if (fPort !== undefined) {
        const length = payload.length.toString(16).padStart(2, '0').toUpperCase()
        modem.print(`+EVT:${fPort}:${length}:${toHex(payload).toUpperCase()}`)
      }
      const link = check === undefined ? '' : `, DMODM ${check.marginDb}, GWN ${check.gatewayCount}`
      const signal = `RSSI ${Math.round(rssiDbm)}, SNR ${Math.round(snrDb)}`
      modem.print(`+EVT:${window}, PORT ${fPort ?? 0}, DR ${dataRate}, ${signal}${link}`)
    }
  }
}

function withColons(hex: string): string {
  return hex.toUpperCase().replace(/..(?=.)/g, '$&:')
}

function isSeparatedHex(text: string, bytes: number): boolean {
  return new RegExp(`^(?:[0-9A-Fa-f]{2}:){${bytes - 1}}[0-9A-Fa-f]{2}$`).test(text)
}

/** `LTIME:15h08m55s on 17/08/2026`, the day first. */
function localTime(unixMs: number): string {
  const [date = '', time = ''] = new Date(unixMs).toISOString().split(/[T.]/)
  const [year, month, day] = date.split('-')
  const [hour, minute, second] = time.split(':')
  return `LTIME:${hour}h${minute}m${second}s on ${day}/${month}/${year}`
}
