import { concatBytes } from '@hanpyo/protocol/bytes.ts'
import { type DeviceCommand, encodeDeviceCommand } from './commands.ts'
import { MAX_FOPTS_BYTES } from './frame.ts'

/** Answers that go with every uplink until a downlink shows that the server got one (TS001-1.0.4 section 5). */
const STICKY: readonly DeviceCommand['name'][] = ['RXParamSetupAns', 'RXTimingSetupAns', 'DlChannelAns']

/** MAC answers and ACK that wait for the next uplink. */
export class PendingAnswers {
  #commands: DeviceCommand[] = []
  #sentCount = 0
  #owesAck = false

  add(commands: readonly DeviceCommand[]): void {
    this.#commands.push(...commands)
  }

  /** FOpts of the next uplink: as many whole commands, from the oldest on, as fit 15 bytes. */
  bytes(): Uint8Array {
    return concatBytes(...this.#fitting().map(encodeDeviceCommand))
  }

  /** The uplink with `bytes()` was made: only sticky answers stay. */
  markSent(): void {
    const fitting = this.#fitting()
    const staying = fitting.filter((command) => STICKY.includes(command.name))
    this.#sentCount = staying.length
    this.#commands = [...staying, ...this.#commands.slice(fitting.length)]
  }

  /** A downlink came: sticky answers that had been sent arrived. */
  forgetSent(): void {
    this.#commands.splice(0, this.#sentCount)
    this.#sentCount = 0
  }

  oweAck(): void {
    this.#owesAck = true
  }

  /** Whether the next uplink acknowledges a confirmed downlink; asked once per uplink. */
  takeAck(): boolean {
    const owed = this.#owesAck
    this.#owesAck = false
    return owed
  }

  clear(): void {
    this.#commands = []
    this.#sentCount = 0
    this.#owesAck = false
  }

  #fitting(): DeviceCommand[] {
    const fitting: DeviceCommand[] = []
    let length = 0
    for (const command of this.#commands) {
      length += encodeDeviceCommand(command).length
      if (length > MAX_FOPTS_BYTES) break
      fitting.push(command)
    }
    return fitting
  }
}
