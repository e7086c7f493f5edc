import type { Clock } from '@hanpyo/platform/clock.ts'
import { type Logger, silentLogger } from '@hanpyo/platform/logger.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { maxPayloadBytes } from '@hanpyo/protocol/link/constants.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Transport } from '../transport.ts'
import { uplinkAirtimeMs } from './airtime.ts'
import type {
  JoinError,
  LoraModem,
  ModemEvent,
  ModemIdentity,
  ModemInfo,
  ProgramError,
  SendError,
  SendReport,
} from './modem.ts'
import { type ReplyError, Rui3Commands } from './rui3-commands.ts'
import type { Rui3Line } from './rui3-lines.ts'
import { holdOffMs, JOIN_TIMEOUT_MS, sendTimeoutMs } from './rui3-timing.ts'

export interface Rui3Options {
  readonly transport: Transport
  readonly clock: Clock
  readonly log?: Logger
}

/** `wrong-mode`: the modem answers but is not in LoRaWAN mode. */
export type Rui3OpenError = 'no-response' | 'wrong-mode' | 'closed'

const PROBES = 3
const KR920_BAND = 7

/**
 * Finds a RAK3172 (RUI3 4.x) behind a transport and prepares it: unconfirmed uplinks, LoRaWAN mode. The transport is the
 * modem's from here on and is closed when there is none.
 */
export async function openRui3(options: Rui3Options): Promise<Result<LoraModem, Rui3OpenError>> {
  const modem = new Rui3Modem(options)
  const ready = await modem.prepare()
  if (ready.ok) return ok(modem)
  await modem.close()
  return ready
}

