/** Signal and, in some dialects on the same line, the network's answer to a LinkCheckReq. */
export interface LinkCheckAnswer {
  /** How many dB the uplink was above the demodulation floor at the best gateway. */
  readonly marginDb: number
  readonly gatewayCount: number
}

/** What one line of a modem means, in whatever dialect it said it. */
export type ModemLine =
  | { readonly type: 'ok' }
  /** `command` is the command it belongs to, where the dialect says so. */
  | { readonly type: 'error'; readonly code: string; readonly command?: string }
  | { readonly type: 'value'; readonly name: string; readonly value: string }
  /** A bare line, which only the question before it can explain. */
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'joined' }
  | { readonly type: 'join-failed'; readonly reason: string }
  | { readonly type: 'tx-done' }
  | { readonly type: 'confirmed'; readonly isAcknowledged: boolean }
  | {
      readonly type: 'downlink'
      readonly fPort: number
      readonly payload: Uint8Array
      readonly signal?: Signal
    }
  | ({ readonly type: 'signal'; readonly linkCheck?: LinkCheckAnswer } & Signal)
  /** `null`: nobody answered. */
  | { readonly type: 'link-check'; readonly answer: LinkCheckAnswer | null }
  | { readonly type: 'time-answer'; readonly isAnswered: boolean }
  | { readonly type: 'wait'; readonly waitMs: number }
  /** Printed while starting up. */
  | { readonly type: 'banner' }
  /** An event that is of no concern here. */
  | { readonly type: 'other-event' }
  | { readonly type: 'unknown' }

export interface Signal {
  /** `RX_1`, `RX_2`, and where the modem has other classes `RX_B`, `RX_C`. */
  readonly slot: string
  readonly rssiDbm: number
  readonly snrDb: number
}

/** Whether a number is a port of application data, 1..223. */
export function isApplicationPort(fPort: number): boolean {
  return Number.isInteger(fPort) && fPort >= 1 && fPort <= 223
}
