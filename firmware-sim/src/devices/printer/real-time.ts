/** What a printer does at once, whatever else it is doing. */
export type RealTimeCommand =
  | { readonly kind: 'status'; readonly which: number }
  | { readonly kind: 'clear-buffer' }
  | { readonly kind: 'power-off' }

const CLEAR_BUFFER = [0x10, 0x14, 8, 1, 3, 20, 1, 6, 2, 8]
const POWER_OFF = [0x10, 0x14, 2, 1, 8]

/**
 * Looks for real-time commands in everything that arrives, pictures included, as printers do: which is why a driver must
 * not send a picture that contains one.
 */
export class RealTimeWatcher {
  #seen: number[] = []

  push(byte: number): RealTimeCommand | undefined {
    this.#seen = [...this.#seen, byte].slice(-CLEAR_BUFFER.length)
    const [dle, eot, which] = this.#seen.slice(-3)
    if (dle === 0x10 && eot === 0x04 && which! >= 1 && which! <= 4) return { kind: 'status', which: which! }
    // `DLE ENQ 2` clears the buffers too.
    if (dle === 0x10 && eot === 0x05 && which === 2) return { kind: 'clear-buffer' }
    if (endsWith(this.#seen, CLEAR_BUFFER)) return { kind: 'clear-buffer' }
    if (endsWith(this.#seen, POWER_OFF)) return { kind: 'power-off' }
    return undefined
  }
}

function endsWith(bytes: readonly number[], end: readonly number[]): boolean {
  return bytes.length >= end.length && end.every((byte, at) => bytes[bytes.length - end.length + at] === byte)
}
