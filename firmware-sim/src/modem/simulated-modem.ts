import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import type { Result } from '@hanpyo/protocol/result.ts'
import type { ServerCommand } from '../mac/commands.ts'
import type { ClassADevice, DeviceIdentity, SendError, SendReport } from '../mac/device.ts'
import { airtimeMs } from '../radio/airtime.ts'
import { maxPayload, spreadingFactor } from '../radio/kr920.ts'
import type { SeededRandom } from '../random.ts'
import { type LineFaults, noFaults } from './line-faults.ts'
import { LineSplitter } from './line-splitter.ts'
import { ModemClock } from './modem-clock.ts'

export interface ModemOptions {
  readonly identity: DeviceIdentity
  readonly dataRate: number
  readonly isAdrOn: boolean
  /** Makes the radio behind the modem; called again when the host changed the identity. */
  createDevice(identity: DeviceIdentity): Promise<ClassADevice>
  readonly clock: Clock
  readonly random: SeededRandom
  readonly log: Logger
  readonly faults?: Partial<LineFaults>
}

/** What a dialect adds to the modem: how commands read and answers look. */
export interface Firmware {
  /** One complete line of the host, trimmed, never empty. */
  execute(line: string): void
  /** A line longer than the modem takes. */
  overflow(): void
  /** Hands the settings to the radio; after power-up, a new identity and every change. */
  configure(device: ClassADevice): void
  /** Power came back: forgets what is not in flash and says what this modem says. */
  boot(): void
  /** The flash cannot be written. */
  memoryFailed(): void
  /** Filters what comes over the line before it is cut into lines, as a sleeping modem does. Default: everything. */
  hear?(bytes: Uint8Array): Uint8Array
  /** Whether commands are repeated because the host asked for it. */
  readonly isEchoing?: boolean
  /** An event of no importance, for the fault `interleave`. */
  readonly noise: string
  /** What its clock shows at power-up, Unix ms. */
  readonly clockStartMs: number
}

const BOOT_MS = 300
/** MHDR, DevAddr, FCtrl, FCnt, FPort, MIC. */
const FRAME_OVERHEAD_BYTES = 13

/**
 * A modem on one end of a serial line, in whatever dialect its firmware speaks: the line with its faults, power, and the
 * LoRaWAN device behind it.
 */
export class SimulatedModem {
  readonly faults: LineFaults
  readonly #options: ModemOptions
  readonly #firmware: Firmware
  readonly #lines = new LineSplitter()
  #clock: ModemClock
  #device: ClassADevice
  #identity: DeviceIdentity
  #output: (bytes: Uint8Array) => void = () => {}
  #isBooting = false
  #isJoining = false

  /** `makeFirmware` gets the modem it runs on. */
  constructor(
    options: ModemOptions,
    device: ClassADevice,
    makeFirmware: (modem: SimulatedModem) => Firmware,
  ) {
    this.#options = options
    this.#identity = options.identity
    this.#device = device
    this.faults = { ...noFaults(), ...options.faults }
    this.#firmware = makeFirmware(this)
    this.#clock = new ModemClock(options.clock, this.#firmware.clockStartMs)
    this.configure()
  }

  get device(): ClassADevice {
    return this.#device
  }

  get identity(): DeviceIdentity {
    return this.#identity
  }

  get clock(): Clock {
    return this.#options.clock
  }

  /** Unix time in ms as the modem believes it. */
  get time(): number {
    return this.#clock.now()
  }

  get isBusy(): boolean {
    return this.faults.busy || this.#device.isBusy || this.#isJoining
  }

  /** Whether a join goes on, pauses between its attempts included. */
  get isJoining(): boolean {
    return this.#isJoining
  }

