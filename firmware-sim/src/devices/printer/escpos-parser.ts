/** One thing a printer does, in the order of the data. */
export type PrinterStep =
  | { readonly kind: 'initialise' }
  | { readonly kind: 'raster'; readonly rowBytes: number; readonly rows: number; readonly data: Uint8Array }
  | { readonly kind: 'feed'; readonly units: number }
  | { readonly kind: 'vertical-unit'; readonly perInch: number }
  | { readonly kind: 'cut'; readonly feedUnits: number }
  | { readonly kind: 'paper-sensor-request' }
  /** A byte that a real printer would have printed as a letter. */
  | { readonly kind: 'letter'; readonly byte: number }

const ESC = 0x1b
const GS = 0x1d
const LF = 0x0a

/** A raster larger than this is passed over: no head is wider than 200 bytes, and memory must stay bounded. */
const LARGEST_RASTER_BYTES = 200 * 2_303

/** Parameter bytes after `ESC x` and `GS x` of the commands that are known but do nothing here, `ESC J` and `GS P` included. */
const ESC_PARAMETERS: Readonly<Record<number, number>> = { 64: 0, 74: 1, 97: 1, 100: 1, 116: 1, 69: 1 }
const GS_PARAMETERS: Readonly<Record<number, number>> = { 80: 2, 86: 1, 97: 1, 114: 1, 33: 1, 118: 6 }

/**
 * Reads the part of ESC/POS that receipts are made of, byte by byte; commands not known are taken as two bytes without
 * parameters. Never throws; holds at most one raster.
 */
export class EscPosParser {
  #head: number[] = []
  #raster: Uint8Array | undefined
  #rasterAt = 0
  #rasterToSkip = 0
  #rasterRowBytes = 0

  /** Whether the next byte begins a command. */
  get isIdle(): boolean {
    return this.#head.length === 0 && this.#raster === undefined && this.#rasterToSkip === 0
  }

  /** What this byte completed. */
  push(byte: number): PrinterStep | undefined {
    if (this.#rasterToSkip > 0) {
      this.#rasterToSkip--
      return undefined
    }
    if (this.#raster !== undefined) return this.#pushRaster(this.#raster, byte)
    this.#head.push(byte)
    const step = this.#readHead(this.#head)
    if (step === 'incomplete') return undefined
    this.#head = []
    return step
  }

  reset(): void {
    this.#head = []
    this.#raster = undefined
    this.#rasterToSkip = 0
  }

  #readHead(head: readonly number[]): PrinterStep | undefined | 'incomplete' {
    const [first, command] = head
    if (first !== ESC && first !== GS) return plainByte(first!)
    if (command === undefined) return 'incomplete'
    const parameters = (first === ESC ? ESC_PARAMETERS : GS_PARAMETERS)[command] ?? 0
    // `GS V 65` and `GS V 66` have one more: how far to feed before the cut.
    const isFeedingCut = first === GS && command === 0x56 && (head[2] === 65 || head[2] === 66)
    if (head.length < 2 + parameters + (isFeedingCut ? 1 : 0)) return 'incomplete'
    return first === ESC ? escStep(command, head[2] ?? 0) : this.#gsStep(command, head)
  }

  #gsStep(command: number, head: readonly number[]): PrinterStep | undefined {
    switch (command) {
      case 0x50:
        return { kind: 'vertical-unit', perInch: head[3]! }
      case 0x56:
        return { kind: 'cut', feedUnits: head[3] ?? 0 }
      case 0x72:
        return { kind: 'paper-sensor-request' }
      case 0x76:
        return this.#beginRaster(head)
      default:
        return undefined
    }
  }

  #beginRaster(head: readonly number[]): undefined {
    this.#rasterRowBytes = head[4]! + 256 * head[5]!
    const size = this.#rasterRowBytes * (head[6]! + 256 * head[7]!)
    if (size > LARGEST_RASTER_BYTES) this.#rasterToSkip = size
    else if (size > 0) this.#raster = new Uint8Array(size)
    this.#rasterAt = 0
    return undefined
  }

  #pushRaster(raster: Uint8Array, byte: number): PrinterStep | undefined {
    raster[this.#rasterAt++] = byte
    if (this.#rasterAt < raster.length) return undefined
    this.#raster = undefined
    const rowBytes = this.#rasterRowBytes
    return { kind: 'raster', rowBytes, rows: raster.length / rowBytes, data: raster }
  }
}

function plainByte(byte: number): PrinterStep | undefined {
  if (byte === LF) return { kind: 'feed', units: 0 }
  return byte >= 0x20 ? { kind: 'letter', byte } : undefined
}

function escStep(command: number, parameter: number): PrinterStep | undefined {
  if (command === 0x40) return { kind: 'initialise' }
  return command === 0x4a ? { kind: 'feed', units: parameter } : undefined
}
