import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import type { MonochromeImage } from '@hanpyo/platform/png.ts'
import { EscPosParser, type PrinterStep } from './escpos-parser.ts'
import { Paper } from './paper.ts'
import { type RealTimeCommand, RealTimeWatcher } from './real-time.ts'

/** What a person or a test can do to the printer. */
export interface PrinterCondition {
  paper: 'ok' | 'low' | 'out'
  isCoverOpen: boolean
  /** The online button. */
  isOnline: boolean
  isCutterJammed: boolean
  /** Answers no question, as one whose firmware hangs or whose cable lacks a wire. */
  isSilent: boolean
  /** Whether it knows `GS r`; some do not. */
  knowsMarker: boolean
  /** 0 prints at once; receipt printers do 50 to 250. */
  millimetresPerSecond: number
  /** Rows until the paper is out; undefined is endless. */
  rowsOfPaperLeft: number | undefined
  /** Bytes until the connection breaks once; undefined is never. */
  bytesUntilDrop: number | undefined
}

export interface PrinterPort {
  send(bytes: Uint8Array): void
  drop(): void
}

export interface SimulatedPrinterOptions {
  readonly clock: Clock
  /** Dots of the print head: 576 for 80 mm paper (default), 384 for 58 mm. */
  readonly headDots?: number
  /** Called when anything a person can see changed. */
  readonly onChange?: () => void
}

export interface PrintedReceipt {
  readonly number: number
  readonly image: MonochromeImage
}

const DOTS_PER_MM = 8
const DOTS_PER_INCH = 203
/** Many printers count feeds in 1/360 inch until told otherwise. */
const USUAL_FEED_UNIT = 360
const BUFFER_BYTES = 256 * 1024
const KEPT_RECEIPTS = 50
/** From the head to the cutter. */
const CUTTER_ROWS = 12 * DOTS_PER_MM

/** An ESC/POS printer on a line: prints rasters, feeds, cuts, answers `DLE EOT` and `GS r`, keeps what it printed. */
export class SimulatedPrinter {
  readonly condition: PrinterCondition = {
    paper: 'ok',
    isCoverOpen: false,
    isOnline: true,
    isCutterJammed: false,
    isSilent: false,
    knowsMarker: true,
    millimetresPerSecond: 0,
    rowsOfPaperLeft: undefined,
    bytesUntilDrop: undefined,
  }
  readonly #clock: Clock
  readonly #onChange: () => void
  readonly #parser = new EscPosParser()
  readonly #watcher = new RealTimeWatcher()
  readonly #paper: Paper
  #receipts: PrintedReceipt[] = []
  #count = 0
  #letters = 0
  #waiting: number[] = []
  #waitingAt = 0
  #feedUnit = USUAL_FEED_UNIT
  #port: PrinterPort | undefined
  #moving: Timer | undefined

  constructor(options: SimulatedPrinterOptions) {
    this.#clock = options.clock
    this.#onChange = options.onChange ?? (() => {})
    this.#paper = new Paper(options.headDots ?? 576)
  }

  /** The last 50. */
  get receipts(): readonly PrintedReceipt[] {
    return this.#receipts
  }

  /** Letters a real printer would have put between the pictures: a driver out of step. */
  get strayLetters(): number {
    return this.#letters
  }

  /** Rows on the piece that was not cut off yet. */
  get rowsUnderHead(): number {
    return this.#paper.rows
  }

  /** Whether it is printing or has something to print. */
  get isBusy(): boolean {
    return this.#moving !== undefined || this.#waitingAt < this.#waiting.length
  }

  attach(port: PrinterPort): void {
    this.#port = port
  }

  /** The line is gone. What arrived is still printed, as real printers do. */
  detach(): void {
    this.#port = undefined
  }

  /** Takes bytes from the line; what does not fit the buffer is lost, as on a line without flow control. */
  receive(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (this.#isDropDue()) {
        this.#port?.drop()
        return
      }
      const command = this.#watcher.push(byte)
      if (this.#waiting.length - this.#waitingAt < BUFFER_BYTES) this.#waiting.push(byte)
      if (command !== undefined) this.#obey(command)
    }
    this.#work()
  }

  /** Changes its condition, as a person does who opens the cover or puts paper in. */
  change(patch: Partial<PrinterCondition>): void {
    Object.assign(this.condition, patch)
    if (patch.paper !== undefined && patch.paper !== 'out') this.condition.rowsOfPaperLeft = undefined
    this.#onChange()
    this.#work()
  }

  /** Switches it off and on: what it had not printed is lost. */
  powerCycle(): void {
    this.#clear()
    this.#feedUnit = USUAL_FEED_UNIT
  }

