import { uplinkAirtimeMs } from './airtime.ts'

/** Simulated ms. Generous: a simulated modem runs faster than real time, its serial line does not. */
export const REPLY_TIMEOUT_MS = 5_000
/** Listening 5 and 6 s after the request, the accept at DR0 (1.8 s), listen-before-talk, a margin. At least 15 s. */
export const JOIN_TIMEOUT_MS = 25_000
/** All three kinds are back within a second. */
export const RESET_TIMEOUT_MS = 5_000

/** Our device profile says `rx1_delay = 5`; the second window opens a second later. */
const RX1_DELAY_MS = 5_000
/** What ChirpStack's ADR may ask for: each uplink up to three times. */
const MOST_TRANSMISSIONS = 3
/** RX2 after RX1, the longest downlink in it, and the modem's own slowness. */
const AFTER_RX1_MS = 3_000
/** Until a free channel is found, per transmission. */
const LISTEN_BEFORE_TALK_MS = 1_000

/**
 * How long a send may take from the command to TX_DONE: time on air once more than it is sent, the receive windows after
 * each transmission, listen-before-talk.
 */
export function sendTimeoutMs(dataRate: number, payloadBytes: number): number {
  const airtimeMs = uplinkAirtimeMs(dataRate, payloadBytes)
  return (
    airtimeMs * (1 + MOST_TRANSMISSIONS) +
    MOST_TRANSMISSIONS * (RX1_DELAY_MS + AFTER_RX1_MS + LISTEN_BEFORE_TALK_MS)
  )
}

/** How long an empty frame at the next lower data rate and its receive windows take. */
export function holdOffMs(dataRate: number): number {
  return uplinkAirtimeMs(Math.max(0, dataRate - 1), 0) + RX1_DELAY_MS + AFTER_RX1_MS + LISTEN_BEFORE_TALK_MS
}

/** When the receive windows of a single transmission are over for certain, listening before it included. */
export function receiveWindowsMs(dataRate: number, payloadBytes: number): number {
  return uplinkAirtimeMs(dataRate, payloadBytes) + RX1_DELAY_MS + AFTER_RX1_MS + LISTEN_BEFORE_TALK_MS
}

/** The report on a MAC answer may follow the end of the uplink. */
export const ANSWER_GRACE_MS = 3_000
/** Between two looks at a clock that shows whole seconds, and how many until it has moved on for certain. */
export const TICK_POLL_MS = 50
export const TICK_POLLS = 30
