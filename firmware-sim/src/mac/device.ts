import type { Clock } from '@hanpyo/platform/clock.ts'
import { fromHex, toHex } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { RadioChannel } from '../radio/channel.ts'
import { type DataRate, eirpDbm, isDataRate, maxPayload, spreadingFactor } from '../radio/kr920.ts'
import type { Position } from '../radio/propagation.ts'
import type { Reception, Transmission } from '../radio/reception.ts'
import type { SeededRandom } from '../random.ts'
import { adrBackOff, asksForAnswer } from './adr-back-off.ts'
import { AesKey } from './aes.ts'
import { type SessionKeys, sealDataFrame, sealJoinRequest, sessionKeys } from './codec.ts'
import type { CommandOutcome } from './command-handler.ts'
import type { ServerCommand } from './commands.ts'
import { MAX_FCNT } from './counter.ts'
import { type Downlink, openDownlink } from './downlink.ts'
import { parsePhy } from './frame.ts'
import { deriveSessionKeys, type JoinAccept, openJoinAccept } from './join.ts'
import { acquireChannel, DEFAULT_LISTEN_BEFORE_TALK, type ListenBeforeTalk } from './listen-before-talk.ts'
import { BLANK_STATE, type DeviceMemory, type DeviceState } from './memory.ts'
import { PendingAnswers } from './pending-answers.ts'
import { dataWindows, joinWindows, receiveInWindows, type WindowPair } from './receive-windows.ts'
import {
  type DeviceChannel,
  defaultChannels,
  type Session,
  sessionAfterJoin,
  usableChannels,
} from './session.ts'

/** Identity a device is made with; EUIs 16 and AppKey 32 lower-case hex digits. */
export interface DeviceIdentity {
  readonly devEui: string
  readonly joinEui: string
  readonly appKey: string
}

/** What the application of a device may change at any time. */
export interface DeviceSettings {
  dataRate: DataRate
  isAdrOn: boolean
  /** Further tries of a confirmed uplink without ACK, 0…7. */
  confirmedRetries: number
  lbt: ListenBeforeTalk
}

export type JoinError = 'busy' | 'no-free-channel' | 'join-timeout' | 'dev-nonce-exhausted' | 'rebooted'
export type SendError =
  | 'busy'
  | 'not-joined'
  | 'payload-too-long'
  | 'no-free-channel'
  | 'counter-exhausted'
  | 'rebooted'

/** What became of an uplink once its last receive window closed. */
export interface SendReport {
  readonly fCntUp: number
  /** Frames put on air, all with the same counter. */
  readonly transmissions: number
  /** The network's ACK bit; says nothing about the application. */
  readonly isAcknowledged: boolean
  readonly downlinks: readonly Downlink[]
  /** Answers to the device's own LinkCheckReq and DeviceTimeReq. */
  readonly notices: readonly ServerCommand[]
}

interface DeviceParts {
  readonly name: string
  readonly identity: DeviceIdentity
  readonly position: Position
  readonly radio: RadioChannel
  readonly clock: Clock
  readonly random: SeededRandom
  readonly memory: DeviceMemory
  readonly settings?: Partial<DeviceSettings>
  /** Whether a session outlives a reboot; RUI3 modems have to join again. Default false. */
  readonly keepsSession?: boolean
}

/** Wait before a confirmed uplink without ACK is sent again: 1…3 s (TS001-1.0.4, RETRANSMIT_TIMEOUT). */
const RETRANSMIT_TIMEOUT_MS = { least: 1000, spread: 2000 } as const
const DEV_NONCES = 0x1_0000

/**
 * A LoRaWAN 1.0.4 class A device for KR920: OTAA, one operation at a time. DevNonce and counters are on disk before
 * the frame that uses them goes on air, so a crash never repeats one.
 */
