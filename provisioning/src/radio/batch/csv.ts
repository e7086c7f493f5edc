import { err, ok, type Result } from '@hanpyo/protocol/result.ts'

/** One record and the line of the file it begins in, from 1. */
export interface CsvRecord {
  readonly line: number
  readonly fields: readonly string[]
}

export type CsvError = 'csv-not-utf8' | 'csv-quote' | 'csv-record-too-long' | 'csv-too-long'

export interface CsvLimits {
  readonly recordCharacters: number
  readonly records: number
}

const LIMITS: CsvLimits = { recordCharacters: 16_384, records: 10_000 }

/**
 * Records of a CSV file (RFC 4180): fields in quotes may hold commas, line breaks and doubled quotes; CR LF, LF or CR ends a
 * record; a byte order mark and empty lines are passed over. UTF-8 only: a table saved in another coding is an error, not a list of
 * wrong names. Reads as it comes, and holds one record at a time. The last item is an error, if there is one.
 */
export async function* readCsv(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limits: CsvLimits = LIMITS,
): AsyncGenerator<Result<CsvRecord, CsvError>> {
  const parser = new CsvParser(limits)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let count = 0
  for await (const text of decode(chunks, decoder)) {
    if (text === undefined) {
      yield err('csv-not-utf8', `line ${parser.line}`)
      return
    }
    for (const record of parser.push(text)) {
      if (!record.ok) {
        yield record
        return
      }
      if (++count > limits.records) {
        yield err('csv-too-long', `more than ${limits.records} rows`)
        return
      }
      yield record
    }
  }
  const rest = parser.end()
  if (rest !== undefined) yield rest
}

/** Text as it comes; undefined, and no more, where the bytes are not UTF-8. */
async function* decode(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  decoder: TextDecoder,
): AsyncGenerator<string | undefined> {
  try {
    for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true })
    yield decoder.decode()
  } catch (error) {
    // TextDecoder's own complaint; anything else is of the file and goes on to the caller.
    if (!(error instanceof TypeError)) throw error
    yield undefined
  }
}

/** `start`: of a field. `plain`, `quoted`: inside one. `closed`: after its second quote. */
type State = 'start' | 'plain' | 'quoted' | 'closed'

class CsvParser {
  readonly #limits: CsvLimits
  #state: State = 'start'
  #fields: string[] = []
  #field = ''
  #length = 0
  #firstLine = 1
  #wasCr = false
  line = 1

  constructor(limits: CsvLimits) {
    this.#limits = limits
  }

  *push(text: string): Generator<Result<CsvRecord, CsvError>> {
    for (const character of text) {
      if (character === '\n' && this.#wasCr && this.#state !== 'quoted') {
        this.#wasCr = false
        continue
      }
      this.#wasCr = character === '\r'
      if (++this.#length > this.#limits.recordCharacters) {
        yield err('csv-record-too-long', `line ${this.#firstLine}`)
        return
      }
      const isEnd = this.#state !== 'quoted' && (character === '\n' || character === '\r')
      if (isEnd) {
        const record = this.#finish()
        if (record !== undefined) yield ok(record)
        this.#nextLine()
        continue
      }
      if (!this.#take(character)) {
        yield err('csv-quote', `line ${this.line}`)
        return
      }
    }
  }

  /** The last record when no line break follows it. */
  end(): Result<CsvRecord, CsvError> | undefined {
    if (this.#state === 'quoted') return err('csv-quote', `line ${this.#firstLine}`)
    const record = this.#finish()
    return record === undefined ? undefined : ok(record)
  }

  /** False for a quote in the wrong place. */
  #take(character: string): boolean {
    switch (this.#state) {
      case 'start':
        if (character === '"') this.#state = 'quoted'
        else if (character === ',') this.#endField()
        else this.#append(character, 'plain')
        return true
      case 'plain':
        if (character === ',') this.#endField()
        else if (character === '"') return false
        else this.#append(character, 'plain')
        return true
      case 'quoted':
        if (character === '"') this.#state = 'closed'
        else this.#append(character, 'quoted')
        if (character === '\n') this.line++
        return true
      case 'closed':
        if (character === '"') this.#append(character, 'quoted')
        else if (character === ',') this.#endField()
        else return false
        return true
    }
  }

  #append(character: string, state: State): void {
    this.#field += character
    this.#state = state
  }

  #endField(): void {
    this.#fields.push(this.#field)
    this.#field = ''
    this.#state = 'start'
  }

  /** Undefined for an empty line. */
  #finish(): CsvRecord | undefined {
    const isEmpty = this.#fields.length === 0 && this.#field === '' && this.#state === 'start'
    this.#endField()
    const record = { line: this.#firstLine, fields: this.#fields }
    this.#fields = []
    this.#length = 0
    return isEmpty ? undefined : record
  }

  #nextLine(): void {
    this.#firstLine = ++this.line
  }
}
