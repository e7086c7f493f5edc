import type { Result } from '@hanpyo/protocol/result.ts'

/**
 * `busy`: an earlier send or join is not over, or the modem says so.
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

/** `rejected`: the modem refused a setting, which the detail names. */
export type ProgramError = 'busy' | 'rejected' | 'no-response' | 'rebooted' | 'closed'

export interface SendReport {
  /** The data rate asked for just before; ADR may have changed it meanwhile. */
  readonly dataRate: number
  /** Calculated time on air of one frame. */
  readonly airtimeMs: number
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
  readonly dialect: 'rui3'
  readonly firmware: string
  /** Lower-case hex. */
  readonly devEui: string
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
  /** One unconfirmed uplink; resolves after its receive windows. `fPort` 1..223, payload 1..242 bytes. */
  send(fPort: number, payload: Uint8Array): Promise<Result<SendReport, SendError>>
  /** Writes region, class and identity. Ends the session. */
  program(identity: ModemIdentity): Promise<Result<void, ProgramError>>
  /** Application downlinks, also those that come without a send. Returns a function that ends it. */
  onDownlink(listener: (fPort: number, payload: Uint8Array) => void): () => void
  onEvent(listener: (event: ModemEvent) => void): () => void
  close(): Promise<void>
}
