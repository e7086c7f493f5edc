/** One received message on its way through a handler. */
export interface Received {
  readonly topic: string
  readonly payload: Uint8Array
  readonly qos: 0 | 1 | 2
}

export type MessageHandler = (topic: string, payload: Uint8Array) => Promise<void>

interface Entry {
  readonly message: Received
  readonly acknowledge: () => void
  state: 'waiting' | 'running' | 'done'
}

export interface InboxOptions {
  readonly handler: MessageHandler
  /** How many handlers may run at once. */
  readonly concurrency: number
  /** From this many messages on, the socket is not read any further. */
  readonly limit: number
  /** A handler failed for a message that must not be acknowledged; nothing is handled after this. */
  readonly onFailure: (error: unknown, topic: string) => void
}

/**
 * The messages of one connection. Handlers start in the order of arrival and acknowledgements go out in that
 * order (MQTT 5.0 section 4.6), each only after its handler resolved. After a failure or `stop` no message is
 * acknowledged any more: a message id belongs to its connection, and a late acknowledgement on the next one
 * could acknowledge another message.
 */
export class Inbox {
  readonly #options: InboxOptions
  readonly #entries: Entry[] = []
  readonly #paused: (() => void)[] = []
  #running = 0
  #stopped = false

  constructor(options: InboxOptions) {
    this.#options = options
  }

  /** `acknowledge` is called once the handler resolved; `resume` when there is room for another message. */
  add(message: Received, acknowledge: () => void, resume: () => void): void {
    if (this.#stopped) return
    this.#entries.push({ message, acknowledge, state: 'waiting' })
    if (this.#entries.length < this.#options.limit) resume()
    else this.#paused.push(resume)
    this.#startNext()
  }

  stop(): void {
    this.#stopped = true
    this.#entries.length = 0
    this.#paused.length = 0
  }

  #startNext(): void {
    for (const entry of this.#entries) {
      if (this.#running >= this.#options.concurrency) return
      if (entry.state !== 'waiting') continue
      entry.state = 'running'
      this.#running++
      void this.#run(entry)
    }
  }

  async #run(entry: Entry): Promise<void> {
    const { topic, payload, qos } = entry.message
    try {
      await this.#options.handler(topic, payload)
    } catch (error) {
      // A broker delivers QoS 0 once only: nothing would be gained by breaking the connection.
      if (!this.#stopped) {
        if (qos > 0) this.stop()
        this.#options.onFailure(error, topic)
      }
    } finally {
      this.#running--
      entry.state = 'done'
      this.#acknowledgeFinished()
    }
  }

  #acknowledgeFinished(): void {
    if (this.#stopped) return
    while (this.#entries[0]?.state === 'done') this.#entries.shift()!.acknowledge()
    while (this.#entries.length < this.#options.limit && this.#paused.length > 0) this.#paused.shift()!()
    this.#startNext()
  }
}
