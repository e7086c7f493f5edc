import type { JoinError, ModemEvent, SendError, SendReport } from '@hanpyo/devices/modem/modem.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { RadioModem } from '../routes/lora.ts'

/** A modem that does what a test tells it. */
export class FakeModem implements RadioModem {
  readonly sent: { readonly fPort: number; readonly payload: Uint8Array }[] = []
  joins = 0
  rate = 5
  isClosed = false
  joinError: JoinError | null = null
  sendError: SendError | null = null
  #downlink: (fPort: number, payload: Uint8Array) => void = () => {}
  #event: (event: ModemEvent) => void = () => {}

  async join(): Promise<Result<void, JoinError>> {
    this.joins++
    return this.joinError === null ? ok(undefined) : err(this.joinError)
  }

  async dataRate(): Promise<number> {
    return this.rate
  }

  async send(fPort: number, payload: Uint8Array): Promise<Result<SendReport, SendError>> {
    if (this.sendError !== null) return err(this.sendError)
    this.sent.push({ fPort, payload })
    return ok({ dataRate: this.rate, airtimeMs: 360 })
  }

  onDownlink(listener: (fPort: number, payload: Uint8Array) => void): () => void {
    this.#downlink = listener
    return () => {}
  }

  onEvent(listener: (event: ModemEvent) => void): () => void {
    this.#event = listener
    return () => {}
  }

  async close(): Promise<void> {
    this.isClosed = true
  }

  receive(fPort: number, payload: Uint8Array): void {
    this.#downlink(fPort, payload)
  }

  happen(event: ModemEvent): void {
    this.#event(event)
  }
}
