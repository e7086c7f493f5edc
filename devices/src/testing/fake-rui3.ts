import type { Clock } from '@hanpyo/platform/clock.ts'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { LineAssembler } from '../line-assembler.ts'
import { createTransport, type TransportEnd } from '../stream-transport.ts'
import type { Transport } from '../transport.ts'

type Reaction = (modem: FakeRui3, match: RegExpExecArray) => void

/** When a join or an uplink is over: the second receive window of `rx1_delay = 5`. */
const WINDOWS_MS = 6_200

const ORDERLY: [pattern: RegExp, reaction: Reaction][] = [
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
  [
    /^AT\+(BAND|NJM|CLASS|CFM|LBT|LBTRSSI|LBTSCANTIME|LINKCHECK|TIMEREQ|DEVEUI|APPEUI|APPKEY)=[^?]+$/,
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
      if (modem.isJoined) modem.later(WINDOWS_MS, () => modem.print('+EVT:TX_DONE'))
    },
  ],
  [/^ATZ$/, (modem) => modem.later(300, () => modem.reboot())],
]

/** The other end of a transport, scripted: orderly unless a test says otherwise. */
export class FakeRui3 {
  readonly transport: Transport
  /** Every complete line the driver wrote. */
  readonly received: string[] = []
  isJoined = false
  dataRate = 5
  readonly #clock: Clock
  readonly #end: TransportEnd
  readonly #overrides: [RegExp, Reaction][] = []

  constructor(clock: Clock) {
    this.#clock = clock
    const lines = new LineAssembler()
    this.#end = createTransport('fake:', {
      write: async (bytes) => {
        for (const line of lines.push(bytes)) this.#react(line)
      },
      close: async () => {},
    })
    this.transport = this.#end.transport
  }

  /** Replaces the reaction to commands that match; the latest rule wins. */
  on(pattern: RegExp, reaction: Reaction): void {
    this.#overrides.unshift([pattern, reaction])
  }

  print(...lines: string[]): void {
    this.raw(lines.map((line) => `${line}\r\n`).join(''))
  }

  raw(text: string | Uint8Array): void {
    this.#end.received(typeof text === 'string' ? utf8(text) : text)
  }

  later(delayMs: number, action: () => void): void {
    this.#clock.setTimeout(action, delayMs)
  }

  reboot(): void {
    this.isJoined = false
    this.print(
      'RAKwireless RAK3172-E',
      '------',
      'Version: RUI_4.2.1_RAK3172-E',
      'Current Work Mode: LoRaWAN.',
    )
  }

  unplug(): void {
    this.#end.ended('unplugged')
  }

  #react(line: string): void {
    for (const [pattern, reaction] of [...this.#overrides, ...ORDERLY]) {
      const match = pattern.exec(line)
      if (match === null) continue
      this.received.push(line)
      reaction(this, match)
      return
    }
    this.received.push(line)
    this.print('AT_COMMAND_NOT_FOUND')
  }
}
