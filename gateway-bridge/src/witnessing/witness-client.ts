import { readAtMost } from '@hanpyo/platform/read-at-most.ts'
import { decodeUtf8, utf8 } from '@hanpyo/protocol/bytes.ts'
import {
  formatAddCheckpoint,
  monitoringPath,
  parseCosignatureLines,
  TLOG_SIZE_TYPE,
} from '@hanpyo/protocol/log/add-checkpoint.ts'
import { type OpenedCheckpoint, openCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { cosignatureTimestamp } from '@hanpyo/protocol/log/cosignature.ts'
import { parseDecimal } from '@hanpyo/protocol/log/decimal.ts'
import { consistencyProofFromTiles } from '@hanpyo/protocol/log/hash-reader.ts'
import {
  MAX_NOTE_BYTES,
  type NoteSignature,
  type NoteVerifier,
  parseNote,
  verifyNote,
} from '@hanpyo/protocol/log/note.ts'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'

/** Why a witness gave no cosignature; shown to the public. */
export type WitnessProblem =
  | 'unreachable'
  /** Not the answer of a witness, too long, or a signature that does not verify. */
  | 'bad-answer'
  /** It does not know this log, does not accept its key, or is out of order itself. */
  | 'refused'
  /** It says that it has seen more records, or others, than this log has. */
  | 'other-history'

export interface WitnessClientOptions {
  /** Submission and monitoring prefix. */
  readonly url: string
  readonly verifier: NoteVerifier
  readonly origin: string
  readonly log: NoteVerifier
  /** Tiles of this log, up to the newest head. */
  readonly reader: Pick<LogReader, 'tile'>
  readonly fetch: typeof fetch
  /** Real milliseconds for one request, answer included. */
  readonly timeoutMs: number
}

/** A conflict tells the size; a second one means that somebody else submits at the same time. */
const MOST_ATTEMPTS = 3

/** The log's side of C2SP tlog-witness towards one witness. Nothing it answers is believed unless it verifies. */
export class WitnessClient {
  readonly #options: WitnessClientOptions
  readonly #base: string
  /** The size it cosigned last, as far as we know. */
  #knownSize = 0

  constructor(options: WitnessClientOptions) {
    this.#options = options
    this.#base = options.url.endsWith('/') ? options.url : `${options.url}/`
  }

  /** Asks for a cosignature of a checkpoint note of this log; the line has been verified. */
  async submit(note: string, size: number): Promise<Result<NoteSignature, WitnessProblem>> {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      if (this.#knownSize > size) {
        const claimed = this.#knownSize
        // Anybody on the way could have named that size: the next time it is asked anew.
        this.#knownSize = 0
        return err('other-history', `it has seen ${claimed} records`)
      }
      const oldSize = this.#knownSize
      const proof =
        oldSize === 0 || oldSize === size
          ? ok([])
          : await consistencyProofFromTiles(this.#options.reader, oldSize, size)
      if (!proof.ok) throw new Error(`no proof from ${oldSize} to ${size}: ${proof.error}`)
      const body = utf8(formatAddCheckpoint({ oldSize, proof: proof.value, note }))
      const answer = await this.#request('add-checkpoint', { method: 'POST', body: new Uint8Array(body) })
      if (!answer.ok) return answer
      const { status, bytes, type } = answer.value
      if (status === 409 && type === TLOG_SIZE_TYPE) {
        const known = parseDecimal(textOf(bytes).trimEnd())
        if (known === null) return err('bad-answer', 'a conflict without a size')
        this.#knownSize = known
        continue
      }
      if (status === 422) return err('other-history', `it refuses the growth from ${oldSize} to ${size}`)
      if (status !== 200) return err('refused', `HTTP ${status}`)
      const line = this.#verified(note, bytes)
      if (line === null) return err('bad-answer', 'a cosignature that does not verify')
      this.#knownSize = size
      return ok(line)
    }
    return err('refused', 'it names another size each time')
  }

  /** The newest checkpoint it has cosigned, with both signatures verified; `null` for none. */
  async newest(): Promise<Result<OpenedCheckpoint | null, WitnessProblem>> {
    const answer = await this.#request(monitoringPath(this.#options.origin), {})
    if (!answer.ok) return answer
    if (answer.value.status === 404) return ok(null)
    if (answer.value.status !== 200) return err('refused', `HTTP ${answer.value.status}`)
    return this.#opened(answer.value.bytes)
  }

  /** The cosignature that a mirror serves with its copy of the log, when it covers exactly this checkpoint text. */
  async servedCosignature(text: string): Promise<Result<NoteSignature | null, WitnessProblem>> {
    const answer = await this.#request('checkpoint', {})
    if (!answer.ok) return answer
    if (answer.value.status === 404) return ok(null)
    if (answer.value.status !== 200) return err('refused', `HTTP ${answer.value.status}`)
    const opened = this.#opened(answer.value.bytes)
    if (!opened.ok) return opened
    const { note } = opened.value
    const line = note.signatures.find((one) => this.#isOurs(one))
    const isUsable = note.text === text && line !== undefined && cosignatureTimestamp(line.signature)
    return ok(isUsable ? line : null)
  }

  #opened(bytes: Uint8Array): Result<OpenedCheckpoint, WitnessProblem> {
    const opened = openCheckpoint(bytes, this.#options.log)
    if (!opened.ok) return err('bad-answer', opened.error)
    const cosigned = verifyNote(opened.value.note, [this.#options.verifier])
    return cosigned.ok ? opened : err('bad-answer', cosigned.error)
  }

  #verified(note: string, answer: Uint8Array): NoteSignature | null {
    const line = parseCosignatureLines(answer)?.find((one) => this.#isOurs(one))
    const whole = line === undefined ? null : parseNote(`${note}${line.raw}\n`)
    if (line === undefined || whole === null || !whole.ok) return null
    // Readers count no cosignature without a time.
    if (!cosignatureTimestamp(line.signature)) return null
    return verifyNote(whole.value, [this.#options.verifier]).ok ? line : null
  }

  #isOurs(line: NoteSignature): boolean {
    const { name, keyId } = this.#options.verifier
    return line.name === name && line.keyId === keyId
  }

  async #request(
    path: string,
    init: RequestInit,
  ): Promise<Result<{ status: number; bytes: Uint8Array; type: string | null }, WitnessProblem>> {
    const { fetch, timeoutMs } = this.#options
    try {
      const signal = AbortSignal.timeout(timeoutMs)
      const response = await fetch(new URL(path, this.#base), { ...init, signal, redirect: 'error' })
      const bytes = await readAtMost(response, MAX_NOTE_BYTES)
      if (bytes === undefined) return err('bad-answer', 'an endless answer')
      return ok({ status: response.status, bytes, type: response.headers.get('content-type') })
    } catch (error) {
      return err('unreachable', error instanceof Error ? error.name : undefined)
    }
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes)
  } catch {
    return ''
  }
}
