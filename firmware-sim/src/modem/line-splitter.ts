/** Longest line a modem takes; 500 hex digits and room to spare. */
export const LONGEST_LINE = 600

export type ModemLine = { readonly type: 'line'; readonly text: string } | { readonly type: 'overflow' }

/**
 * Cuts what comes over the UART into lines at CR, LF or both. Bytes outside printable ASCII stay in as `\ufffd`, so
 * that a garbled command cannot turn into another one.
 */
export class LineSplitter {
  #pending = ''
  #isOverflowing = false

  push(bytes: Uint8Array): ModemLine[] {
    const lines: ModemLine[] = []
    for (const byte of bytes) {
      if (byte !== 0x0d && byte !== 0x0a) {
        if (this.#pending.length >= LONGEST_LINE) this.#isOverflowing = true
        else this.#pending += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '\ufffd'
        continue
      }
      if (this.#isOverflowing) lines.push({ type: 'overflow' })
      else if (this.#pending.length > 0) lines.push({ type: 'line', text: this.#pending })
      this.clear()
    }
    return lines
  }

  clear(): void {
    this.#pending = ''
    this.#isOverflowing = false
  }
}
