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
/** How many unacknowledged messages the broker may send us: told under MQTT 5; beyond it we stop reading. */
const RECEIVE_MAXIMUM = 256
/** MQTT 5 reason codes from here on are failures. */
const FIRST_FAILURE_CODE = 0x80
/** How often a sign of life is worth noting; below half of the shortest keep-alive. */
const LIFE_MS = 250
/** First byte of a PUBACK (MQTT 5, 3.4.1). */
const PUBACK = 0x40
/** One for all messages: an error of its own for each would cost more than the rest of taking it in. */
const ACKNOWLEDGED_LATER = new Error('acknowledged later')

export function openConnection(options: MqttOptions, events: Events): Connection {
  const client = mqtt.connect(options.url, clientOptions(options))
  const opened = Promise.withResolvers<boolean>()
  const closed = Promise.withResolvers<string>()
  const pending = new Set<(result: Result<void, PublishError>) => void>()
  /** Packet ids whose PUBACK is due. */
  const acknowledged: number[] = []
  let lastLifeMs = 0
  let lastPingMs = performance.now()
  let reason = 'connection-closed'
  const keepAliveMs = 1_000 * keepAliveSecondsOf(options)
  let isGathering = false
  let isOver = false

  const inbox = new Inbox({
    handler: events.handler,
    concurrency: options.concurrency ?? 1,
    // One more than a broker sends that keeps to it: what is behind, the answer to our ping among it, is always read then.
    limit: RECEIVE_MAXIMUM + 1,
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
   * MQTT.js reads the next packet each time `proceed` is called, and sends the PUBACK if that is without an error. Both at
   * once would be wrong here: reading goes on before the message is handled (answers to our own publishes and pings may
   * be behind it), so that a second call would read one more although the inbox is full. The PUBACK is therefore ours.
   */
  function receive(packet: IPublishPacket, proceed: (error?: Error) => void): void {
    if (isOver) return
    noteLife()
    const { topic, qos, messageId = 0 } = packet
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload
    const acknowledge = () => {
      if (qos !== 1 || isOver) return
      if (acknowledged.length === 0) setImmediate(sendAcknowledgements)
      acknowledged.push(messageId)
    }
    const resume = () => proceed(ACKNOWLEDGED_LATER)
    inbox.add({ topic, payload: new Uint8Array(payload), qos }, acknowledge, resume)
  }

  /**
   * A broker that delivers is alive. MQTT.js waits for the answer to its ping alone, and that stands behind everything the
   * broker had written before: with a long queue it comes too late, and the queue would begin anew every few seconds.
   * The broker wants a sign of life too, also while nothing can be acknowledged, and MQTT.js begins anew to wait for its ping here.
   */
  function noteLife(): void {
    const nowMs = performance.now()
    if (nowMs - lastLifeMs < LIFE_MS) return
    lastLifeMs = nowMs
    client.reschedulePing(true)
    if (nowMs - lastPingMs < keepAliveMs / 2) return
    lastPingMs = nowMs
    client.sendPing()
  }

  /** What is written in one turn of the event loop leaves in one system call. */
  function gatherWrites(): void {
    if (isGathering) return
    isGathering = true
    const { stream } = client
    stream.cork()
    setImmediate(() => {
      isGathering = false
      stream.uncork()
    })
  }

  /** PUBACKs of one turn of the event loop in one write: four bytes each, success, in MQTT 3.1.1 as in 5. */
  function sendAcknowledgements(): void {
    const ids = acknowledged.splice(0)
    if (isOver || ids.length === 0) return
    client.stream.write(Buffer.from(ids.flatMap((id) => [PUBACK, 2, id >> 8, id & 0xff])))
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
        gatherWrites()
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
      sendAcknowledgements()
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

function keepAliveSecondsOf({ keepAliveSeconds = 10 }: MqttOptions): number {
  return keepAliveSeconds
}

function clientOptions(options: MqttOptions): IClientOptions {
  const { tls, protocolVersion } = options
  return {
    clientId: options.clientId,
    protocolVersion,
    clean: options.clean,
    keepalive: keepAliveSecondsOf(options),
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
