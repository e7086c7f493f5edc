import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Result } from '@hanpyo/protocol/result.ts'
import type { ConnectionState } from '../connection-state.ts'
import type { KeyDevice } from '../keypad/keypad.ts'
import type { Lamp } from '../lamp/lamp.ts'
import type { RequestError } from '../modem/modem.ts'
import type { LinkCheckAnswer } from '../modem/modem-line.ts'
import type { ReceiptPrinter } from '../printer/receipt-printer.ts'

/** Where a chime is played; the person says where it was heard. */
export type ChimeSide = 'left' | 'right' | 'speaker'
export type HeardAt = 'left' | 'right' | 'both' | 'nowhere'

/** Plays one short chime. `false`: this machine could not play it. */
export type PlayChime = (side: ChimeSide) => Promise<boolean>

/** The scanner while the tests run: what is scanned goes to them and to nobody else. */
export interface ScanPort {
  readonly state: ConnectionState
  /** The next text from now on; `null` when the signal was aborted before. */
  next(signal: AbortSignal): Promise<string | null>
}

export interface ModemFacts {
  readonly dialect: string
  readonly firmware: string
  readonly region: string
  /** Lower-case hex; empty when the modem does not tell. */
  readonly devEui: string
  readonly isJoined: boolean
  readonly dataRate: number | null
  /** Signal of the newest downlink, if any came since the modem was opened. */
  readonly lastDownlink: { readonly rssiDbm: number; readonly snrDb: number } | null
}

export interface ModemPort {
  /** `null`: there is no modem at the line now. */
  facts(): Promise<ModemFacts | null>
  /** One uplink. */
  linkCheck(): Promise<Result<LinkCheckAnswer, RequestError>>
}

/** `null` where this kiosk is not set up for it. */
export interface NetworkPorts {
  /** Wi-Fi as far as the broker: the state now, and why it is not online. */
  readonly wifi: (() => { readonly isOnline: boolean; readonly reason: string | null }) | null
  /** Asks the bridge or a mirror now, in bounded time. */
  readonly bridge: (() => Promise<Result<void, 'unreachable' | 'inconsistent'>>) | null
}

export interface ClockFacts {
  /** How far this machine's clock is ahead of a time that others told; `null`: nobody told one. */
  readonly aheadSeconds: number | null
  readonly source: string | null
}

export interface StorageFacts {
  /** `null` when the system does not say. */
  readonly freeBytes: number | null
  readonly isLow: boolean
}

export interface OutboxFacts {
  /** Not yet acknowledged. */
  readonly waiting: number
  /** Of these, too long for LoRaWAN. */
  readonly waitingForWifi: number
}

export interface TestVoteReport {
  readonly route: 'wifi' | 'lora'
  /** From the durable store to the authenticated ack. */
  readonly tookMs: number
}

/** Why a test vote did not come through; slip problems are the kiosk's own codes. */
export interface TestVotePort {
  /** Whether the loaded manifest says that nothing in this election counts. */
  readonly isTestElection: boolean
  /** Votes with a test slip, the first option of each contest, on the ordinary way, and waits for the ack. */
  cast(slipText: string, signal: AbortSignal): Promise<Result<TestVoteReport, string>>
}

/** What the self-test tries. Leave out what this machine does not have: that test is then noted as absent. */
export interface SelfTestPorts {
  readonly screen?: (() => { pxPerMetre: number; widthPx: number; heightPx: number } | null) | undefined
  readonly keypad?: KeyDevice<string> | undefined
  readonly switches?: KeyDevice<string> | undefined
  readonly chime?: PlayChime | undefined
  readonly printer?: ReceiptPrinter | undefined
  readonly scanner?: ScanPort | undefined
  readonly lamp?: Lamp | undefined
  readonly modem?: ModemPort | undefined
  readonly network?: NetworkPorts | undefined
  readonly clockFacts?: (() => ClockFacts) | undefined
  readonly storage?: (() => StorageFacts) | undefined
  readonly outbox?: (() => OutboxFacts) | undefined
  readonly testVote?: TestVotePort | undefined
}

/** What the person at the machine is to do or to wait for now. `PROMPT_TEXT` has the words. */
export type Prompt =
  | { readonly kind: 'press-keys'; readonly keys: readonly string[]; readonly missing: readonly string[] }
  | { readonly kind: 'scan-test-code' }
  | { readonly kind: 'scan-test-slip' }
  | { readonly kind: 'listen' }
  | { readonly kind: 'printing' }
  | { readonly kind: 'asking-modem' }
  | { readonly kind: 'asking-network' }
  | { readonly kind: 'voting' }

/** `QUESTION_TEXT` has the words and the words of the answers. */
export type Question = 'heard-headphones' | 'heard-speaker' | 'paper-readable' | 'lamp-on' | 'lamp-blinking'

/** The person in front of the machine, through whatever shows things to them. */
export interface Guide {
  tell(prompt: Prompt): void
  /** The person's answer; `null` when the signal of the test was aborted before. */
  ask(question: Question): Promise<string | null>
}

export interface SelfTestOptions {
  readonly clock: Clock
  readonly guide: Guide
  /** Aborted when the person stops the test or its time is over. */
  readonly signal: AbortSignal
  /** Shown on the test print. */
  readonly name?: string
}

export type FactValue = string | number | boolean | null | readonly string[]
/** Integers, texts and truths only: they are signed as canonical JSON. */
export type Facts = Readonly<Record<string, FactValue>>
