import { LineAssembler } from '../line-assembler.ts'

/** A physical key went down or up, by the name or number the device gives it. */
export interface RawKey {
  readonly code: string
  readonly isDown: boolean
}

const LONGEST_LINE = 32

/**
 * Reads the line protocol of keypads and switches: `+code` when a key goes down, `-code` when it comes up, a code being 1
 * to 16 letters, digits, `-` or `_`. `.` is a sign of life. Everything else is noise. Memory is bounded.
 */
export class KeyLineReader {
  readonly #lines = new LineAssembler(LONGEST_LINE)

  push(bytes: Uint8Array): RawKey[] {
    return this.#lines.push(bytes).flatMap((line) => {
      const [, sign, code] = /^([+-])([A-Za-z0-9_-]{1,16})$/.exec(line) ?? []
      return code === undefined ? [] : [{ code, isDown: sign === '+' }]
    })
  }
}
