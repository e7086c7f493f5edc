import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { backoffMs } from '../backoff.ts'
import { type Clock, createRealClock } from '../clock.ts'
import { type Logger, silentLogger } from '../logger.ts'
import { nodeRandom } from '../random.ts'
import { type Connection, openConnection } from './connection.ts'
import type { MessageHandler } from './inbox.ts'
import { topicMatches } from './topics.ts'

export type PublishError = 'offline' | 'queue-full' | 'rejected' | 'timeout'
export type SubscribeError = 'refused' | 'closed'
export type MqttState = 'online' | 'offline'

export interface MqttOptions {
  /** `mqtt://host:port` or `mqtts://host:port`. */
  readonly url: string
  readonly clientId: string
  readonly protocolVersion: 4 | 5
  /** PEM texts: the authority the server must be of, and our own certificate. */
  readonly tls?: { readonly ca: string; readonly cert?: string; readonly key?: string }
  readonly username?: string
  readonly password?: string
  /** False keeps the session on the broker while we are away, with the messages that arrive. */
  readonly clean: boolean
  /** How long the broker keeps it (MQTT 5 only; 3.1.1 brokers keep it as configured). Real seconds. */
  readonly sessionExpirySeconds?: number
  /** Real seconds. A dead connection is noticed after one and a half of them. Default 10. */
  readonly keepAliveSeconds?: number
  /** How many handlers may run at once, default 1. */
  readonly concurrency?: number
  /** Publishes waiting for the broker's answer; more are refused with `queue-full`. Default 256. */
  readonly publishLimit?: number
  /** Real milliseconds to wait for the broker's answer to a publish, default 10,000. */
  readonly publishTimeoutMs?: number
  /** Longest wait between connection attempts, simulated milliseconds. Default 30,000. */
  readonly reconnectMaxMs?: number
  readonly clock?: Clock
  readonly log?: Logger
}

/**
 * A connection to an MQTT broker that is made again whenever it breaks, with backoff and jitter.
 *
 * QoS 1 messages are acknowledged after the handler resolved and not before. When a handler rejects, the
 * message stays unacknowledged, the connection is dropped and the broker delivers it again (given
 * `clean: false`). So a handler must be idempotent: it may see a message again whose work is already done.
 */
export interface MqttPort {
  readonly state: MqttState
  /**
   * Subscribes now and after every reconnect, and routes matching messages to the handler. Resolves when the
   * broker granted or refused it (the refusal is logged too), or when the port is closed before that; it may
   * take until the broker can be reached. Call it for all handlers before the first `await` after
   * `connectMqtt`: a message of a kept session that no handler wants is acknowledged and dropped with a warning.
   */
  subscribe(
    topics: string | readonly string[],
    qos: 0 | 1,
    handler: MessageHandler,
  ): Promise<Result<void, SubscribeError>>
  /**
   * Hands a message to the broker; success means the broker acknowledged it (QoS 1) or it was written to the
   * socket (QoS 0). Nothing is kept for later: what fails is the caller's to send again.
   */
  publish(
    topic: string,
    payload: Uint8Array | string,
    qos?: 0 | 1,
    options?: { readonly retain?: boolean },
  ): Promise<Result<void, PublishError>>
  /** Called at every change, not at once. Returns a function that ends it. */
  onState(listener: (state: MqttState) => void): () => void
  /** Resolves when online; rejects when the signal is aborted or the port is closed. */
  whenOnline(signal?: AbortSignal): Promise<void>
  close(): Promise<void>
}

interface Subscription {
  readonly topics: readonly string[]
  readonly qos: 0 | 1
  readonly handler: MessageHandler
  readonly granted: PromiseWithResolvers<Result<void, SubscribeError>>
}

/** Starts connecting and returns at once. */
export function connectMqtt(options: MqttOptions): MqttPort {
  return new ReconnectingPort(options)
}

class ReconnectingPort implements MqttPort {
  readonly #options: MqttOptions
  readonly #clock: Clock
  readonly #log: Logger
  readonly #subscriptions: Subscription[] = []
  readonly #listeners = new Set<(state: MqttState) => void>()
  readonly #closing = new AbortController()
  readonly #finished: Promise<void>
  #connection: Connection | undefined
  #pendingPublishes = 0
  #failures = 0

  constructor(options: MqttOptions) {
    this.#options = options
    this.#clock = options.clock ?? createRealClock()
    this.#log = (options.log ?? silentLogger).child({ clientId: options.clientId })
    this.#finished = this.#run()
  }

  get state(): MqttState {
    return this.#connection === undefined ? 'offline' : 'online'
  }

