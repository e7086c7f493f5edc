import type { JoinError, ModemEvent, SendError, SendReport } from '@hanpyo/devices/modem/modem.ts'
import { maxPayloadBytes } from '@hanpyo/protocol/link/constants.ts'
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
  /** Errors of the next sends, one each. */
  readonly sendErrors: SendError[] = []
  /** Called while a send is under way, when the receive windows are open. */
  onSend: (fPort: number, payload: Uint8Array) => void = () => {}
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
    const once = this.sendErrors.shift()
    if (once !== undefined) return err(once)
    if (payload.length > maxPayloadBytes(this.rate)) return err('payload-too-long')
    this.sent.push({ fPort, payload })
    this.onSend(fPort, payload)
    if (this.sendError !== null) return err(this.sendError)
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
