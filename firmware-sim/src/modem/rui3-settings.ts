import { err, ok, type Result } from '@hanpyo/protocol/result.ts'

/** Answers of RUI3 to a command that was not carried out. */
export type AtError =
  | 'AT_ERROR'
  | 'AT_PARAM_ERROR'
  | 'AT_BUSY_ERROR'
  | 'AT_TEST_PARAM_OVERFLOW'
  | 'AT_NO_NETWORK_JOINED'
  | 'AT_MODE_NO_SUPPORT'
  | 'AT_COMMAND_NOT_FOUND'
  | 'AT_UNSUPPORTED_BAND'

/** A setting that is a number within a range. `isFixedWhileBusy` ones are refused during a send or join. */
interface NumberSetting {
  readonly least: number
  readonly most: number
  readonly initial: number
  readonly isFixedWhileBusy?: true
}

/** Numeric settings of the LoRaWAN mode that this modem keeps (RAK3172 AT command manual, RUI3 4.x). */
const NUMBER_SETTINGS = {
  NWM: { least: 0, most: 1, initial: 1 },
  NJM: { least: 0, most: 1, initial: 1, isFixedWhileBusy: true },
  CFM: { least: 0, most: 1, initial: 0 },
  RETY: { least: 0, most: 7, initial: 0 },
  ADR: { least: 0, most: 1, initial: 0, isFixedWhileBusy: true },
  DR: { least: 0, most: 5, initial: 5, isFixedWhileBusy: true },
  TXP: { least: 0, most: 7, initial: 0 },
  DCS: { least: 0, most: 1, initial: 0 },
  LBT: { least: 0, most: 1, initial: 1 },
  LBTRSSI: { least: -127, most: -1, initial: -65 },
  LBTSCANTIME: { least: 5, most: 100, initial: 5 },
  PNM: { least: 0, most: 1, initial: 1 },
  LINKCHECK: { least: 0, most: 2, initial: 0 },
  TIMEREQ: { least: 0, most: 1, initial: 0 },
} as const satisfies Record<string, NumberSetting>

export type NumberName = keyof typeof NUMBER_SETTINGS

/** Identity and other texts; EUIs and key in upper-case hex, as RUI3 prints them. */
const HEX_SETTINGS = { DEVEUI: 16, APPEUI: 16, APPKEY: 32 } as const
export type HexName = keyof typeof HEX_SETTINGS

const KR920_BAND = 7
const HIGHEST_BAND = 12

/** Everything `AT+X=<v>` can set and that outlives a reboot of the modem. */
export class Rui3Settings {
  readonly numbers: Record<NumberName, number>
  readonly hex: Record<HexName, string>

  constructor(initial: {
    devEui: string
    joinEui: string
    appKey: string
    dataRate: number
    isAdrOn: boolean
  }) {
    const names = Object.keys(NUMBER_SETTINGS) as NumberName[]
    this.numbers = Object.fromEntries(names.map((name) => [name, NUMBER_SETTINGS[name].initial])) as Record<
      NumberName,
      number
    >
    this.numbers.DR = initial.dataRate
    this.numbers.ADR = initial.isAdrOn ? 1 : 0
    this.hex = {
      DEVEUI: initial.devEui.toUpperCase(),
      APPEUI: initial.joinEui.toUpperCase(),
      APPKEY: initial.appKey.toUpperCase(),
    }
  }

  /** The value `AT+<name>=?` answers with; undefined when this is not a setting. */
  read(name: string): string | undefined {
    if (isNumberName(name)) return String(this.numbers[name])
    if (isHexName(name)) return this.hex[name]
    if (name === 'BAND') return String(KR920_BAND)
    return name === 'CLASS' ? 'A' : undefined
  }

  /** Carries out `AT+<name>=<text>`; undefined when this is not a setting. */
  write(name: string, text: string, isBusy: boolean): Result<void, AtError> | undefined {
    if (isNumberName(name)) return this.#writeNumber(name, text, isBusy)
    if (isHexName(name)) return this.#writeHex(name, text, isBusy)
    if (name === 'BAND') return writeBand(text)
    if (name !== 'CLASS') return undefined
    if (!/^[ABC]$/.test(text)) return err('AT_PARAM_ERROR')
    return text === 'A' ? ok(undefined) : err('AT_MODE_NO_SUPPORT')
  }

  #writeNumber(name: NumberName, text: string, isBusy: boolean): Result<void, AtError> {
    const { least, most, isFixedWhileBusy }: NumberSetting = NUMBER_SETTINGS[name]
    const value = Number(text)
    if (!/^-?\d{1,3}$/.test(text) || value < least || value > most) return err('AT_PARAM_ERROR')
    if (isBusy && isFixedWhileBusy === true) return err('AT_BUSY_ERROR')
    this.numbers[name] = value
    return ok(undefined)
  }

  #writeHex(name: HexName, text: string, isBusy: boolean): Result<void, AtError> {
    if (text.length !== HEX_SETTINGS[name] || !/^[0-9a-fA-F]+$/.test(text)) return err('AT_PARAM_ERROR')
    if (isBusy) return err('AT_BUSY_ERROR')
    this.hex[name] = text.toUpperCase()
    return ok(undefined)
  }
}

function writeBand(text: string): Result<void, AtError> {
  const band = Number(text)
  if (!/^\d{1,2}$/.test(text) || band > HIGHEST_BAND) return err('AT_PARAM_ERROR')
  return band === KR920_BAND ? ok(undefined) : err('AT_UNSUPPORTED_BAND')
}

function isNumberName(name: string): name is NumberName {
  return Object.hasOwn(NUMBER_SETTINGS, name)
}

function isHexName(name: string): name is HexName {
  return Object.hasOwn(HEX_SETTINGS, name)
}