export class ClassADevice {
  readonly settings: DeviceSettings
  readonly #parts: DeviceParts
  readonly #appKey: AesKey
  readonly #answers = new PendingAnswers()
  #state: DeviceState
  #keys: SessionKeys | undefined
  #isBusy = false
  #lastSentEndMs = Number.NEGATIVE_INFINITY
  /** Until then the duty cycle that the network asked for leaves no room. */
  #silentUntilMs = Number.NEGATIVE_INFINITY
  /** Counts reboots, so that an operation notices that its device is gone. */
  #life = 0

  private constructor(parts: DeviceParts, state: DeviceState) {
    this.#parts = parts
    this.#appKey = new AesKey(fromHex(parts.identity.appKey))
    this.#state = state
    this.settings = {
      dataRate: 0,
      isAdrOn: false,
      confirmedRetries: 0,
      lbt: DEFAULT_LISTEN_BEFORE_TALK,
      ...parts.settings,
    }
    this.#restoreSession()
  }

  /** Powers a device up with what its memory holds. */
  static async start(parts: DeviceParts): Promise<ClassADevice> {
    return new ClassADevice(parts, (await parts.memory.load()) ?? BLANK_STATE)
  }

  get isJoined(): boolean {
    return this.#state.session !== null
  }

  get isBusy(): boolean {
    return this.#isBusy
  }

  get session(): Session | null {
    return this.#state.session
  }

  /** Application bytes that fit the next uplink at the current data rate, beside pending MAC answers. */
  get roomForPayload(): number {
    return maxPayload(this.settings.dataRate) - this.#answers.bytes().length
  }

  /** Asks the network with the next uplink. */
  request(command: 'LinkCheckReq' | 'DeviceTimeReq'): void {
    this.#answers.add([{ name: command }])
  }

  /** As after a power cut: whatever was under way is gone. */
  async reboot(): Promise<void> {
    this.#life++
    this.#isBusy = false
    this.#answers.clear()
    this.#state = (await this.#parts.memory.load()) ?? BLANK_STATE
    this.#restoreSession()
  }

