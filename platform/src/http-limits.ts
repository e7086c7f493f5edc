import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { addressKey, type TrustedProxies } from './client-address.ts'
import { type BucketRate, createTokenBuckets } from './token-buckets.ts'

/** What one address, and all together, may take of a server. Everything is bounded; a limit that is left out is wide. */
export interface HttpLimits {
  /** Connections at once, of all; default 4,096. */
  readonly maxConnections?: number
  /** Connections at once of one address; default 256. Trusted proxies are not counted. */
  readonly maxConnectionsPerAddress?: number
  /** Requests of one address or one client certificate, long answers counted several times; default none. */
  readonly requests?: BucketRate
  /** New connections of one address; default 200 a second, 1,000 at once. */
  readonly newConnections?: BucketRate
  /**
   * Bytes of answers that are under way, of all; default 1 GiB. An address gets a quarter of it, or one answer that is longer.
   * Whoever reads slowly, or not at all, holds them in memory.
   */
  readonly answerBytes?: number
}

/** Why a client was turned away before any handler saw it. */
export type HttpRefusal =
  | 'connections-of-address'
  | 'connections-in-total'
  | 'connection-rate'
  | 'request-rate'
  | 'request-timeout'
  | 'headers-too-large'
  | 'body-too-large'
  | 'malformed'
  | 'answer-bytes'
  | 'closing'

export const DEFAULT_MAX_CONNECTIONS = 4_096
const DEFAULT_ANSWER_BYTES = 2 ** 30
/** Shorter answers are bounded by the number of connections alone. */
const SHORT_ANSWER_BYTES = 2 ** 16

/** Counts the bytes of answers that clients have not taken yet. */
export interface AnswerBudget {
  /** Called when the answer is sent, whether all of it or not; `undefined` when there is no room for it. */
  take(key: string, bytes: number): (() => void) | undefined
}

export function createAnswerBudget({ answerBytes = DEFAULT_ANSWER_BYTES }: HttpLimits): AnswerBudget {
  const held = new Map<string, number>()
  let total = 0
  return {
    take(key, bytes) {
      if (bytes < SHORT_ANSWER_BYTES) return () => {}
      const own = held.get(key) ?? 0
      if (total > 0 && total + bytes > answerBytes) return undefined
      if (own > 0 && own + bytes > answerBytes / 4) return undefined
      total += bytes
      held.set(key, own + bytes)
      return () => {
        total -= bytes
        const left = (held.get(key) ?? 0) - bytes
        if (left > 0) held.set(key, left)
        else held.delete(key)
      }
    },
  }
}

/**
 * Bounds the connections of a server. One too many is ended without a word: whoever holds that many does not read answers.
 * When all places are taken, connections that are idle between two requests make room first.
 */
export function limitConnections(
  server: Server,
  limits: HttpLimits,
  proxies: TrustedProxies,
  onRefused: (why: HttpRefusal) => void,
): void {
  const { maxConnections = DEFAULT_MAX_CONNECTIONS, maxConnectionsPerAddress = 256 } = limits
  const arrivals = createTokenBuckets({
    ...(limits.newConnections ?? { perSecond: 200, burst: 1_000 }),
    now: () => performance.now(),
  })
  const open = new Map<string, number>()
  let total = 0

  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress
    const refuse = (why: HttpRefusal) => {
      onRefused(why)
      socket.destroy()
    }
    // Gone before it could be looked at.
    if (address === undefined) return void socket.destroy()
    if (total >= maxConnections) server.closeIdleConnections()
    if (total >= maxConnections) return refuse('connections-in-total')
    const key = addressKey(address)
    if (!proxies.has(address)) {
      if ((open.get(key) ?? 0) >= maxConnectionsPerAddress) return refuse('connections-of-address')
      if (arrivals.take(key) > 0) return refuse('connection-rate')
    }
    total++
    open.set(key, (open.get(key) ?? 0) + 1)
    socket.once('close', () => {
      total--
      const left = (open.get(key) ?? 1) - 1
      if (left === 0) open.delete(key)
      else open.set(key, left)
    })
  })
}