  set isJoining(value: boolean) {
    this.#isJoining = value
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
    const heard = this.#firmware.hear?.(bytes) ?? bytes
    const isEchoing = this.faults.echo || (this.#firmware.isEchoing ?? false)
    if (isEchoing && !this.faults.mute) this.#output(heard)
    for (const line of this.#lines.push(heard)) {
      if (this.#isBooting) return
      if (line.type === 'overflow') this.#firmware.overflow()
      else if (line.text.trim() !== '') this.#firmware.execute(line.text.trim())
    }
  }

  /** Power cut, or a reset by command: whatever was under way is gone. */
  async reboot(): Promise<void> {
    const { clock, log } = this.#options
    this.#isBooting = true
    this.#isJoining = false
    this.#lines.clear()
    await this.#device.reboot()
    await clock.sleep(BOOT_MS)
    this.#isBooting = false
    this.faults.mute = false
    this.#clock = new ModemClock(clock, this.#firmware.clockStartMs)
    this.configure()
    log.info('modem-rebooted', { devEui: this.#identity.devEui })
    this.#firmware.boot()
  }

  /** Forgets a command that has no end yet. */
  dropInput(): void {
    this.#lines.clear()
  }

  configure(): void {
    this.#firmware.configure(this.#device)
  }

  print(...lines: string[]): void {
    for (const line of lines) this.#printLine(line)
  }

  /** A modem whose flash cannot be written complains and stays alive. */
  run(work: () => Promise<unknown>): void {
    work().catch((error: unknown) => {
      this.#options.log.error('modem-memory-failed', { devEui: this.#identity.devEui, error })
      this.#isJoining = false
      this.#firmware.memoryFailed()
    })
  }

  /** An uplink through the device; sets the modem's clock when the network answered with the time. */
  async send(uplink: {
    fPort: number | undefined
    payload: Uint8Array
    isConfirmed: boolean
    onAir?: () => void
  }): Promise<Result<SendReport, SendError>> {
    const { dataRate } = this.#device.settings
    const fOptsBytes = maxPayload(dataRate) - this.#device.roomForPayload
    const phyPayloadBytes = uplink.payload.length + fOptsBytes + FRAME_OVERHEAD_BYTES
    let endMs = this.clock.now()
    const sent = await this.#device.send({
      ...uplink,
      onAir: () => {
        const durationMs = airtimeMs({
          spreadingFactor: spreadingFactor(dataRate),
          phyPayloadBytes,
          hasCrc: true,
        })
        endMs = this.clock.now() + durationMs
        uplink.onAir?.()
        this.#failPower()
      },
    })
    const answer = sent.ok ? findNotice(sent.value, 'DeviceTimeAns') : undefined
    if (answer !== undefined) this.#clock.setByNetwork(answer, endMs)
    return sent
  }

  /** The radio is made anew when the host changed EUIs or key. */
  async adoptIdentity(wanted: DeviceIdentity): Promise<void> {
    const { devEui, joinEui, appKey } = this.#identity
    if (wanted.devEui === devEui && wanted.joinEui === joinEui && wanted.appKey === appKey) return
    this.#identity = wanted
    this.#device = await this.#options.createDevice(wanted)
    this.configure()
  }

  #failPower(): void {
    const { random } = this.#options
    if (this.faults.rebootMidSend > 0 && random.next() < this.faults.rebootMidSend) {
      this.run(() => this.reboot())
    }
  }

  #printLine(line: string): void {
    const { random } = this.#options
    const { silence, garble, truncate, interleave } = this.faults
    if (this.#isBooting || this.faults.mute || random.next() < silence) return
    if (interleave > 0 && random.next() < interleave) this.#output(utf8(`${this.#firmware.noise}\r\n`))
    let bytes = utf8(`${line}\r\n`)
    if (random.next() < garble) bytes[random.integer(bytes.length)]! ^= 1 << random.integer(7)
    if (truncate > 0 && random.next() < truncate) bytes = bytes.subarray(0, random.integer(bytes.length))
    this.#output(bytes)
  }
}

/** The network's answer to a question of the device, if it came with this uplink. */
export function findNotice<N extends ServerCommand['name']>(
  report: SendReport,
  name: N,
): Extract<ServerCommand, { name: N }> | undefined {
  return report.notices.find((one): one is Extract<ServerCommand, { name: N }> => one.name === name)
}
