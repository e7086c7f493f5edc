import type { Result } from '@hanpyo/protocol/result.ts'
import type { DialectName } from './dialect.ts'
import type { LinkCheckAnswer } from './modem-line.ts'

/**
 * `busy`: an earlier send or join is not over, or the modem says so; also when listen-before-talk found no free channel.
 * `payload-too-long`: nothing of it was sent; ask `dataRate` and send less.
 * `tx-failed`: the modem refused.
 * `timeout`: the modem took it, but did not report the end. It may have gone out.
 * `no-response`: no usable reply at all. It may have gone out even so.
 * `rebooted`: the modem restarted meanwhile; join again.
 * `closed`: the device is gone; open it again.
 */
export type SendError =
  | 'busy'
  | 'not-joined'
  | 'payload-too-long'
  | 'timeout'
  | 'no-response'
  | 'rebooted'
  | 'tx-failed'
  | 'closed'

/** `join-failed`: no network answered. `rejected`: the modem refused to try. */
export type JoinError =
  | 'busy'
  | 'join-failed'
  | 'rejected'
  | 'timeout'
  | 'no-response'
  | 'rebooted'
  | 'closed'

/** `no-answer`: the uplink went out, and no gateway answered it. `unsupported`: this modem cannot do it. */
export type RequestError = SendError | 'no-answer' | 'unsupported'

/** `rejected`: the modem refused a setting, which the detail names. */
export type ProgramError = 'busy' | 'rejected' | 'no-response' | 'rebooted' | 'closed'

export interface SendReport {
  /** The data rate asked for just before; ADR may have changed it meanwhile. */
  readonly dataRate: number
  /** Calculated time on air of one frame. */
  readonly airtimeMs: number
  /** Of a confirmed uplink, whether the network's ACK came. It does not mean that the ballot is anywhere. */
  readonly isAcknowledged?: boolean
}

/** What time it is in the network: at any moment `clock.now() + offsetMs`. */
export interface NetworkTime {
  readonly offsetMs: number
  /** How far off that may be, beside the quarter millisecond and the leap seconds of DeviceTimeAns itself. */
  readonly accuracyMs: number
}

/** EUIs and key in hex, any case. */
export interface ModemIdentity {
  readonly devEui: string
  readonly joinEui: string
  readonly appKey: string
}

export type ModemEvent =
  | { readonly type: 'joined' }
  /** The modem restarted by itself. Its session may be lost. */
  | { readonly type: 'rebooted' }
  /** We restarted it because it did not answer. */
  | { readonly type: 'reset' }
  /** It did not answer even after that. */
  | { readonly type: 'unresponsive' }
  | { readonly type: 'downlink'; readonly slot: string; readonly rssiDbm: number; readonly snrDb: number }
  /** A line nobody could read. */
  | { readonly type: 'garbled' }
  | { readonly type: 'closed'; readonly reason: string }

export interface ModemInfo {
  readonly dialect: DialectName
  readonly firmware: string
  /** LoRa Alliance name of the channel plan: `KR920`. */
  readonly region: string
  /** Lower-case hex. */
  readonly devEui: string
  /** Whether it had a session when it was opened; `undefined` where the dialect cannot say. */
  readonly isJoined: boolean | undefined
}

/** What a modem tells of its settings; a field is missing where this kind does not tell it. */
export interface ModemSettings {
  readonly region: string
  /** Lower-case hex. */
  readonly devEui: string
  /** Lower-case hex. */
  readonly joinEui: string
  readonly joinMode?: 'otaa' | 'abp'
  readonly deviceClass?: string
  readonly isAdrOn?: boolean
  readonly listensBeforeTalk?: boolean
}

/**
 * A LoRaWAN modem, class A. Every call ends in bounded (simulated) time, whatever the modem does. Only one send or
 * join is under way at a time; another is refused with `busy`.
 */
export interface LoraModem {
  readonly info: ModemInfo
  /** What the driver believes; `send` finds out. */
  readonly isJoined: boolean
  /** One attempt. A session that the modem still has is kept unless `force` is given. */
  join(options?: { readonly force?: boolean }): Promise<Result<void, JoinError>>
  /** The data rate of the next uplink, 0..5. Rejects when the modem does not tell. */
  dataRate(): Promise<number>
  /**
   * One uplink; resolves after its receive windows. `fPort` 1..223, payload 1..242 bytes. `isConfirmed` asks the network
   * for an ACK: for trying out a place, never for ballots.
   */
  send(
    fPort: number,
    payload: Uint8Array,
    options?: { readonly isConfirmed?: boolean },
  ): Promise<Result<SendReport, SendError>>
  /** Asks how well the gateways hear, with an uplink of one byte on FPort 2, which nobody reads. */
  linkCheck(): Promise<Result<LinkCheckAnswer, RequestError>>
  /** Asks the network for the time (DeviceTimeReq), with an uplink of one byte on FPort 2. */
  networkTime(): Promise<Result<NetworkTime, RequestError>>
  /** Writes region, class, ADR on, identity, and the settings of every opening. Ends the session. */
  program(identity: ModemIdentity): Promise<Result<void, ProgramError>>
  /** Reads back what can be read; changes nothing. */
  readSettings(): Promise<Result<ModemSettings, ProgramError>>
  /**
   * Whether its AppKey is this one (32 hex digits), `undefined` where it cannot be read back. The key that is in the modem
   * does not leave the driver.
   */
  holdsKey(appKey: string): Promise<Result<boolean | undefined, ProgramError>>
  /** Application downlinks, also those that come without a send. Returns a function that ends it. */
  onDownlink(listener: (fPort: number, payload: Uint8Array) => void): () => void
  onEvent(listener: (event: ModemEvent) => void): () => void
  close(): Promise<void>
}
