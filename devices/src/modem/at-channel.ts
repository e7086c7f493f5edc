import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { LineAssembler } from '../line-assembler.ts'
import type { Transport } from '../transport.ts'
import { describeCommand } from './describe-command.ts'
import type { ModemLine } from './modem-line.ts'

/** Why a transaction ended without its matcher having decided. */
export type AtOutcome = 'silent' | 'rebooted' | 'closed'

export interface AtChannelOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly log: Logger
  /** Reads one line. Total. */
  readonly parse: (line: string) => ModemLine
  /** Every line that is not an echo, also while a transaction waits. */
  readonly onLine: (line: ModemLine) => void
  /** The first line of a start-up banner. */
  readonly onReboot: () => void
  readonly onClose: (reason: string) => void
}

interface Pending {
  readonly command: string
  readonly take: (line: ModemLine) => boolean
  readonly end: (outcome: AtOutcome) => void
}

/** A banner has several lines; those that follow so closely belong to the same restart. */
const BANNER_MS = 2_000
/** The longest line takes half a second at 9,600 baud; one without an end for so long has lost it. */
const STALE_LINE_MS = 2_000
const NOTHING = new Uint8Array(0)

/**
 * Commands and lines over one transport. At most one transaction at a time; its matcher is in place before the
 * command is written, so that a reply and an event that arrive in one read are both seen.
 */
export class AtChannel {
  readonly #options: AtChannelOptions
  readonly #lines = new LineAssembler()
  readonly #stops: (() => void)[]
  #pending: Pending | undefined
  #closeReason: string | undefined
  #lastBannerMs = Number.NEGATIVE_INFINITY
  #lastBytesMs = Number.NEGATIVE_INFINITY

  constructor(options: AtChannelOptions) {
    this.#options = options
    const { transport } = options
    this.#stops = [
      transport.onData((bytes) => {
        this.#lastBytesMs = options.clock.now()
        for (const line of this.#lines.push(bytes)) this.#receive(line)
      }),
      transport.onClose((reason) => {
        this.#closeReason = reason
        this.#pending?.end('closed')
        options.onClose(reason)
      }),
    ]
  }

  get isClosed(): boolean {
    return this.#closeReason !== undefined
  }

  /** Leaves the transport to somebody else; what arrives from now on is theirs. */
  release(): void {
    for (const stop of this.#stops) stop()
  }

  /** Bytes that are no command, such as the end of a line. */
  async write(bytes: Uint8Array): Promise<void> {
    const { transport, log } = this.#options
    await transport.write(bytes).catch((error: unknown) => {
      log.warn('modem-write-failed', { error })
      // The transport's own end follows; if it does not, a timer ends what waits.
    })
  }

  /**
   * Writes a command and hands every line to `onLine` until it returns something other than undefined, or for
   * `timeoutMs`. `prefix` goes before the command, on the same line. Calling it while another transaction waits is a bug.
   */
  transact<T>(
    command: string,
    timeoutMs: number,
    onLine: (line: ModemLine) => T | undefined,
    prefix: Uint8Array = NOTHING,
  ): Promise<T | AtOutcome> {
    if (this.#pending !== undefined) {
      throw new Error(`${describeCommand(this.#pending.command)} is not over`)
    }
    if (this.isClosed) return Promise.resolve('closed')
    const { clock, log } = this.#options
    // Otherwise the reply would run into what is left of a line that broke off.
    if (clock.now() - this.#lastBytesMs > STALE_LINE_MS) this.#lines.flush()
    return new Promise((resolve) => {
      let timer: Timer | undefined
      const settle = (value: T | AtOutcome) => {
        clock.clearTimeout(timer)
        this.#pending = undefined
        resolve(value)
      }
      this.#pending = {
        command,
        take: (line) => {
          const value = onLine(line)
          if (value !== undefined) settle(value)
          return value !== undefined
        },
        end: settle,
      }
      timer = clock.setTimeout(() => settle('silent'), timeoutMs)
      log.debug('modem-command', { command: describeCommand(command) })
      void this.write(Uint8Array.of(...prefix, ...utf8(`${command}\r\n`)))
    })
  }

  #receive(text: string): void {
    // With echo on, the modem repeats the command; a query's value line looks alike but is never equal to it.
    if (text === this.#pending?.command) return
    const line = this.#options.parse(text)
    if (line.type === 'banner') this.#takeBanner()
    else {
      this.#options.onLine(line)
      this.#pending?.take(line)
    }
  }

  #takeBanner(): void {
    const { clock, log, onReboot } = this.#options
    const isSameRestart = clock.now() - this.#lastBannerMs < BANNER_MS
    this.#lastBannerMs = clock.now()
    if (isSameRestart) return
    log.warn('modem-rebooted')
    onReboot()
    this.#pending?.end('rebooted')
  }
}