  async subscribe(
    topics: string | readonly string[],
    qos: 0 | 1,
    handler: MessageHandler,
  ): Promise<Result<void, SubscribeError>> {
    if (this.#closing.signal.aborted) return err('closed')
    const list = typeof topics === 'string' ? [topics] : topics
    const subscription = {
      topics: list,
      qos,
      handler,
      granted: Promise.withResolvers<Result<void, SubscribeError>>(),
    }
    this.#subscriptions.push(subscription)
    if (this.#connection !== undefined) await this.#request(this.#connection, subscription)
    return subscription.granted.promise
  }

  async publish(
    topic: string,
    payload: Uint8Array | string,
    qos: 0 | 1 = 1,
    options: { readonly retain?: boolean } = {},
  ): Promise<Result<void, PublishError>> {
    const connection = this.#connection
    if (connection === undefined) return err('offline')
    if (this.#pendingPublishes >= (this.#options.publishLimit ?? 256)) return err('queue-full')
    this.#pendingPublishes++
    try {
      return await connection.publish(topic, payload, qos, options.retain ?? false)
    } finally {
      this.#pendingPublishes--
    }
  }

  onState(listener: (state: MqttState) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  whenOnline(signal?: AbortSignal): Promise<void> {
    if (this.state === 'online') return Promise.resolve()
    const stop = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal])
    return new Promise((resolve, reject) => {
      if (stop.aborted) return reject(stop.reason)
      const end = this.onState((state) => {
        if (state !== 'online') return
        end()
        resolve()
      })
      stop.addEventListener(
        'abort',
        () => {
          end()
          reject(stop.reason)
        },
        { once: true },
      )
    })
  }

  async close(): Promise<void> {
    if (!this.#closing.signal.aborted) this.#closing.abort(new Error('MQTT port is closed'))
    await this.#connection?.end()
    await this.#finished
    for (const { granted } of this.#subscriptions) granted.resolve(err('closed'))
  }

  /** Connects, waits until that connection is over, and again, until closed. */
  async #run(): Promise<void> {
    const closing = this.#closing.signal
    // A turn of the event loop, so that the caller's handlers are registered before the first message.
    await new Promise((resolve) => setImmediate(resolve))
    while (!closing.aborted) {
      const reason = await this.#connectOnce()
      if (closing.aborted) break
      this.#failures++
      const maxMs = this.#options.reconnectMaxMs ?? 30_000
      const delayMs = backoffMs({ attempt: this.#failures, baseMs: 500, maxMs, random: nodeRandom })
      this.#log.info('mqtt-offline', { reason, delayMs })
      await this.#clock.sleep(delayMs, closing).catch(() => {})
    }
  }

  async #connectOnce(): Promise<string> {
    let connection: Connection
    try {
      connection = openConnection(this.#options, {
        handler: (topic, payload) => this.#dispatch(topic, payload),
        onFailure: (error, topic) => this.#log.warn('mqtt-handler-failed', { topic, error }),
      })
    } catch (error) {
      // A certificate or key that is none. The code alone: what OpenSSL says of a key may quote it.
      const { code, name } = error as NodeJS.ErrnoException
      this.#log.error('mqtt-options-unusable', { code: code ?? name })
      return code ?? name
    }
    const stop = () => void connection.end()
    this.#closing.signal.addEventListener('abort', stop, { once: true })
    const opened = await connection.opened
    if (opened && !this.#closing.signal.aborted) {
      this.#connection = connection
      this.#log.info('mqtt-online')
      for (const subscription of this.#subscriptions) void this.#request(connection, subscription)
      this.#announce('online')
    }
    const reason = await connection.closed
    this.#closing.signal.removeEventListener('abort', stop)
    if (this.#connection === connection) {
      this.#connection = undefined
      this.#announce('offline')
    }
    return reason
  }

  async #request(connection: Connection, subscription: Subscription): Promise<void> {
    const answer = await connection.subscribe(subscription.topics, subscription.qos)
    if (answer === 'granted') {
      if (this.#connection === connection) this.#failures = 0
      subscription.granted.resolve(ok(undefined))
    } else if (answer === 'refused') {
      const topics = subscription.topics.join(', ')
      this.#log.error('mqtt-subscribe-refused', { topics })
      subscription.granted.resolve(err('refused', topics))
    }
  }

  async #dispatch(topic: string, payload: Uint8Array): Promise<void> {
    const wanted = this.#subscriptions.filter(({ topics }) =>
      topics.some((filter) => topicMatches(filter, topic)),
    )
    if (wanted.length === 0) this.#log.warn('mqtt-message-unexpected', { topic })
    for (const { handler } of wanted) await handler(topic, payload)
    this.#failures = 0
  }

  #announce(state: MqttState): void {
    for (const listener of [...this.#listeners]) listener(state)
  }
}
