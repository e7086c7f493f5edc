import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Dialect, DialectName } from '../modem/dialect.ts'
import { rui3Dialect } from '../modem/rui3.ts'
import { stDialect } from '../modem/st.ts'
import { wioE5Dialect } from '../modem/wio-e5.ts'
import { FakeModem, type Script } from './fake-modem.ts'

export const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  rui3: rui3Dialect,
  'wio-e5': wioE5Dialect,
  st: stDialect,
}

/** When a join or an uplink is over: the second receive window of `rx1_delay = 5`. */
const WINDOWS_MS = 6_200

const rui3: Script = {
  rules: [
    [/^AT$/, (modem) => modem.print('OK')],
    [/^AT\+VER=\?$/, (modem) => modem.print('AT+VER=RUI_4.2.1_RAK3172-E', 'OK')],
    [/^AT\+NWM=\?$/, (modem) => modem.print('AT+NWM=1', 'OK')],
    [/^AT\+BAND=\?$/, (modem) => modem.print('AT+BAND=7', 'OK')],
    [/^AT\+CFM=\?$/, (modem) => modem.print('AT+CFM=0', 'OK')],
    [/^AT\+LBT=\?$/, (modem) => modem.print('AT+LBT=1', 'OK')],
    [/^AT\+LBTRSSI=\?$/, (modem) => modem.print('AT+LBTRSSI=-65', 'OK')],
    [/^AT\+LBTSCANTIME=\?$/, (modem) => modem.print('AT+LBTSCANTIME=5', 'OK')],
    [/^AT\+DEVEUI=\?$/, (modem) => modem.print('AT+DEVEUI=AC1F09FFFE000001', 'OK')],
    [/^AT\+NJS=\?$/, (modem) => modem.print(`AT+NJS=${modem.isJoined ? 1 : 0}`, 'OK')],
    [/^AT\+DR=\?$/, (modem) => modem.print(`AT+DR=${modem.dataRate}`, 'OK')],
    [/^AT\+LTIME=\?$/, (modem) => modem.print(`AT+LTIME=${rui3Time(modem.now)}`, 'OK')],
    [
      /^AT\+(BAND|NJM|CLASS|CFM|RETY|ADR|LINKCHECK|TIMEREQ|DEVEUI|APPEUI|APPKEY)=[^?]+$/,
      (modem) => modem.print('OK'),
    ],
    [
      /^AT\+JOIN=1:/,
      (modem) => {
        modem.print('OK')
        modem.later(WINDOWS_MS, () => {
          modem.isJoined = true
          modem.print('+EVT:JOINED')
        })
      },
    ],
    [
      /^AT\+SEND=(\d+):([0-9A-Fa-f]+)$/,
      (modem) => {
        modem.print(modem.isJoined ? 'OK' : 'AT_NO_NETWORK_JOINED')
        if (!modem.isJoined) return
        const asked = modem.received.slice(-4).join()
        modem.later(WINDOWS_MS, () => {
          modem.print('+EVT:TX_DONE')
          if (asked.includes('AT+LINKCHECK=1')) modem.print('+EVT:LINKCHECK:0:21:2:-60:11')
          if (asked.includes('AT+TIMEREQ=1')) modem.print('+EVT:TIMEREQ_OK')
        })
      },
    ],
    [/^ATZ$/, (modem) => modem.later(300, () => modem.reboot())],
  ],
  banner: ['RAKwireless RAK3172-E', '------', 'Version: RUI_4.2.1_RAK3172-E', 'Current Work Mode: LoRaWAN.'],
  unknownCommand: 'AT_COMMAND_NOT_FOUND',
}