  /**
   * One join-request and its two windows. An earlier session ends only when the join succeeds. `onAir` is called when
   * a free channel was found and the frame starts.
   */
  join(onAir: () => void = () => {}): Promise<Result<Session, JoinError>> {
    return this.#exclusively<Session, JoinError>(async (life) => {
      const devNonce = this.#state.nextDevNonce
      if (devNonce >= DEV_NONCES) return err('dev-nonce-exhausted')
      await this.#save({ ...this.#state, nextDevNonce: devNonce + 1 })
      const { identity } = this.#parts
      const frame = sealJoinRequest(
        { joinEui: fromHex(identity.joinEui), devEui: fromHex(identity.devEui), devNonce },
        this.#appKey,
      )
      const sent = await this.#transmit(
        frame,
        defaultChannels(),
        { dataRate: this.settings.dataRate, txPowerIndex: 0, onAir },
        life,
      )
      if (!sent.ok) return sent
      const { accepted } = await this.#receive(joinWindows(sent.value.on), (reception) =>
        this.#openJoinAccept(reception),
      )
      if (life !== this.#life) return err('rebooted')
      return accepted === undefined ? err('join-timeout') : ok(await this.#beginSession(accepted, devNonce))
    })
  }

  /**
   * Sends one uplink, repeated as NbTrans or the confirmed retries say, and listens after each frame. `fPort`
   * undefined sends an empty frame that only carries MAC answers.
   */
  send(uplink: {
    fPort: number | undefined
    payload: Uint8Array
    isConfirmed: boolean
    /** Called when a free channel was found and the first frame starts. */
    onAir?: () => void
  }): Promise<Result<SendReport, SendError>> {
    return this.#exclusively<SendReport, SendError>(async (life) => {
      const session = this.#state.session
      if (session === null) return err('not-joined')
      if (session.fCntUp > MAX_FCNT) return err('counter-exhausted')
      if (uplink.payload.length > this.roomForPayload) return err('payload-too-long')
      const frame = await this.#sealUplink(session, uplink)
      const { dataRate } = this.settings
      const tries = uplink.isConfirmed ? 1 + this.settings.confirmedRetries : session.transmissions
      const downlinks: Downlink[] = []
      const notices: ServerCommand[] = []
      let isAcknowledged = false
      let transmissions = 0
      while (transmissions < tries && !isAcknowledged && (uplink.isConfirmed || downlinks.length === 0)) {
        if (transmissions > 0 && uplink.isConfirmed) await this.#waitBeforeRetry()
        const onAir = transmissions === 0 ? uplink.onAir : undefined
        const sent = await this.#sendOnce(frame, { dataRate, onAir: onAir ?? (() => {}) }, life)
        if (!sent.ok && (transmissions === 0 || sent.error === 'rebooted')) return sent
        transmissions++
        if (!sent.ok) continue
        if (sent.value === undefined) continue
        downlinks.push(sent.value.downlink)
        notices.push(...sent.value.notices)
        isAcknowledged ||= uplink.isConfirmed && sent.value.downlink.isAck
      }
      return ok({ fCntUp: session.fCntUp, transmissions, isAcknowledged, downlinks, notices })
    })
  }

  async #exclusively<T, E extends string>(
    work: (life: number) => Promise<Result<T, E | 'busy'>>,
  ): Promise<Result<T, E | 'busy'>> {
    if (this.#isBusy) return err('busy')
    this.#isBusy = true
    const life = this.#life
    try {
      return await work(life)
    } finally {
      if (life === this.#life) this.#isBusy = false
    }
  }

  /** Counts the uplink, on disk, and makes its PHYPayload. */
  async #sealUplink(
    session: Session,
    uplink: { fPort: number | undefined; payload: Uint8Array; isConfirmed: boolean },
  ): Promise<Uint8Array> {
    const { settings } = this
    const lowered = settings.isAdrOn ? adrBackOff(session, settings.dataRate) : undefined
    if (lowered !== undefined && uplink.payload.length <= maxPayload(lowered.dataRate)) {
      settings.dataRate = lowered.dataRate
    }
    const next = { ...(lowered?.session ?? session) }
    const frame = sealDataFrame(
      {
        direction: 'up',
        isConfirmed: uplink.isConfirmed,
        devAddr: session.devAddr,
        control: {
          adr: settings.isAdrOn,
          adrAckReq: settings.isAdrOn && asksForAnswer(session),
          ack: this.#answers.takeAck(),
          fPending: false,
        },
        fCnt: session.fCntUp,
        fOpts: this.#answers.bytes(),
        fPort: uplink.fPort,
        payload: uplink.payload,
      },
      this.#keys!,
    )
    this.#answers.markSent()
    await this.#save({
      ...this.#state,
      session: { ...next, fCntUp: session.fCntUp + 1, adrAckCounter: session.adrAckCounter + 1 },
    })
    return frame
  }

  async #sendOnce(
    frame: Uint8Array,
    how: { dataRate: DataRate; onAir: () => void },
    life: number,
  ): Promise<Result<{ downlink: Downlink; notices: readonly ServerCommand[] } | undefined, SendError>> {
    if (life !== this.#life) return err('rebooted')
    const session = this.#state.session!
    const { dataRate } = how
    const channels = usableChannels(session.channels, dataRate)
    const { txPowerIndex } = session
    const sent = await this.#transmit(frame, channels, { ...how, txPowerIndex }, life)
    if (!sent.ok) return sent
    const plan = dataWindows(sent.value.on, session, { dataRate, channel: sent.value.channel })
    // After a reboot the session may be gone, and what is still received belongs to nobody.
    const { accepted } = await this.#receive(plan, (reception, window) =>
      life === this.#life ? openDownlink(reception, window, this.#state.session!, this.#keys!) : undefined,
    )
    if (life !== this.#life) return err('rebooted')
    if (accepted === undefined) return ok(undefined)
    const outcome = await this.#digest(accepted)
    this.#parts.radio.countDelivered(this.#parts.name)
    return ok({ downlink: accepted, notices: outcome.notices })
  }

  /** Remembers what a downlink changed before anything else happens. */
  async #digest(downlink: Downlink): Promise<CommandOutcome> {
    const { isAdrOn, dataRate } = this.settings
    const outcome = downlink.applyCommands(this.#state.session!, { isAdrOn, dataRate, snrDb: downlink.snrDb })
    this.#answers.forgetSent()
    this.#answers.add(outcome.answers)
    if (downlink.isConfirmed) this.#answers.oweAck()
    if (isDataRate(outcome.dataRate)) this.settings.dataRate = outcome.dataRate
    await this.#save({
      ...this.#state,
      session: { ...outcome.session, nextFCntDown: downlink.fCnt + 1, adrAckCounter: 0 },
    })
    return outcome
  }

  async #transmit(
    payload: Uint8Array,
    channels: readonly DeviceChannel[],
    how: { dataRate: DataRate; txPowerIndex: number; onAir: () => void },
    life: number,
  ): Promise<Result<{ on: Transmission; channel: DeviceChannel }, 'no-free-channel' | 'rebooted'>> {
    const { clock, radio, random, position, name } = this.#parts
    const { lbt } = this.settings
    const lastSentEndMs = this.#lastSentEndMs
    if (clock.now() < this.#silentUntilMs) return err('no-free-channel')
    const channel = await acquireChannel({
      clock,
      radio,
      random,
      name,
      position,
      channels,
      lastSentEndMs,
      lbt,
    })
    if (life !== this.#life) return err('rebooted')
    if (channel === undefined) return err('no-free-channel')
    const { frequencyHz } = channel
    const on = radio.send({
      source: name,
      position,
      direction: 'up',
      frequencyHz,
      spreadingFactor: spreadingFactor(how.dataRate),
      powerDbm: eirpDbm(frequencyHz, how.txPowerIndex),
      payload,
      startMs: clock.now(),
    })
    this.#lastSentEndMs = on.endMs
    const { maxDutyCycle = 0 } = this.#state.session ?? {}
    if (maxDutyCycle > 0) this.#silentUntilMs = on.startMs + (on.endMs - on.startMs) * 2 ** maxDutyCycle
    how.onAir()
    return ok({ on, channel })
  }

  #receive<T>(
    plan: WindowPair,
    accept: (reception: Reception, window: 'RX_1' | 'RX_2') => T | undefined,
  ): Promise<{ accepted: T | undefined; endMs: number }> {
    const { radio, name, position } = this.#parts
    return receiveInWindows({ radio, device: name, position, ...plan, accept })
  }

  #openJoinAccept(reception: Reception): JoinAccept | undefined {
    const frame = parsePhy(reception.transmission.payload)
    if (!frame.ok || frame.value.type !== 'join-accept') return undefined
    const accept = openJoinAccept(frame.value, this.#appKey)
    return accept.ok && accept.value.joinNonce > this.#state.lastJoinNonce ? accept.value : undefined
  }

  async #beginSession(accept: JoinAccept, devNonce: number): Promise<Session> {
    const keys = deriveSessionKeys(this.#appKey, { ...accept, devNonce })
    const session = sessionAfterJoin(accept, { nwkSKey: toHex(keys.nwkSKey), appSKey: toHex(keys.appSKey) })
    this.#keys = sessionKeys(keys)
    this.#answers.clear()
    this.#silentUntilMs = Number.NEGATIVE_INFINITY
    await this.#save({ ...this.#state, lastJoinNonce: accept.joinNonce, session })
    this.#parts.radio.countDelivered(this.#parts.name)
    return session
  }

  #restoreSession(): void {
    const session = this.#parts.keepsSession === true ? this.#state.session : null
    this.#state = { ...this.#state, session }
    this.#keys =
      session === null
        ? undefined
        : sessionKeys({ nwkSKey: fromHex(session.nwkSKey), appSKey: fromHex(session.appSKey) })
  }

  #waitBeforeRetry(): Promise<void> {
    const { least, spread } = RETRANSMIT_TIMEOUT_MS
    return this.#parts.clock.sleep(least + this.#parts.random.integer(spread))
  }

  async #save(state: DeviceState): Promise<void> {
    this.#state = state
    await this.#parts.memory.save(state)
  }
}