  #isDropDue(): boolean {
    if (this.condition.bytesUntilDrop === undefined) return false
    if (this.condition.bytesUntilDrop > 0) {
      this.condition.bytesUntilDrop--
      return false
    }
    this.condition.bytesUntilDrop = undefined
    this.#onChange()
    return true
  }

  #obey(command: RealTimeCommand): void {
    if (command.kind === 'status') this.#send(Uint8Array.of(this.#statusByte(command.which)))
    else if (command.kind === 'clear-buffer') {
      this.#clear()
      this.#send(Uint8Array.of(0x37, 0x25, 0x00))
    } else this.change({ isOnline: false })
  }

  #clear(): void {
    this.#clock.clearTimeout(this.#moving)
    this.#moving = undefined
    this.#waiting = []
    this.#waitingAt = 0
    this.#parser.reset()
    this.#onChange()
  }

  #send(bytes: Uint8Array): void {
    if (!this.condition.isSilent) this.#port?.send(bytes)
  }

  #statusByte(which: number): number {
    const { paper, isCoverOpen, isOnline, isCutterJammed } = this.condition
    const isStopped = isCoverOpen || !isOnline || isCutterJammed || paper === 'out'
    switch (which) {
      case 1:
        return 0x12 | (isStopped ? 0x08 : 0)
      case 2:
        return 0x12 | (isCoverOpen ? 0x04 : 0) | (paper === 'out' ? 0x20 : 0) | (isCutterJammed ? 0x40 : 0)
      case 3:
        return 0x12 | (isCutterJammed ? 0x08 : 0)
      default:
        return 0x12 | (paper === 'ok' ? 0 : 0x0c) | (paper === 'out' ? 0x60 : 0)
    }
  }

  /** Works off the buffer until it is empty, the printer stops, or the paper has to move first. */
  #work(): void {
    while (this.#moving === undefined && this.#waitingAt < this.#waiting.length && this.#canPrint()) {
      const step = this.#parser.push(this.#waiting[this.#waitingAt++]!)
      const rows = step === undefined ? 0 : this.#do(step)
      const { millimetresPerSecond } = this.condition
      if (rows === 0 || millimetresPerSecond === 0) continue
      this.#moving = this.#clock.setTimeout(
        () => {
          this.#moving = undefined
          this.#work()
        },
        (1000 * rows) / DOTS_PER_MM / millimetresPerSecond,
      )
    }
    if (this.#waitingAt === this.#waiting.length || this.#waitingAt >= BUFFER_BYTES) {
      this.#waiting = this.#waiting.slice(this.#waitingAt)
      this.#waitingAt = 0
    }
  }

  #canPrint(): boolean {
    return (this.#statusByte(1) & 0x08) === 0
  }

  /** Carries out one step; returns how many rows the paper moved. */
  #do(step: PrinterStep): number {
    switch (step.kind) {
      case 'initialise':
        this.#feedUnit = USUAL_FEED_UNIT
        return 0
      case 'vertical-unit':
        this.#feedUnit = step.perInch === 0 ? USUAL_FEED_UNIT : step.perInch
        return 0
      case 'raster':
        for (let y = 0; y < step.rows; y++)
          this.#advance(step.data.subarray(y * step.rowBytes, (y + 1) * step.rowBytes))
        return step.rows
      case 'feed':
        return this.#feed(step.units)
      case 'cut': {
        const rows = this.#feed(step.feedUnits) + CUTTER_ROWS
        this.#cut()
        return rows
      }
      case 'paper-sensor-request':
        if (this.condition.knowsMarker) this.#send(Uint8Array.of(this.condition.paper === 'ok' ? 0x00 : 0x03))
        return 0
      case 'letter':
        this.#letters++
        return 0
    }
  }

  #feed(units: number): number {
    const rows = Math.round((units * DOTS_PER_INCH) / this.#feedUnit)
    for (let row = 0; row < rows; row++) this.#advance(new Uint8Array())
    return rows
  }

  #advance(row: Uint8Array): void {
    const { rowsOfPaperLeft } = this.condition
    if (rowsOfPaperLeft === 0) return
    if (rowsOfPaperLeft !== undefined) {
      this.condition.rowsOfPaperLeft = rowsOfPaperLeft - 1
      if (rowsOfPaperLeft === 1) {
        this.condition.paper = 'out'
        this.#onChange()
      }
    }
    if (this.#paper.print(row)) return
    this.#cut()
    this.#paper.print(row)
  }

  #cut(): void {
    const image = this.#paper.cut()
    if (image === undefined) return
    this.#receipts = [...this.#receipts, { number: ++this.#count, image }].slice(-KEPT_RECEIPTS)
    this.#onChange()
  }
}