const wioE5: Script = {
  rules: [
    [/^AT$/, (modem) => modem.print('+AT: OK')],
    [/^AT\+VER$/, (modem) => modem.print('+VER: 4.0.11')],
    [/^AT\+MODE$/, (modem) => modem.print('+MODE: LWOTAA')],
    [/^AT\+ID=DevEui$/, (modem) => modem.print('+ID: DevEui, 2C:F7:F1:20:24:90:03:63')],
    [
      /^AT\+DR$/,
      (modem) => {
        const { dataRate } = modem
        modem.print(`+DR: DR${dataRate}`, `+DR: KR920 DR${dataRate} SF${12 - dataRate} BW125K`)
      },
    ],
    [/^AT\+LOWPOWER=AUTOOFF$/, (modem) => modem.print('+LOWPOWER: AUTOOFF')],
    [/^AT\+LW=LEN$/, (modem) => modem.print(`+LW: LEN, ${[51, 51, 51, 115, 242, 242][modem.dataRate]}`)],
    [/^AT\+LW=(LCR|DTR)$/, (modem, [, what]) => modem.print(`+LW: ${what}`)],
    [/^AT\+RTC=UTCMS$/, (modem) => modem.print(`+RTC: ${wioE5Time(modem.now)}`)],
    [
      /^AT\+(PORT|MODE|CLASS|REPT|ADR|DR)=(.+)$/,
      (modem, [, name, value]) => modem.print(`+${name}: ${value}`),
    ],
    [/^AT\+ID=(DevEui|AppEui),"(.+)"$/, (modem, [, name, value]) => modem.print(`+ID: ${name}, ${value}`)],
    [/^AT\+KEY=APPKEY,"(.+)"$/, (modem, [, key]) => modem.print(`+KEY: APPKEY ${key}`)],
    [
      /^AT\+JOIN(=FORCE)?$/,
      (modem, [, force]) => {
        if (modem.isJoined && force === undefined) return modem.print('+JOIN: Joined already')
        modem.print('+JOIN: Start', '+JOIN: NORMAL')
        modem.later(WINDOWS_MS, () => {
          modem.isJoined = true
          modem.print('+JOIN: Network joined', '+JOIN: NetID 000024 DevAddr 48:00:00:01', '+JOIN: Done')
        })
      },
    ],
    [
      /^AT\+MSGHEX="([0-9A-Fa-f]+)"$/,
      (modem) => {
        if (!modem.isJoined) return modem.print('+MSGHEX: Please join network first')
        const asked = modem.received.slice(-5).join()
        modem.print('+MSGHEX: Start')
        modem.later(WINDOWS_MS, () => {
          if (asked.includes('AT+LW=LCR')) modem.print('+MSGHEX: Link 21, 2')
          if (asked.includes('AT+LW=')) modem.print('+MSGHEX: RXWIN1, RSSI -60, SNR 11.0')
          modem.print('+MSGHEX: Done')
        })
      },
    ],
    [
      /^AT\+RESET$/,
      (modem) => {
        modem.isJoined = false
        modem.print('+RESET: OK')
      },
    ],
  ],
  banner: [],
  unknownCommand: '+AT: ERROR(-10)',
}

const ST_VERSION = ['APP_VERSION:        V1.3.0', 'MW_LORAWAN_VERSION: V2.5.0', 'MW_RADIO_VERSION:   V1.3.0']

const st: Script = {
  rules: [
    [/^AT$/, (modem) => modem.print('OK')],
    [/^AT\+VER=\?$/, (modem) => modem.print(...ST_VERSION, '', 'OK')],
    [/^AT\+BAND=\?$/, (modem) => modem.print('6:KR920', '', 'OK')],
    [/^AT\+DEUI=\?$/, (modem) => modem.print('00:80:E1:15:00:00:00:01', '', 'OK')],
    [/^AT\+DR=\?$/, (modem) => modem.print(String(modem.dataRate), '', 'OK')],
    [/^AT\+LINKC$/, (modem) => modem.print('', 'OK')],
    [/^AT\+(BAND|CLASS|ADR|DEUI|APPEUI|APPKEY|NWKKEY)=[^?]+$/, (modem) => modem.print('', 'OK')],
    [
      /^AT\+JOIN=1$/,
      (modem) => {
        modem.print('', 'OK')
        modem.later(WINDOWS_MS, () => {
          modem.isJoined = true
          modem.print('+EVT:JOINED')
        })
      },
    ],
    [
      /^AT\+SEND=(\d+):([01]):([0-9A-Fa-f]+)$/,
      (modem) => {
        modem.print('', modem.isJoined ? 'OK' : 'AT_NO_NETWORK_JOINED')
        if (!modem.isJoined || !modem.received.slice(-3).includes('AT+LINKC')) return
        modem.later(WINDOWS_MS, () =>
          modem.print('+EVT:RX_1, PORT 0, DR 5, RSSI -60, SNR 11, DMODM 21, GWN 2'),
        )
      },
    ],
    [/^ATZ$/, (modem) => modem.later(300, () => modem.reboot())],
  ],
  banner: [
    ...ST_VERSION,
    '###### OTAA ######',
    '###### AppKey:      00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF',
    'ATtention command interface',
    'AT? to list all available functions',
  ],
  unknownCommand: 'AT_ERROR',
}

const SCRIPTS: Readonly<Record<DialectName, Script>> = { rui3, 'wio-e5': wioE5, st }

/** A modem of the given kind with nothing wrong with it. */
export function fakeModem(clock: Clock, dialect: DialectName = 'rui3'): FakeModem {
  return new FakeModem(clock, SCRIPTS[dialect])
}

function rui3Time(unixMs: number): string {
  const [, year, month, day, hour, minute, second] = dateParts(unixMs)
  return `${hour}h${minute}m${second}s on ${month}/${day}/${year}`
}

function wioE5Time(unixMs: number): string {
  return new Date(unixMs).toISOString().replace('T', ' ').replace('Z', '')
}

function dateParts(unixMs: number): readonly string[] {
  return /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)/.exec(new Date(unixMs).toISOString())!
}
