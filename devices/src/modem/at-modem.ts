import type { Clock } from '@hanpyo/platform/clock.ts'
import { type Logger, silentLogger } from '@hanpyo/platform/logger.ts'
import { maxPayloadBytes } from '@hanpyo/protocol/link/constants.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Transport } from '../transport.ts'
import { uplinkAirtimeMs } from './airtime.ts'
import { Answers } from './answers.ts'
import { AtCommands, type ReplyError } from './at-commands.ts'
import { type Dialect, hexDigits, type IdentifyError } from './dialect.ts'
import type {
  JoinError,
  LoraModem,
  ModemEvent,
  ModemIdentity,
  ModemInfo,
  ModemSettings,
  NetworkTime,
  ProgramError,
  RequestError,
  SendError,
  SendReport,
} from './modem.ts'
import type { LinkCheckAnswer, ModemLine, Signal } from './modem-line.ts'
import { readNetworkTime } from './network-time.ts'
import { holdOffMs, JOIN_TIMEOUT_MS, receiveWindowsMs, sendTimeoutMs } from './timing.ts'

export interface AtModemOptions {
  readonly transport: Transport
  readonly clock: Clock
  readonly log?: Logger
  /**
   * `use` (default): a modem that is fit to send in Korea, or an error. `inspect`: whatever is there, and nothing is changed;
   * for tools that look at modems or program them.
   */
  readonly purpose?: 'use' | 'inspect'
}

interface Frame {
  readonly fPort: number
  readonly payload: Uint8Array
  readonly isConfirmed: boolean
}

const REGION = 'KR920'
const PROBES = 3
/** A port nobody reads, for uplinks that exist only to carry a question of ours to the network. */
const REQUEST_FRAME: Frame = { fPort: 2, payload: Uint8Array.of(0), isConfirmed: false }

/**
 * Takes over a transport with a modem of a known dialect behind it and prepares it. The transport is the modem's from here
 * on and is closed when it is not fit for use.
 */
export async function openAtModem(
  dialect: Dialect,
  options: AtModemOptions,
): Promise<Result<LoraModem, IdentifyError>> {
  const modem = new AtModem(dialect, options)
  const ready = await modem.prepare(options.purpose ?? 'use')
  if (ready.ok) return ok(modem)
  await modem.close()
  return ready
}

