import { err, ok, type Result } from '@hanpyo/protocol/result.ts'

/** A usage with its page in the upper 16 bits, as the specification writes extended usages. */
export type Usage = number

/** A run of equal controls in the input reports of a device (HID 1.11 section 6.2.2.5). */
export interface InputField {
  /** 0 when the device uses no report ids. */
  readonly reportId: number
  /** From the start of the report, its id included. */
  readonly bitOffset: number
  /** 1 to 32. */
  readonly bitSize: number
  readonly count: number
  /** An array names the controls that are on; otherwise each place in the field is a control of its own. */
  readonly isArray: boolean
  readonly logicalMinimum: number
  readonly usages: readonly { readonly first: Usage; readonly last: Usage }[]
}

export interface ReportLayout {
  readonly usesReportIds: boolean
  readonly fields: readonly InputField[]
}

/** One control of a report with its value; of arrays, only the controls that are on, with value 1. */
export interface Control {
  readonly usage: Usage
  readonly value: number
}

/** More than any scanner or keypad has; hostile descriptors must not cost memory. */
const MOST_FIELDS = 256
const MOST_CONTROLS = 4_096
const DEEPEST_STACK = 16

interface Globals {
  usagePage: number
  logicalMinimum: number
  reportSize: number
  reportCount: number
  reportId: number
}

const MAIN = 0
const GLOBAL = 1
const LOCAL = 2

/**
 * Reads a HID report descriptor (HID 1.11 section 6.2.2) as far as input reports go: other items are passed over.
 * `hid-descriptor` for one that is cut off, or larger than any keypad's or scanner's.
 */
export function parseReportDescriptor(bytes: Uint8Array): Result<ReportLayout, 'hid-descriptor'> {
  let globals: Globals = { usagePage: 0, logicalMinimum: 0, reportSize: 0, reportCount: 0, reportId: 0 }
  const stack: Globals[] = []
  const fields: InputField[] = []
  const nextBit = new Map<number, number>()
  let usages: { first: Usage; last: Usage }[] = []
  let usageMinimum: Usage | undefined

  for (let at = 0; at < bytes.length; ) {
    const prefix = bytes[at]!
    if (prefix === 0xfe) {
      // A long item; none is defined.
      at += 3 + (bytes[at + 1] ?? 0)
      continue
    }
    const size = (prefix & 3) === 3 ? 4 : prefix & 3
    if (at + 1 + size > bytes.length) return err('hid-descriptor', 'it is cut off')
    const value = littleEndian(bytes, at + 1, size)
    const tag = prefix >> 4
    const kind = (prefix >> 2) & 3
    at += 1 + size

    if (kind === GLOBAL) {
      if (tag === 0x0) globals = { ...globals, usagePage: value }
      if (tag === 0x1) globals = { ...globals, logicalMinimum: signed(value, size) }
      if (tag === 0x7) globals = { ...globals, reportSize: value }
      if (tag === 0x8) globals = { ...globals, reportId: value }
      if (tag === 0x9) globals = { ...globals, reportCount: value }
      if (tag === 0xa && stack.push(globals) > DEEPEST_STACK) return err('hid-descriptor', 'pushes too deep')
      if (tag === 0xb) globals = stack.pop() ?? globals
    } else if (kind === LOCAL) {
      const usage = size === 4 ? value : globals.usagePage * 0x10000 + value
      if (tag === 0x0) usages.push({ first: usage, last: usage })
      if (tag === 0x1) usageMinimum = usage
      if (tag === 0x2 && usageMinimum !== undefined && usage >= usageMinimum) {
        usages.push({ first: usageMinimum, last: usage })
        usageMinimum = undefined
      }
      if (usages.length > MOST_FIELDS) return err('hid-descriptor', 'too many usages')
    } else if (kind === MAIN) {
      if (tag === 0x8) {
        const { reportId, reportSize, reportCount, logicalMinimum } = globals
        const bitOffset = nextBit.get(reportId) ?? (reportId === 0 ? 0 : 8)
        if (reportCount > MOST_CONTROLS || reportSize > MOST_CONTROLS * 8 || nextBit.size > MOST_FIELDS)
          return err('hid-descriptor', 'a report is too large')
        nextBit.set(reportId, bitOffset + reportSize * reportCount)
        const isConstant = (value & 1) !== 0
        const isArray = (value & 2) === 0
        if (!isConstant && usages.length > 0 && reportSize >= 1 && reportSize <= 32) {
          const shape = { reportId, bitOffset, bitSize: reportSize, count: reportCount }
          fields.push({ ...shape, isArray, logicalMinimum, usages })
        }
        if (fields.length > MOST_FIELDS) return err('hid-descriptor', 'too many fields')
      }
      usages = []
      usageMinimum = undefined
    }
  }
  return ok({ usesReportIds: fields.some(({ reportId }) => reportId !== 0), fields })
}

/** The controls of one input report. Places the report is too short for are left out; never throws. */
export function readControls(layout: ReportLayout, report: Uint8Array): Control[] {
  const reportId = layout.usesReportIds ? report[0] : 0
  const controls: Control[] = []
  for (const field of layout.fields) {
    if (field.reportId !== reportId) continue
    for (let place = 0; place < field.count; place++) {
      const value = bits(report, field.bitOffset + place * field.bitSize, field.bitSize)
      if (value === undefined) break
      if (!field.isArray) {
        controls.push({ usage: usageAt(field, place, 'repeat-last')!, value })
        continue
      }
      const usage = usageAt(field, value - field.logicalMinimum, 'none-beyond')
      if (usage !== undefined) controls.push({ usage, value: 1 })
    }
  }
  return controls
}

/** Places beyond the listed usages all have the last one (HID 1.11 section 6.2.2.8); array values beyond have none. */
function usageAt(field: InputField, index: number, beyond: 'repeat-last' | 'none-beyond'): Usage | undefined {
  let left = index
  if (left < 0) return undefined
  for (const { first, last } of field.usages) {
    if (left <= last - first) return first + left
    left -= last - first + 1
  }
  return beyond === 'repeat-last' ? field.usages.at(-1)!.last : undefined
}

function bits(report: Uint8Array, offset: number, size: number): number | undefined {
  if (offset + size > report.length * 8) return undefined
  let value = 0
  for (let at = 0; at < size; at++) {
    const bit = offset + at
    if ((report[bit >> 3]! & (1 << (bit & 7))) !== 0) value += 2 ** at
  }
  return value
}

function littleEndian(bytes: Uint8Array, at: number, size: number): number {
  let value = 0
  for (let index = size - 1; index >= 0; index--) value = value * 256 + bytes[at + index]!
  return value
}

function signed(value: number, size: number): number {
  return size > 0 && value >= 2 ** (8 * size - 1) ? value - 2 ** (8 * size) : value
}
