import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Transport } from '../transport.ts'
import { AtChannel } from './at-channel.ts'
import type { ModemLine } from './modem-line.ts'
import { REPLY_TIMEOUT_MS, RESET_TIMEOUT_MS } from './timing.ts'

/**
 * `refused`: the modem answered with an error, which the detail names. `event-timeout`: it accepted the command, and the
 * event that ends it did not come.
 */
export type ReplyError = 'refused' | 'event-timeout' | 'no-response' | 'rebooted' | 'closed'
export type Reply = Result<string, ReplyError>

/** Takes the lines that follow a command one by one, until it knows the reply. */
export type Matcher = (line: ModemLine) => Reply | undefined

/** What the machinery has to know of a dialect. */
export interface AtSyntax {
  /** Reads one line. Total: whatever cannot be read is `unknown` or `text`. */
  parse(line: string): ModemLine
  /**
   * A question whose answer cannot be taken for that of another one: once it came, whatever was late is in.
   */
  readonly sync: { readonly command: string; take(): Matcher }
  readonly resetCommand: string
  /** The answer to a bare `AT`. */
  isPong(line: ModemLine): boolean
}

export interface AtCommandsOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly log: Logger
  readonly syntax: AtSyntax
  readonly onLine: (line: ModemLine) => void
  readonly onReboot: () => void
  readonly onClose: (reason: string) => void
  /** The modem did not answer and is being restarted; `hasAnswered` tells whether that helped. */
  readonly onReset: (hasAnswered: boolean | undefined) => void
}

const SILENT_LIMIT = 3
const LINE_END = Uint8Array.of(0x0d, 0x0a)

/**
 * Commands with their replies. Callers run one at a time. After a command without a reply the line is brought into
 * step again before the next one; after three in a row the modem is restarted.
 */
export class AtCommands {
  readonly clock: Clock
  readonly #options: AtCommandsOptions
  readonly #channel: AtChannel
  /** Bytes before every command, for a modem that sleeps. */
  #prefix: Uint8Array | undefined
  #silentCommands = 0
  /** A command was left without a reply, which may still come: the next one could take it for its own. */
  #mayHaveLateReply = false

  constructor(options: AtCommandsOptions) {
    this.#options = options
    this.clock = options.clock
    this.#channel = new AtChannel({ ...options, parse: (line) => options.syntax.parse(line) })
  }

  get isClosed(): boolean {
    return this.#channel.isClosed
  }

  /** Ends a half-typed command of whoever used the line before. */
  endLine(): Promise<void> {
    return this.#channel.write(LINE_END)
  }

  /**
   * One command and what the matcher makes of the lines after it. `onTimeout` says what it means when the matcher
   * never knew; by default that the modem did not answer.
   */
  async exchange(
    command: string,
    take: Matcher,
    options: { readonly timeoutMs?: number; readonly onTimeout?: () => Reply } = {},
  ): Promise<Reply> {
    if (this.#mayHaveLateReply) {
      const inStep = await this.#resynchronise()
      if (!inStep.ok) return inStep
    }
    const { timeoutMs = REPLY_TIMEOUT_MS, onTimeout = () => err('no-response') } = options
    const reply = await this.#transact(command, take, timeoutMs, onTimeout)
    await this.#countSilence(reply)
    return reply
  }

  /** Runs `work` with these bytes before every command. */
  async withPrefix<T>(prefix: Uint8Array, work: () => Promise<T>): Promise<T> {
    this.#prefix = prefix
    try {
      return await work()
    } finally {
      this.#prefix = undefined
    }
  }

  async #transact(command: string, take: Matcher, timeoutMs: number, onTimeout: () => Reply): Promise<Reply> {
    const answer = await this.#channel.transact(command, timeoutMs, take, this.#prefix)
    if (typeof answer === 'object') return answer
    return answer === 'silent' ? onTimeout() : err(answer)
  }

  async #resynchronise(): Promise<Reply> {
    const { command, take } = this.#options.syntax.sync
    const matcher = take()
    const reply = await this.#transact(
      command,
      // An error may be the late reply to what came before.
      (line) => (line.type === 'error' ? undefined : matcher(line)),
      REPLY_TIMEOUT_MS,
      () => err('no-response'),
    )
    if (reply.ok) this.#mayHaveLateReply = false
    await this.#countSilence(reply)
    return reply
  }

  async #countSilence(reply: Reply): Promise<void> {
    if (reply.ok || reply.error !== 'no-response') {
      this.#silentCommands = 0
      return
    }
    this.#mayHaveLateReply = true
    if (++this.#silentCommands >= SILENT_LIMIT) await this.#reset()
  }

  async #reset(): Promise<void> {
    const { onReset, syntax } = this.#options
    this.#silentCommands = 0
    onReset(undefined)
    await this.endLine()
    await this.#channel.transact(syntax.resetCommand, RESET_TIMEOUT_MS, () => undefined)
    const answer = await this.#channel.transact('AT', REPLY_TIMEOUT_MS, (line) =>
      syntax.isPong(line) ? ok('') : undefined,
    )
    onReset(typeof answer === 'object')
  }
}
