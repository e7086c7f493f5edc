/**
 * What a trustee did, kept beside its key file. A trustee signs one mix and one decryption of a contest, and all for one
 * manifest: the same work is sent again byte for byte, other work is refused, however it is asked for.
 */
import { join } from 'node:path'
import { makeDurableDirectory, readIfPresent, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { parseDecryption, parseMix } from '@hanpyo/protocol/count/records.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { CountRecord } from './count-record.ts'
import { readCountRecord, writeCountRecord } from './deliver.ts'

export type JournalError = 'journal-other-manifest' | 'journal-other-list' | 'record-damaged'

export type Act = 'mix' | 'decryption'

export class Journal {
  readonly #folder: string

  constructor(keyFile: string) {
    this.#folder = `${keyFile}.journal`
  }

  /** Ties this key to one manifest (hex hash) for good. */
  async bind(manifestHash: string): Promise<Result<null, JournalError>> {
    const path = join(this.#folder, 'manifest')
    const known = await readIfPresent(path)
    if (known === null) {
      await makeDurableDirectory(this.#folder, 0o700)
      await writeDurable(path, `${manifestHash}\n`)
      return ok(null)
    }
    const text = new TextDecoder().decode(known).trim()
    return text === manifestHash
      ? ok(null)
      : err('journal-other-manifest', `before: ${text}, now: ${manifestHash}`)
  }

  /** What was signed for this contest before; refused when it was about another list than `listHash`. */
  async earlier(
    act: Act,
    contest: number,
    listHash: string,
  ): Promise<Result<CountRecord | null, JournalError>> {
    const record = await readCountRecord(this.#folder, nameOf(act, contest))
    if (!record.ok || record.value === null) return record
    return subjectOf(record.value) === listHash
      ? record
      : err('journal-other-list', `contest ${contest}: ${act} of ${subjectOf(record.value)}, now ${listHash}`)
  }

  /** Keeps a record before it leaves the machine. */
  async keep(act: Act, contest: number, record: CountRecord): Promise<void> {
    await writeCountRecord(this.#folder, nameOf(act, contest), record)
  }
}

function nameOf(act: Act, contest: number): string {
  return `${act}-${contest}`
}

/** The list a mix starts from, or shares are of. */
function subjectOf({ type, note }: CountRecord): string | undefined {
  const parsed = parseNote(note)
  if (!parsed.ok) return undefined
  const record = type === RECORD.mix ? parseMix(parsed.value.text) : parseDecryption(parsed.value.text)
  if (!record.ok) return undefined
  return 'input' in record.value ? record.value.input : record.value.mix
}
