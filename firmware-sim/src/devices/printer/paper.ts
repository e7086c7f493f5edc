import type { MonochromeImage } from '@hanpyo/platform/png.ts'

/** Half a metre and a bit; paper that nobody cuts is cut here, so that memory stays bounded. */
const LONGEST_ROWS = 5_000

/** The paper under the print head: rows of dots, 1 is black, as wide as the head. */
export class Paper {
  readonly #rowBytes: number
  #rows: Uint8Array[] = []

  constructor(headDots: number) {
    this.#rowBytes = Math.ceil(headDots / 8)
  }

  /** Rows printed or fed since the last cut. */
  get rows(): number {
    return this.#rows.length
  }

  /** Prints one row; what is wider than the head is cut off. False when there is no room on this piece any more. */
  print(row: Uint8Array): boolean {
    if (this.#rows.length >= LONGEST_ROWS) return false
    const full = new Uint8Array(this.#rowBytes)
    full.set(row.subarray(0, this.#rowBytes))
    this.#rows.push(full)
    return true
  }

  /** What is on the piece that is cut off now; undefined when it is blank. */
  cut(): MonochromeImage | undefined {
    const rows = this.#rows
    this.#rows = []
    if (rows.every((row) => row.every((byte) => byte === 0))) return undefined
    const data = new Uint8Array(rows.length * this.#rowBytes)
    for (const [y, row] of rows.entries()) data.set(row, y * this.#rowBytes)
    return { width: this.#rowBytes * 8, height: rows.length, data }
  }
}
