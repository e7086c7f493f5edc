import { darkRuns, qrMatrix } from '@hanpyo/platform/qr.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { PaperWidthMm, Receipt, ReceiptPart, ReceiptQr } from '../receipt.ts'
import { Bitmap } from './bitmap.ts'
import type { TextStyle, TypeSetter } from './type-setter.ts'

/** 203 dpi are 8 dots a millimetre; the head is narrower than the roll. */
export const HEAD_DOTS: Readonly<Record<PaperWidthMm, number>> = { 58: 384, 80: 576 }

/** Half a metre of paper: longer receipts are a mistake. */
const LONGEST_DOTS = 4_000

interface Styles {
  readonly title: TextStyle
  readonly text: TextStyle
  readonly big: TextStyle
}

/** Text of 3.5 mm and more: about 10 points, readable without a magnifier. */
const STYLES: Readonly<Record<PaperWidthMm, Styles>> = {
  58: { title: { sizeDots: 38, boldDots: 1 }, text: { sizeDots: 28 }, big: { sizeDots: 46, boldDots: 1 } },
  80: { title: { sizeDots: 46, boldDots: 1 }, text: { sizeDots: 30 }, big: { sizeDots: 54, boldDots: 1 } },
}

const GAP = 8
const SPACE = 24
const QUIET_MODULES = 4

interface Block {
  readonly height: number
  draw(target: Bitmap, top: number): void
}

/**
 * Draws a receipt as it will look on paper, as wide as the print head. `receipt-unprintable` when the font lacks a
 * character, a QR code does not fit, or the receipt is longer than half a metre; the detail names the reason, not the text.
 */
export function renderReceipt(
  receipt: Receipt,
  paper: PaperWidthMm,
  setter: TypeSetter,
): Result<Bitmap, 'receipt-unprintable'> {
  const styles = STYLES[paper]
  const width = HEAD_DOTS[paper]
  const title = paragraph(composed(receipt.title), styles.title, 'centre', { setter, width })
  const blocks = [title, gap(GAP)]
  for (const part of receipt.parts.map(composedPart)) {
    const missing = setter.missing(textOf(part))
    if (missing.length > 0) return err('receipt-unprintable', `the font lacks ${listed(missing)}`)
    const drawn = block(part, styles, { setter, width })
    if (drawn === undefined) return err('receipt-unprintable', 'a QR code does not fit on the paper')
    blocks.push(drawn, gap(GAP))
  }
  const missing = setter.missing(composed(receipt.title))
  if (missing.length > 0) return err('receipt-unprintable', `the font lacks ${listed(missing)}`)
  const height = blocks.reduce((sum, one) => sum + one.height, 0)
  if (height > LONGEST_DOTS)
    return err('receipt-unprintable', `it would be ${Math.round(height / 8)} mm long`)
  const bitmap = new Bitmap(width, height)
  let top = 0
  for (const one of blocks) {
    one.draw(bitmap, top)
    top += one.height
  }
  return ok(bitmap)
}

interface Frame {
  readonly setter: TypeSetter
  readonly width: number
}

function block(part: ReceiptPart, styles: Styles, frame: Frame): Block | undefined {
  switch (part.kind) {
    case 'text':
      return paragraph(part.text, styles.text, part.align ?? 'left', frame)
    case 'big':
      return paragraph(part.text, styles.big, 'centre', frame)
    case 'pair':
      return pair(part.label, part.value, styles.text, frame)
    case 'qr':
      return qr(part, frame.width)
    case 'rule':
      return { height: 2, draw: (target, top) => target.fillRect(0, top, frame.width, 2) }
    case 'space':
      return gap(SPACE)
  }
}

function gap(height: number): Block {
  return { height, draw() {} }
}

function paragraph(text: string, style: TextStyle, align: 'left' | 'centre', frame: Frame): Block {
  const { setter, width } = frame
  const lines = setter.wrap(text, style, width)
  const lineHeight = setter.lineHeightDots(style)
  return {
    height: lines.length * lineHeight,
    draw(target, top) {
      for (const [at, line] of lines.entries()) {
        const left = align === 'left' ? 0 : Math.floor((width - setter.widthDots(line, style)) / 2)
        setter.draw(target, line, style, { left, top: top + at * lineHeight })
      }
    },
  }
}

function pair(label: string, value: string, style: TextStyle, frame: Frame): Block {
  const { setter, width } = frame
  const valueWidth = setter.widthDots(value, style)
  const isOneLine = setter.widthDots(label, style) + valueWidth + style.sizeDots <= width
  if (!isOneLine) return paragraph(`${label}\n${value}`, style, 'left', frame)
  return {
    height: setter.lineHeightDots(style),
    draw(target, top) {
      setter.draw(target, label, style, { left: 0, top })
      setter.draw(target, value, style, { left: width - valueWidth, top })
    },
  }
}

/** Whole dots per module, so that no module is wider than its neighbour; scanners want at least 3. */
function qr(part: ReceiptQr, width: number): Block | undefined {
  const { text, encoding, errorCorrection, largestModuleDots = 6 } = part
  const rows = qrRows(text, {
    border: QUIET_MODULES,
    ...(encoding === undefined ? {} : { encoding }),
    ...(errorCorrection === undefined ? {} : { errorCorrection }),
  })
  if (rows === undefined) return undefined
  const module = Math.min(largestModuleDots, Math.floor(width / rows.length))
  if (module < 3) return undefined
  const size = module * rows.length
  const left = Math.floor((width - size) / 2)
  return {
    height: size,
    draw(target, top) {
      for (const run of darkRuns(rows))
        target.fillRect(left + run.x * module, top + run.y * module, run.length * module, module)
    },
  }
}

function qrRows(text: string, options: Parameters<typeof qrMatrix>[1]): boolean[][] | undefined {
  try {
    return qrMatrix(text, options)
  } catch {
    // Too long, or a character that the alphanumeric mode lacks.
    return undefined
  }
}

/** Hangul typed as single letters (NFD, as some systems name files) looks the same but has no glyphs. */
function composed(text: string): string {
  return text.normalize('NFC')
}

function composedPart(part: ReceiptPart): ReceiptPart {
  if (part.kind === 'text' || part.kind === 'big') return { ...part, text: composed(part.text) }
  return part.kind === 'pair' ? { ...part, label: composed(part.label), value: composed(part.value) } : part
}

function textOf(part: ReceiptPart): string {
  if (part.kind === 'text' || part.kind === 'big') return part.text
  return part.kind === 'pair' ? part.label + part.value : ''
}

function listed(characters: readonly string[]): string {
  return characters
    .slice(0, 5)
    .map((character) => `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`)
    .join(', ')
}
