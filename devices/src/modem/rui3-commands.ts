import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Transport } from '../transport.ts'
import { AtChannel, type AtOutcome } from './at-channel.ts'
import type { Rui3Line } from './rui3-lines.ts'
import { REPLY_TIMEOUT_MS, RESET_TIMEOUT_MS } from './rui3-timing.ts'

/**
 * `refused`: the modem answered with an error, which the detail names. `event-timeout`: it accepted the command, and the
 * event that ends it did not come.
 */
export type ReplyError = 'refused' | 'event-timeout' | 'no-response' | 'rebooted' | 'closed'
export type Reply = Result<string, ReplyError>

export interface Rui3CommandsOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly log: Logger
  readonly onLine: (line: Rui3Line) => void
  readonly onReboot: () => void
  readonly onClose: (reason: string) => void
  /** The modem did not answer and is being restarted; `hasAnswered` tells whether that helped. */
  readonly onReset: (hasAnswered: boolean | undefined) => void
}

const SILENT_LIMIT = 3

/**
 * RUI3 commands with their replies. Callers run one at a time. After a command without a reply the line is
 * brought into step again before the next one; after three in a row the modem is restarted.
 */
export class Rui3Commands {
  readonly #options: Rui3CommandsOptions
  readonly #channel: AtChannel
  #silentCommands = 0
  /** A command was left without a reply, which may still come: the next one could take it for its own. */
  #mayHaveLateReply = false

  constructor(options: Rui3CommandsOptions) {
    this.#options = options
    this.#channel = new AtChannel(options)
  }

  get isClosed(): boolean {
    return this.#channel.isClosed
  }

  /** Ends a half-typed command of whoever used the line before. */
  async endLine(): Promise<void> {
    await this.#options.transport.write(Uint8Array.of(0x0d, 0x0a)).catch((error: unknown) => {
      this.#options.log.warn('modem-write-failed', { error })
    })
  }

  /** `AT+<name>=?`: the value comes first, OK after it. An OK without the value belongs to an earlier command. */
  query(name: string): Promise<Reply> {
    return this.#transact(`AT+${name}=?`, REPLY_TIMEOUT_MS, valueThenOk(name))
  }

  /** A command that is done when it is answered. */
  command(command: string): Promise<Reply> {
    return this.#transact(command, REPLY_TIMEOUT_MS, (line) => {
      if (line.type === 'ok') return ok('')
      return line.type === 'error' ? err('refused', line.code) : undefined
    })
  }

  /**
   * A command with an immediate reply and a later event that ends it. The event alone is enough, should the reply
   * have been garbled.
   */
  async twoPhase(
    command: string,
    timeoutMs: number,
    onEvent: (line: Rui3Line) => Reply | undefined,
  ): Promise<Reply> {
    let isAccepted = false
    return this.#transact(
      command,
      timeoutMs,
      (line) => {
        if (line.type === 'ok') isAccepted = true
        return line.type === 'error' && !isAccepted ? err('refused', line.code) : onEvent(line)
      },
      () => (isAccepted ? 'event-timeout' : 'no-response'),
    )
  }

  async #transact(
    command: string,
    timeoutMs: number,
    onLine: (line: Rui3Line) => Reply | undefined,
    onTimeout: () => ReplyError = () => 'no-response',
  ): Promise<Reply> {
    if (this.#mayHaveLateReply) {
      const inStep = await this.#resynchronise()
      if (!inStep.ok) return inStep
    }
    const reply = asReply(await this.#channel.transact(command, timeoutMs, onLine), onTimeout)
    await this.#countSilence(reply)
    return reply
  }

  /** The version line is an answer to nothing else: whatever comes before it is left over. */
  async #resynchronise(): Promise<Reply> {
    const takeVersion = valueThenOk('VER')
    const answer = await this.#channel.transact('AT+VER=?', REPLY_TIMEOUT_MS, (line) =>
      line.type === 'error' ? undefined : takeVersion(line),
    )
    const reply = asReply(answer, () => 'no-response')
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
    const { onReset } = this.#options
    this.#silentCommands = 0
    onReset(undefined)
    await this.endLine()
    await this.#channel.transact('ATZ', RESET_TIMEOUT_MS, () => undefined)
    const answer = await this.#channel.transact('AT', REPLY_TIMEOUT_MS, (line) =>
      line.type === 'ok' ? ok('') : undefined,
    )
    onReset(typeof answer === 'object')
  }
}

/** Takes the lines of a query's answer one by one. */
function valueThenOk(name: string): (line: Rui3Line) => Reply | undefined {
  let value: string | undefined
  return (line) => {
    if (line.type === 'value' && line.name === name) value = line.value
    if (line.type === 'ok' && value !== undefined) return ok(value)
    return line.type === 'error' ? err('refused', line.code) : undefined
  }
}

function asReply(answer: Reply | AtOutcome, onTimeout: () => ReplyError): Reply {
  if (typeof answer === 'object') return answer
  return err(answer === 'silent' ? onTimeout() : answer)
}
