import { create as openFont } from 'fontkit'
import PDFDocument from 'pdfkit'
import { readKoreanFont } from './font.ts'
import { darkRuns, type QrOptions, qrMatrix } from './qr.ts'

export type PdfDocument = PDFKit.PDFDocument

export interface PdfOptions {
  readonly title: string
  /** BCP 47 language of the text, for screen readers. Default `ko`. */
  readonly language?: string
  /** Default A4. */
  readonly size?: string | [widthPoints: number, heightPoints: number]
  /** Default 42 points (15 mm). */
  readonly marginPoints?: number
  /** Put into the file's information; default now. */
  readonly createdAt?: Date
  /** Draws the first page (already there) and adds more. The Korean font is set. */
  readonly draw: (document: PdfDocument) => void
}

/** 1 mm in PDF points. */
export const MM = 72 / 25.4

/** Makes a PDF in memory. All text is in the embedded Korean font, reduced to the characters used. */
export async function createPdf(options: PdfOptions): Promise<Uint8Array> {
  const font = await readKoreanFont()
  const document = new PDFDocument({
    size: options.size ?? 'A4',
    margin: options.marginPoints ?? 42,
    lang: options.language ?? 'ko',
    displayTitle: true,
    pdfVersion: '1.7',
    info: { Title: options.title, CreationDate: options.createdAt ?? new Date() },
    font: font as unknown as string,
  })
  const parts: Uint8Array[] = []
  const finished = new Promise<void>((resolve, reject) => {
    document.on('data', (part: Uint8Array) => parts.push(part))
    document.once('end', resolve)
    document.once('error', reject)
  })
  options.draw(document)
  document.end()
  await finished
  return new Uint8Array(Buffer.concat(parts))
}

/** Draws a QR code with its quiet zone as a square of `sizePoints` whose upper left corner is at x, y. */
export function drawQr(
  document: PdfDocument,
  text: string,
  box: { x: number; y: number; sizePoints: number },
  options: QrOptions = {},
): void {
  const rows = qrMatrix(text, options)
  const module = box.sizePoints / rows.length
  for (const { x, y, length } of darkRuns(rows)) {
    document.rect(box.x + x * module, box.y + y * module, length * module, module)
  }
  document.fill('#000')
}

/** The characters of `text` the embedded font cannot print, each once; they would come out as empty boxes. */
export async function unprintableCharacters(text: string): Promise<string[]> {
  const font = openFont(await readKoreanFont())
  if (!('hasGlyphForCodePoint' in font)) throw new Error('the committed font is a collection')
  return [...new Set(text)].filter((character) => {
    const codePoint = character.codePointAt(0)!
    return codePoint >= 0x20 && !font.hasGlyphForCodePoint(codePoint)
  })
}
