import { parseReportDescriptor, type ReportLayout, readControls } from '../hid/report-descriptor.ts'
import type { RawKey } from './key-lines.ts'

const KEYBOARD_PAGE = 0x07
const CONSUMER_PAGE = 0x0c
/** Usages of the keyboard page that are no keys: nothing, and three kinds of "too many keys at once". */
const LAST_NO_KEY = 3

/** The boot keyboard (HID 1.11 appendix B.1) with all usages: eight modifiers, one reserved byte, up to six keys. */
export const BOOT_KEYBOARD_DESCRIPTOR = Uint8Array.of(
  ...[0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0x05, 0x07],
  ...[0x19, 0xe0, 0x29, 0xe7, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02],
  ...[0x95, 0x01, 0x75, 0x08, 0x81, 0x01],
  ...[0x95, 0x06, 0x75, 0x08, 0x15, 0x00, 0x26, 0xff, 0x00, 0x19, 0x00, 0x29, 0xff, 0x81, 0x00],
  0xc0,
)

/**
 * Reads the input reports of a keyboard-like device. Codes are page and usage in hexadecimal: `07:52` is the arrow up,
 * `0c:e9` volume up. Memory is bounded by the device's report.
 */
export class KeyReportReader {
  readonly #layout: ReportLayout
  /** What is down, by page and report, because a report tells only of its own keys. */
  readonly #down = new Map<number, ReadonlySet<string>>()

  constructor(descriptor: Uint8Array | undefined) {
    const parsed = parseReportDescriptor(descriptor ?? BOOT_KEYBOARD_DESCRIPTOR)
    const fallback = parseReportDescriptor(BOOT_KEYBOARD_DESCRIPTOR)
    if (!fallback.ok) throw new Error('the boot keyboard descriptor is broken')
    this.#layout = parsed.ok && parsed.value.fields.length > 0 ? parsed.value : fallback.value
  }

  /** The keys that went down or up with this report. */
  push(report: Uint8Array): RawKey[] {
    const reportId = this.#layout.usesReportIds ? (report[0] ?? 0) : 0
    if (!this.#layout.fields.some((field) => field.reportId === reportId)) return []
    const controls = readControls(this.#layout, report)
    const isRolledOver = controls.some(
      ({ usage, value }) => value !== 0 && pageOf(usage) === KEYBOARD_PAGE && isRollOver(usage & 0xffff),
    )
    // The keyboard does not know which keys are down; what was known stays.
    if (isRolledOver || report.length === 0) return []
    const now = new Set(controls.filter(({ value }) => value !== 0).flatMap(({ usage }) => codeOf(usage)))
    const before = this.#down.get(reportId) ?? new Set<string>()
    this.#down.set(reportId, now)
    return [
      ...[...before].filter((code) => !now.has(code)).map((code) => ({ code, isDown: false })),
      ...[...now].filter((code) => !before.has(code)).map((code) => ({ code, isDown: true })),
    ]
  }
}

function pageOf(usage: number): number {
  return Math.floor(usage / 0x10000)
}

function isRollOver(id: number): boolean {
  return id >= 1 && id <= LAST_NO_KEY
}

function codeOf(usage: number): string[] {
  const page = pageOf(usage)
  const id = usage % 0x10000
  if (page !== KEYBOARD_PAGE && page !== CONSUMER_PAGE) return []
  if (id === 0) return []
  return [`${page.toString(16).padStart(2, '0')}:${id.toString(16).padStart(2, '0')}`]
}