/** The driver: what all dialects have in common. */
class AtModem implements LoraModem {
  readonly #dialect: Dialect
  readonly #transport: Transport
  readonly #clock: Clock
  readonly #log: Logger
  readonly #at: AtCommands
  readonly #answers: Answers
  readonly #downlinkListeners = new Set<(fPort: number, payload: Uint8Array) => void>()
  readonly #eventListeners = new Set<(event: ModemEvent) => void>()
  readonly #closing = new AbortController()
  #info: ModemInfo
  #isJoined = false
  /** A send, join or programming is under way. */
  #isOccupied = false
  /** The end of the line of operations that wait for the serial line. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(dialect: Dialect, options: AtModemOptions) {
    const { transport, clock, log = silentLogger } = options
    this.#dialect = dialect
    this.#info = { dialect: dialect.name, firmware: '', region: '', devEui: '', isJoined: undefined }
    this.#transport = transport
    this.#clock = clock
    this.#answers = new Answers(clock)
    this.#log = log.child({ modem: transport.uri, dialect: dialect.name })
    this.#at = new AtCommands({
      transport,
      clock,
      log: this.#log,
      syntax: dialect.syntax,
      onLine: (line) => this.#observe(line),
      onReboot: () => {
        this.#isJoined = false
        this.#emit({ type: 'rebooted' })
      },
      onReset: (hasAnswered) => this.#onReset(hasAnswered),
      onClose: (reason) => {
        this.#isJoined = false
        this.#closing.abort(new Error(reason))
        this.#emit({ type: 'closed', reason })
      },
    })
  }

  get info(): ModemInfo {
    return this.#info
  }

  get isJoined(): boolean {
    return this.#isJoined
  }

  /** Makes sure that somebody is there, speaks the dialect and, for use, is set up for Korea. */
  prepare(purpose: 'use' | 'inspect'): Promise<Result<void, IdentifyError>> {
    return this.#inTurn(async () => {
      await this.#at.endLine()
      let found = await this.#dialect.identify(this.#at)
      for (let probe = 1; probe < PROBES && !found.ok && found.error === 'no-response'; probe++) {
        await this.#dialect.rouse?.(this.#at)
        found = await this.#dialect.identify(this.#at)
      }
      if (!found.ok) return found
      this.#info = { dialect: this.#dialect.name, ...found.value }
      this.#isJoined = found.value.isJoined ?? false
      if (purpose === 'inspect') return ok(undefined)
      const { region } = found.value
      if (region !== REGION) return err('wrong-region', `${region}, not ${REGION}`)
      return this.#dialect.prepare(this.#at)
    })
  }

  join(options: { readonly force?: boolean } = {}): Promise<Result<void, JoinError>> {
    const { force = false } = options
    return this.#occupied(async () => {
      if (!force) {
        const session = await this.#dialect.hasSession(this.#at)
        if (!session.ok) return this.#joinFailure(session.error, session.detail)
        this.#isJoined = session.value ?? this.#isJoined
        if (this.#isJoined) return ok(undefined)
      }
      const joined = await this.#dialect.join(this.#at, { force, timeoutMs: JOIN_TIMEOUT_MS })
      if (!joined.ok) return this.#joinFailure(joined.error, joined.detail)
      this.#isJoined = true
      return ok(undefined)
    })
  }

  async dataRate(): Promise<number> {
    const found = await this.#inTurn(() => this.#dialect.dataRate(this.#at))
    if (found.ok) return found.value
    throw new Error(`the modem does not tell its data rate: ${found.error}`)
  }

  async send(
    fPort: number,
    payload: Uint8Array,
    options: { readonly isConfirmed?: boolean } = {},
  ): Promise<Result<SendReport, SendError>> {
    if (!Number.isInteger(fPort) || fPort < 1 || fPort > 223) {
      throw new RangeError(`"fPort" is not 1..223: ${fPort}`)
    }
    if (payload.length === 0) throw new RangeError('"payload" is empty')
    const { isConfirmed = false } = options
    return this.#occupied(() => this.#transmit({ fPort, payload, isConfirmed }))
  }

  linkCheck(): Promise<Result<LinkCheckAnswer, RequestError>> {
    return this.#occupied(async () => {
      if (!this.#isJoined) return err('not-joined')
      this.#answers.clear()
      const requested = await this.#dialect.requestLinkCheck(this.#at)
      if (!requested.ok) return this.#requestFailure(requested.error, requested.detail)
      const sent = await this.#transmit(REQUEST_FRAME)
      if (!sent.ok) return sent
      const answer = await this.#answers.linkCheck()
      return answer === null ? err('no-answer') : ok(answer)
    })
  }

  networkTime(): Promise<Result<NetworkTime, RequestError>> {
    return this.#occupied(async () => {
      const { time } = this.#dialect
      if (time === undefined) return err('unsupported', 'this firmware has no DeviceTimeReq')
      if (!this.#isJoined) return err('not-joined')
      this.#answers.clear()
      const requested = await time.request(this.#at)
      if (!requested.ok) return this.#requestFailure(requested.error, requested.detail)
      const sent = await this.#transmit(REQUEST_FRAME)
      if (!sent.ok) return sent
      const isAnswered = time.isReported ? await this.#answers.time() : this.#answers.hasDownlink
      if (!isAnswered) return err('no-answer')
      const read = await readNetworkTime(() => time.read(this.#at), this.#clock, this.#closing.signal)
      return read.ok ? read : this.#requestFailure(read.error, read.detail)
    })
  }

  program(identity: ModemIdentity): Promise<Result<void, ProgramError>> {
    return this.#occupied(async () => {
      const settings = this.#dialect.settings(identity)
      this.#isJoined = false
      for (const setting of settings) {
        const reply = await this.#dialect.write(this.#at, setting)
        if (reply.ok) continue
        const { name } = setting
        if (reply.error === 'rebooted' || reply.error === 'closed') return err(reply.error, name)
        if (reply.error !== 'refused') return err('no-response', name)
        const isBusy = this.#dialect.refusal(reply.detail ?? '') === 'busy'
        return err(isBusy ? 'busy' : 'rejected', `${name}: ${reply.detail}`)
      }
      this.#info = { ...this.#info, isJoined: false, region: REGION, devEui: identity.devEui.toLowerCase() }
      // Another region may bring its own listen-before-talk.
      const prepared = await this.#dialect.prepare(this.#at)
      if (!prepared.ok)
        return err(prepared.error === 'wrong-firmware' ? 'rejected' : 'no-response', prepared.detail)
      return ok(undefined)
    })
  }

  readSettings(): Promise<Result<ModemSettings, ProgramError>> {
    return this.#occupied(async () => {
      const read = await this.#dialect.readSettings(this.#at)
      return read.ok ? read : this.#readFailure(read.error, read.detail)
    })
  }

  holdsKey(appKey: string): Promise<Result<boolean | undefined, ProgramError>> {
    const wanted = hexDigits(appKey, 32, 'appKey')
    return this.#occupied(async () => {
      const read = await this.#dialect.readKey?.(this.#at)
      if (read === undefined || (!read.ok && read.error === 'refused')) return ok(undefined)
      return read.ok ? ok(read.value.toUpperCase() === wanted) : this.#readFailure(read.error, 'key')
    })
  }

  onDownlink(listener: (fPort: number, payload: Uint8Array) => void): () => void {
    this.#downlinkListeners.add(listener)
    return () => void this.#downlinkListeners.delete(listener)
  }

  onEvent(listener: (event: ModemEvent) => void): () => void {
    this.#eventListeners.add(listener)
    return () => void this.#eventListeners.delete(listener)
  }

  close(): Promise<void> {
    return this.#transport.close()
  }

  /**
   * One uplink, once more if the modem had no room for it although the data rate has: then MAC answers took the room, and
   * the empty frame it sent instead has carried them off.
   */
  async #transmit(frame: Frame, isSecondTry = false): Promise<Result<SendReport, SendError>> {
    if (!this.#isJoined) return err('not-joined')
    const dataRate = await this.#dialect.dataRate(this.#at)
    if (!dataRate.ok) return this.#sendFailure(dataRate.error, dataRate.detail)
    const room = await this.#room(dataRate.value)
    if (!room.ok) return this.#sendFailure(room.error, room.detail)
    const { length } = frame.payload
    if (length > room.value) return err('payload-too-long', `DR${dataRate.value} takes ${room.value} bytes`)
    const airtimeMs = uplinkAirtimeMs(dataRate.value, length)
    const timeoutMs = sendTimeoutMs(dataRate.value, length)
    const windowsMs = receiveWindowsMs(dataRate.value, length)
    const sent = await this.#dialect.send(this.#at, { ...frame, airtimeMs, timeoutMs, windowsMs })
    if (sent.ok) return ok({ dataRate: dataRate.value, airtimeMs, ...sent.value })
    const isEmptyFrame =
      sent.error === 'refused' && this.#dialect.refusal(sent.detail ?? '') === 'empty-frame'
    if (!isEmptyFrame) return this.#sendFailure(sent.error, sent.detail)
    // The end of the empty frame must not be taken for the end of the next one.
    await this.#clock.sleep(holdOffMs(dataRate.value), this.#closing.signal).catch(() => {})
    return isSecondTry ? this.#sendFailure(sent.error, sent.detail) : this.#transmit(frame, true)
  }

  async #room(dataRate: number): Promise<Result<number, ReplyError>> {
    const limit = maxPayloadBytes(dataRate)
    const asked = await this.#dialect.room?.(this.#at)
    if (asked === undefined) return ok(limit)
    return asked.ok ? ok(Math.min(limit, asked.value)) : asked
  }

  /** Lines that count whatever is under way. */
  #observe(line: ModemLine): void {
    this.#answers.take(line)
    if (line.type === 'joined') {
      this.#isJoined = true
      this.#emit({ type: 'joined' })
    } else if (line.type === 'downlink') {
      if (line.signal !== undefined) this.#reportSignal(line.signal)
      for (const listener of [...this.#downlinkListeners]) listener(line.fPort, line.payload)
    } else if (line.type === 'signal') {
      this.#reportSignal(line)
    } else if (line.type === 'wait') {
      this.#log.info('modem-duty-cycle', { waitMs: line.waitMs })
    } else if (line.type === 'unknown') {
      this.#log.debug('modem-line-unreadable')
      this.#emit({ type: 'garbled' })
    }
  }

  #reportSignal({ slot, rssiDbm, snrDb }: Signal): void {
    this.#emit({ type: 'downlink', slot, rssiDbm, snrDb })
  }

  #onReset(hasAnswered: boolean | undefined): void {
    this.#isJoined = false
    if (hasAnswered === undefined) {
      this.#log.warn('modem-reset')
      this.#emit({ type: 'reset' })
    } else if (!hasAnswered) {
      this.#log.error('modem-unresponsive')
      this.#emit({ type: 'unresponsive' })
    }
  }

  #emit(event: ModemEvent): void {
    for (const listener of [...this.#eventListeners]) listener(event)
  }

  #sendFailure(error: ReplyError, detail: string | undefined): Result<never, SendError> {
    if (error === 'event-timeout') return err('timeout')
    if (error !== 'refused') return err(error)
    switch (this.#dialect.refusal(detail ?? '')) {
      case 'busy':
        return err('busy', detail)
      case 'not-joined':
        this.#isJoined = false
        return err('not-joined')
      case 'payload-too-long':
        return err('payload-too-long', detail)
      case 'empty-frame':
        return detail === 'AT_PARAM_ERROR' ? err('payload-too-long', detail) : err('tx-failed', detail)
      default:
        return err('tx-failed', detail)
    }
  }

  #requestFailure(error: ReplyError, detail: string | undefined): Result<never, RequestError> {
    const isRefusal = error === 'refused' && this.#dialect.refusal(detail ?? '') === 'failed'
    return isRefusal ? err('unsupported', detail) : this.#sendFailure(error, detail)
  }

  #readFailure(error: ReplyError, detail: string | undefined): Result<never, ProgramError> {
    if (error === 'refused') return err('rejected', detail)
    return err(error === 'event-timeout' ? 'no-response' : error, detail)
  }

  #joinFailure(error: ReplyError, detail: string | undefined): Result<never, JoinError> {
    if (error === 'event-timeout') return err('timeout')
    if (error !== 'refused') return err(error)
    const refusal = this.#dialect.refusal(detail ?? '')
    return err(refusal === 'join-failed' || refusal === 'busy' ? refusal : 'rejected', detail)
  }

  /** One operation after the other on the serial line. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => {})
    return result
  }

  async #occupied<T, E extends string>(
    work: () => Promise<Result<T, E>>,
  ): Promise<Result<T, E | 'busy' | 'closed'>> {
    if (this.#at.isClosed) return err('closed')
    if (this.#isOccupied) return err('busy')
    this.#isOccupied = true
    try {
      return await this.#inTurn(work)
    } finally {
      this.#isOccupied = false
    }
  }
}