class Rui3Modem implements LoraModem {
  readonly #transport: Transport
  readonly #clock: Clock
  readonly #log: Logger
  readonly #commands: Rui3Commands
  readonly #downlinkListeners = new Set<(fPort: number, payload: Uint8Array) => void>()
  readonly #eventListeners = new Set<(event: ModemEvent) => void>()
  readonly #closing = new AbortController()
  #info: ModemInfo = { dialect: 'rui3', firmware: '', devEui: '' }
  #isJoined = false
  /** A send, join or programming is under way. */
  #isOccupied = false
  /** The end of the line of operations that wait for the serial line. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: Rui3Options) {
    const { transport, clock, log = silentLogger } = options
    this.#transport = transport
    this.#clock = clock
    this.#log = log.child({ modem: transport.uri })
    this.#commands = new Rui3Commands({
      transport,
      clock,
      log: this.#log,
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

  /** Makes sure that somebody is there and speaks our dialect. */
  prepare(): Promise<Result<void, Rui3OpenError>> {
    const commands = this.#commands
    return this.#inTurn(async () => {
      await commands.endLine()
      let version = await commands.query('VER')
      for (let probe = 1; probe < PROBES && !version.ok; probe++) version = await commands.query('VER')
      if (!version.ok) return err(version.error === 'closed' ? 'closed' : 'no-response')
      const mode = await commands.query('NWM')
      if (mode.ok && mode.value !== '1') return err('wrong-mode', `AT+NWM=${mode.value}`)
      const unconfirmed = await commands.command('AT+CFM=0')
      if (!unconfirmed.ok) return err(unconfirmed.error === 'closed' ? 'closed' : 'no-response')
      const devEui = await commands.query('DEVEUI')
      const joined = await commands.query('NJS')
      this.#isJoined = joined.ok && joined.value === '1'
      this.#info = {
        dialect: 'rui3',
        firmware: version.value,
        devEui: devEui.ok ? devEui.value.toLowerCase() : '',
      }
      return ok(undefined)
    })
  }

  join(options: { readonly force?: boolean } = {}): Promise<Result<void, JoinError>> {
    return this.#occupied(async () => {
      if (options.force !== true) {
        const state = await this.#commands.query('NJS')
        if (!state.ok) return joinFailure(state.error, state.detail)
        this.#isJoined = state.value === '1'
        if (this.#isJoined) return ok(undefined)
      }
      // join : automatic at power-up : seconds between attempts : further attempts
      const joined = await this.#commands.twoPhase('AT+JOIN=1:0:8:0', JOIN_TIMEOUT_MS, (line) => {
        if (line.type === 'joined') return ok('')
        return line.type === 'join-failed' ? err('refused', `JOIN_FAILED ${line.reason}`) : undefined
      })
      return joined.ok ? ok(undefined) : joinFailure(joined.error, joined.detail)
    })
  }

  async dataRate(): Promise<number> {
    const found = await this.#inTurn(() => this.#readDataRate())
    if (found.ok) return found.value
    throw new Error(`the modem does not tell its data rate: ${found.error}`)
  }

  async send(fPort: number, payload: Uint8Array): Promise<Result<SendReport, SendError>> {
    if (!Number.isInteger(fPort) || fPort < 1 || fPort > 223) {
      throw new RangeError(`"fPort" is not 1..223: ${fPort}`)
    }
    if (payload.length === 0) throw new RangeError('"payload" is empty')
    return this.#occupied(async (): Promise<Result<SendReport, SendError>> => {
      if (!this.#isJoined) return err('not-joined')
      const dataRate = await this.#readDataRate()
      if (!dataRate.ok) return dataRate
      if (payload.length > maxPayloadBytes(dataRate.value))
        return err('payload-too-long', `DR${dataRate.value}`)
      const timeoutMs = sendTimeoutMs(dataRate.value, payload.length)
      const sent = await this.#commands.twoPhase(`AT+SEND=${fPort}:${toHex(payload)}`, timeoutMs, (line) =>
        line.type === 'tx-done' || line.type === 'confirmed' ? ok('') : undefined,
      )
      if (!sent.ok) return this.#sendFailure(sent.error, sent.detail, dataRate.value)
      const airtimeMs = uplinkAirtimeMs(dataRate.value, payload.length)
      return ok({ dataRate: dataRate.value, airtimeMs })
    })
  }

  program(identity: ModemIdentity): Promise<Result<void, ProgramError>> {
    return this.#occupied(async () => {
      const settings = rui3Settings(identity)
      this.#isJoined = false
      for (const [name, value] of settings) {
        const reply = await this.#commands.command(`AT+${name}=${value}`)
        if (reply.ok) continue
        if (reply.error === 'rebooted' || reply.error === 'closed') return err(reply.error, name)
        if (reply.error !== 'refused') return err('no-response', name)
        return err(reply.detail === 'AT_BUSY_ERROR' ? 'busy' : 'rejected', `${name}: ${reply.detail}`)
      }
      this.#info = { ...this.#info, devEui: identity.devEui.toLowerCase() }
      return ok(undefined)
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

  /** Lines that count whatever is under way. */
  #observe(line: Rui3Line): void {
    if (line.type === 'joined') {
      this.#isJoined = true
      this.#emit({ type: 'joined' })
    } else if (line.type === 'downlink') {
      const { slot, rssiDbm, snrDb, fPort, payload } = line
      this.#emit({ type: 'downlink', slot, rssiDbm, snrDb })
      for (const listener of [...this.#downlinkListeners]) listener(fPort, payload)
    } else if (line.type === 'wait') {
      this.#log.info('modem-duty-cycle', { waitMs: line.waitMs })
    } else if (line.type === 'unknown') {
      this.#log.debug('modem-line-unreadable')
      this.#emit({ type: 'garbled' })
    }
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

  async #sendFailure(
    error: ReplyError,
    detail: string | undefined,
    dataRate: number,
  ): Promise<Result<never, SendError>> {
    if (error === 'event-timeout') return err('timeout')
    if (error !== 'refused') return err(error)
    if (detail === 'AT_BUSY_ERROR') return err('busy')
    if (detail === 'AT_NO_NETWORK_JOINED') {
      this.#isJoined = false
      return err('not-joined')
    }
    if (detail !== 'AT_PARAM_ERROR') return err('tx-failed', detail)
    // ADR lowered the data rate since we asked, or MAC answers take room. The modem now sends an empty frame,
    // and its end must not be taken for the end of our next one.
    await this.#clock.sleep(holdOffMs(dataRate), this.#closing.signal).catch(() => {})
    return err('payload-too-long', detail)
  }

  async #readDataRate(): Promise<Result<number, 'no-response' | 'rebooted' | 'closed'>> {
    const reply = await this.#commands.query('DR')
    if (reply.ok) return /^[0-5]$/.test(reply.value) ? ok(Number(reply.value)) : err('no-response', 'AT+DR')
    return err(reply.error === 'rebooted' || reply.error === 'closed' ? reply.error : 'no-response')
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
    if (this.#commands.isClosed) return err('closed')
    if (this.#isOccupied) return err('busy')
    this.#isOccupied = true
    try {
      return await this.#inTurn(work)
    } finally {
      this.#isOccupied = false
    }
  }
}

function joinFailure(error: ReplyError, detail: string | undefined): Result<never, JoinError> {
  if (error === 'event-timeout') return err('timeout')
  if (error !== 'refused') return err(error)
  if (detail?.startsWith('JOIN_FAILED') === true) return err('join-failed', detail)
  return err(detail === 'AT_BUSY_ERROR' ? 'busy' : 'rejected', detail)
}

/** In the order the modem takes them. */
function rui3Settings({ devEui, joinEui, appKey }: ModemIdentity): [name: string, value: string][] {
  return [
    ['BAND', String(KR920_BAND)],
    ['NJM', '1'],
    ['CLASS', 'A'],
    ['CFM', '0'],
    ['DEVEUI', hexDigits(devEui, 16, 'devEui')],
    ['APPEUI', hexDigits(joinEui, 16, 'joinEui')],
    ['APPKEY', hexDigits(appKey, 32, 'appKey')],
  ]
}

function hexDigits(text: string, digits: number, name: string): string {
  if (text.length !== digits || !/^[0-9a-fA-F]+$/.test(text)) {
    throw new RangeError(`"${name}" is not ${digits} hex digits`)
  }
  return text.toUpperCase()
}
