import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import type { MqttOptions, PublishError } from './client.ts'
import { Inbox, type MessageHandler } from './inbox.ts'

/** One connection attempt and what became of it. Used once; a reconnect makes a new one. */
export interface Connection {
  /** True when the broker accepted us, false when the attempt failed. */
  readonly opened: Promise<boolean>
  /** Resolves with the reason when the connection is over, or was never made. */
  readonly closed: Promise<string>
  subscribe(topics: readonly string[], qos: 0 | 1): Promise<'granted' | 'refused' | 'offline'>
  publish(
    topic: string,
    payload: Uint8Array | string,
    qos: 0 | 1,
    retain: boolean,
  ): Promise<Result<void, PublishError>>
  /** Sends DISCONNECT and closes. */
  end(): Promise<void>
}

interface Events {
  readonly handler: MessageHandler
  readonly onFailure: (error: unknown, topic: string) => void
}

const CONNECT_TIMEOUT_MS = 10_000
const GOODBYE_TIMEOUT_MS = 1_000
/** MQTT 5: how many unacknowledged messages the broker may send us; also where reading stops under 3.1.1. */
const RECEIVE_MAXIMUM = 256
/** MQTT 5 reason codes from here on are failures. */
const FIRST_FAILURE_CODE = 0x80
/** One for all messages: an error of its own for each would cost more than the rest of taking it in. */
const ACKNOWLEDGED_LATER = new Error('acknowledged later')

export function openConnection(options: MqttOptions, events: Events): Connection {
  const client = mqtt.connect(options.url, clientOptions(options))
  const opened = Promise.withResolvers<boolean>()
  const closed = Promise.withResolvers<string>()
  const pending = new Set<(result: Result<void, PublishError>) => void>()
  let reason = 'connection-closed'
  let isOver = false

  const inbox = new Inbox({
    handler: events.handler,
    concurrency: options.concurrency ?? 1,
    limit: RECEIVE_MAXIMUM,
    onFailure(error, topic) {
      events.onFailure(error, topic)
      drop('handler-failed')
    },
  })

  function finish(): void {
    if (isOver) return
    isOver = true
    inbox.stop()
    opened.resolve(false)
    for (const settle of [...pending]) settle(err('offline'))
    client.end(true)
    closed.resolve(reason)
  }

  function drop(why: string): void {
    reason = why
    client.stream.destroy()
    finish()
  }

  client.handleMessage = (packet, proceed) => receive(packet, proceed)
  client.on('connect', () => opened.resolve(true))
  client.on('error', (error) => {
    reason = error.message
    // A refusal (wrong version, not authorised) comes as an error without a close.
    if (!client.connected) drop(error.message)
  })
  client.on('disconnect', (packet) => {
    reason = `broker-disconnected-${packet.reasonCode ?? 0}`
  })
  client.on('close', finish)

  /**
   * MQTT.js sends the PUBACK when `proceed` is called without an error and goes on to the next packet in either
   * case. Called with an error first, it goes on reading (answers to our own publishes and pings may be behind this
   * message); called without one later, it sends the PUBACK.
   */
  function receive(packet: IPublishPacket, proceed: (error?: Error) => void): void {
    if (isOver) return
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
    inbox.add(
      { topic: packet.topic, payload: new Uint8Array(payload), qos: packet.qos },
      () => {
        if (packet.qos === 1 && !isOver) proceed()
      },
      () => proceed(ACKNOWLEDGED_LATER),
    )
  }

  return {
    opened: opened.promise,
    closed: closed.promise,
    async subscribe(topics, qos) {
      if (isOver) return 'offline'
      const granted = client.subscribeAsync([...topics], { qos }).then(
        (grants) => (grants.some((grant) => grant.qos >= FIRST_FAILURE_CODE) ? 'refused' : 'granted'),
        () => (isOver || !client.connected ? 'offline' : 'refused'),
      )
      return Promise.race([granted, closed.promise.then(() => 'offline' as const)]) as Promise<'granted'>
    },
    publish(topic, payload, qos, retain) {
      if (isOver) return Promise.resolve(err('offline'))
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          settle(err('timeout'))
          drop('publish-timeout')
        }, options.publishTimeoutMs ?? 10_000)
        const settle = (result: Result<void, PublishError>) => {
          clearTimeout(timer)
          pending.delete(settle)
          resolve(result)
        }
        pending.add(settle)
        const bytes = typeof payload === 'string' ? payload : Buffer.from(payload)
        client.publish(topic, bytes, { qos, retain }, (error) => {
          if (error === undefined || error === null) settle(ok(undefined))
          else if (isRefusal(error)) settle(err('rejected', error.message))
          else settle(err('offline', error.message))
        })
      })
    },
    async end() {
      if (isOver) return
      reason = 'closed'
      if (client.connected) await sayGoodbye(client)
      finish()
    },
  }
}

/** DISCONNECT and the end of the socket, but not forever: MQTT.js waits for every outstanding answer. */
function sayGoodbye(client: MqttClient): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, GOODBYE_TIMEOUT_MS)
    client.end(false, {}, () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function isRefusal(error: Error): boolean {
  const { code } = error as { code?: unknown }
  return typeof code === 'number' && code >= FIRST_FAILURE_CODE
}

function clientOptions(options: MqttOptions): IClientOptions {
  const { tls, protocolVersion } = options
  return {
    clientId: options.clientId,
    protocolVersion,
    clean: options.clean,
    keepalive: options.keepAliveSeconds ?? 10,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(tls === undefined ? {} : { ...tls, rejectUnauthorized: true }),
    ...(protocolVersion === 5
      ? {
          properties: {
            receiveMaximum: RECEIVE_MAXIMUM,
            ...(options.clean ? {} : { sessionExpiryInterval: options.sessionExpirySeconds ?? 86_400 }),
          },
        }
      : {}),
  }
}
