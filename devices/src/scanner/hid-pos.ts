import { parseReportDescriptor, type ReportLayout, readControls } from '../hid/report-descriptor.ts'
import { LineAssembler } from '../line-assembler.ts'

/** Usages of the bar code scanner page (HID Point of Sale Usage Tables 1.02, section 4) and the byte count of Generic Desktop. */
const DECODED_DATA = 0x8c_00fe
const DECODE_DATA_CONTINUED = 0x8c_00ff
const BYTE_COUNT = 0x01_003b

/**
 * The scanned data report as scanners have it whose descriptor the system does not hand out: report id 2, byte count, three
 * symbology identifier bytes, 56 bytes of data, three bytes of the maker's, one bit that says that more follows.
 */
export const HID_POS_DESCRIPTOR = Uint8Array.of(
  ...[0x05, 0x8c, 0x09, 0x02, 0xa1, 0x01, 0x09, 0x12, 0xa1, 0x02],
  ...[0x85, 0x02, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08],
  ...[0x95, 0x01, 0x05, 0x01, 0x09, 0x3b, 0x81, 0x02],
  ...[0x95, 0x03, 0x05, 0x8c, 0x09, 0xfb, 0x09, 0xfc, 0x09, 0xfd, 0x81, 0x02],
  ...[0x95, 0x38, 0x09, 0xfe, 0x82, 0x02, 0x01],
  ...[0x95, 0x02, 0x81, 0x03],
  ...[0x75, 0x01, 0x25, 0x01, 0x95, 0x01, 0x09, 0xff, 0x81, 0x02, 0x95, 0x07, 0x81, 0x03],
  ...[0xc0, 0xc0],
)

const LONGEST_SCAN = 512
/** The reports of one scan come within milliseconds; what is older belongs to a scan that was cut off. */
const LONGEST_PAUSE_MS = 1_000

/** Puts the scans of a HID POS scanner together from its input reports. Memory is bounded whatever arrives. */
export class HidPosDecoder {
  readonly #layout: ReportLayout
  #parts: number[] = []
  #isOverlong = false
  #lastMs = Number.NEGATIVE_INFINITY

  /** Without a usable descriptor the common layout is assumed. */
  constructor(descriptor: Uint8Array | undefined) {
    const parsed = descriptor === undefined ? undefined : parseReportDescriptor(descriptor)
    const isUsable =
      parsed?.ok === true && parsed.value.fields.some(({ usages }) => usages.some(contains(DECODED_DATA)))
    this.#layout = isUsable ? parsed.value : commonLayout()
  }

  /** The scans that this report completed (a code with line breaks gives several), printable ASCII, trimmed. */
  push(report: Uint8Array, atMs: number): string[] {
    const controls = readControls(this.#layout, report)
    const data = controls.filter(({ usage }) => usage === DECODED_DATA).map(({ value }) => value & 0xff)
    if (data.length === 0) return []
    if (atMs - this.#lastMs > LONGEST_PAUSE_MS) this.#reset()
    this.#lastMs = atMs
    const count = controls.find(({ usage }) => usage === BYTE_COUNT)?.value
    this.#append(count === undefined ? withoutPadding(data) : data.slice(0, count))
    const isContinued = controls.some(({ usage, value }) => usage === DECODE_DATA_CONTINUED && value !== 0)
    if (isContinued) return []
    const lines = new LineAssembler(LONGEST_SCAN)
    const texts = this.#isOverlong ? [] : lines.push(Uint8Array.from(this.#parts))
    const rest = this.#isOverlong ? undefined : lines.flush()
    this.#reset()
    return rest === undefined ? texts : [...texts, rest]
  }

  #append(bytes: readonly number[]): void {
    this.#isOverlong ||= this.#parts.length + bytes.length > LONGEST_SCAN
    if (this.#isOverlong) this.#parts = []
    else this.#parts.push(...bytes)
  }

  #reset(): void {
    this.#parts = []
    this.#isOverlong = false
  }
}

function contains(usage: number) {
  return ({ first, last }: { first: number; last: number }) => first <= usage && usage <= last
}

function withoutPadding(data: readonly number[]): readonly number[] {
  return data.slice(0, data.findLastIndex((byte) => byte !== 0) + 1)
}

function commonLayout(): ReportLayout {
  const layout = parseReportDescriptor(HID_POS_DESCRIPTOR)
  if (!layout.ok) throw new Error('the common descriptor is broken')
  return layout.value
}
