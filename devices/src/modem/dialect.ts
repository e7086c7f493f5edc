import type { Result } from '@hanpyo/protocol/result.ts'
import type { AtCommands, AtSyntax, Reply, ReplyError } from './at-commands.ts'
import type { ModemIdentity, ModemSettings } from './modem.ts'

export type DialectName = 'rui3' | 'wio-e5' | 'st'

/**
 * `wrong-mode`: it is not in LoRaWAN mode. `wrong-region`: it is not set to KR920. `wrong-firmware`: too old, unknown, or
 * without something KR920 asks for. The detail says what was found.
 */
export type IdentifyError = 'no-response' | 'wrong-mode' | 'wrong-region' | 'wrong-firmware' | 'closed'

export interface ModemIdentification {
  readonly firmware: string
  /** LoRa Alliance name of the channel plan, `KR920`. */
  readonly region: string
  /** Lower-case hex; empty when the modem did not tell. */
  readonly devEui: string
  /** `undefined` where the dialect cannot say. */
  readonly isJoined: boolean | undefined
}

/** What a refusal of the modem means for the frame or join it refused. */
export type Refusal =
  | 'busy'
  | 'not-joined'
  | 'payload-too-long'
  /** Too long, probably: the modem now sends a frame without payload instead, which has to be waited out. */
  | 'empty-frame'
  | 'join-failed'
  | 'failed'

export interface Uplink {
  readonly fPort: number
  readonly payload: Uint8Array
  readonly isConfirmed: boolean
  readonly airtimeMs: number
  /** When to give up waiting for the modem's report. */
  readonly timeoutMs: number
  /** When the last receive window is over for certain, should the modem not report. */
  readonly windowsMs: number
}

/** One setting to be written, and its name for an error message. Never log `command`: it may hold the key. */
export interface Setting {
  readonly name: string
  readonly command: string
}

export interface ModemTime {
  /** Unix time in ms. */
  readonly unixMs: number
  /** How finely the modem tells the time. */
  readonly stepMs: number
}

/** What the three kinds of modem do differently. Stateless; every method runs alone on the line and ends in bounded time. */
export interface Dialect {
  readonly name: DialectName
  readonly syntax: AtSyntax
  /** Wakes a modem that may be asleep, for good. Tried when it did not answer. */
  rouse?(at: AtCommands): Promise<unknown>
  /** Reads who is there; changes nothing. */
  identify(at: AtCommands): Promise<Result<ModemIdentification, IdentifyError>>
  /** Settings of every opening: unconfirmed uplinks, listen-before-talk, no sleep. */
  prepare(at: AtCommands): Promise<Result<void, IdentifyError>>
  /** Whether the modem has a session; `undefined` where only a join attempt can tell. */
  hasSession(at: AtCommands): Promise<Result<boolean | undefined, ReplyError>>
  /** One attempt. `force` asks for a new session although there is one. */
  join(at: AtCommands, options: { readonly force: boolean; readonly timeoutMs: number }): Promise<Reply>
  /** 0..5. */
  dataRate(at: AtCommands): Promise<Result<number, ReplyError>>
  /** Payload bytes the modem would take now, where it can be asked. */
  room?(at: AtCommands): Promise<Result<number, ReplyError>>
  /** Ends after the receive windows. `isAcknowledged` only for a confirmed uplink. */
  send(at: AtCommands, uplink: Uplink): Promise<Result<{ readonly isAcknowledged?: boolean }, ReplyError>>
  /** Reads the code of a `refused` reply. */
  refusal(code: string): Refusal
  /**
   * Region, class, join mode, ADR and identity, in the order the modem takes them. ADR is on: only the network can tell how
   * fast a kiosk may send, and at the slow rates no ballot fits a frame.
   */
  settings(identity: ModemIdentity): readonly Setting[]
  write(at: AtCommands, setting: Setting): Promise<Reply>
  /** Reads them back. */
  readSettings(at: AtCommands): Promise<Result<ModemSettings, ReplyError>>
  /** The AppKey, 32 hex digits, where the modem gives it out. For comparing only. */
  readKey?(at: AtCommands): Promise<Reply>
  /** Asks for a LinkCheckReq with the next uplink. */
  requestLinkCheck(at: AtCommands): Promise<Reply>
  /** DeviceTimeReq, where the firmware has it. */
  readonly time?: {
    request(at: AtCommands): Promise<Reply>
    /** Whether the modem says that the answer came; otherwise any downlink to the asking uplink counts. */
    readonly isReported: boolean
    read(at: AtCommands): Promise<Result<ModemTime, ReplyError>>
  }
}

/** Hex digits in upper case. Throws when they are not exactly `digits`. */
export function hexDigits(text: string, digits: number, name: string): string {
  if (text.length !== digits || !/^[0-9a-fA-F]+$/.test(text)) {
    throw new RangeError(`"${name}" is not ${digits} hex digits`)
  }
  return text.toUpperCase()
}

/** `0123…` as `01:23:…`. */
export function withColons(hex: string): string {
  return hex.replace(/..(?=.)/g, '$&:')
}

/** What an unusable reply means while the modem is being identified. */
export function identifyFailure(error: ReplyError): 'closed' | 'no-response' {
  return error === 'closed' ? 'closed' : 'no-response'
}
