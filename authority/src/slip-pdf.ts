import { writeDurable } from '@hanpyo/platform/durable-file.ts'
import { createPdf, drawQr, MM, type PdfDocument, unprintableCharacters } from '@hanpyo/platform/pdf.ts'
import type { ElectionConfig } from './config.ts'
import type { ElectionFolder } from './election-folder.ts'
import type { Slip, SlipSet } from './slips.ts'

const COLUMNS = 2
const ROWS = 3
const SLIP_WIDTH = 96 * MM
const PANEL_HEIGHT = 30 * MM
const SLIP_HEIGHT = 3 * PANEL_HEIGHT
const LEFT = (210 * MM - COLUMNS * SLIP_WIDTH) / 2
const TOP = (297 * MM - ROWS * SLIP_HEIGHT) / 2
const QR_SIZE = 28 * MM
const PADDING = 2.5 * MM

/** What is printed on every slip of one file. */
export interface SlipPrint {
  readonly title: { readonly ko: string; readonly en: string }
  readonly styleName: (style: number) => { readonly ko: string; readonly en: string }
}

/**
 * Six slips on an A4 page, to be cut and folded twice. From top to bottom: the cover, folded to the back, so
 * that it is what one reads of a folded slip; the inside with number and QR; a hatched flap that is folded
 * over the inside and keeps light from showing it.
 */
export function slipSheets(slips: readonly Slip[], print: SlipPrint): Promise<Uint8Array> {
  return createPdf({
    title: print.title.ko,
    marginPoints: 0,
    draw(document) {
      for (const [i, slip] of slips.entries()) {
        const place = i % (COLUMNS * ROWS)
        if (i > 0 && place === 0) document.addPage()
        const x = LEFT + (place % COLUMNS) * SLIP_WIDTH
        const y = TOP + Math.floor(place / COLUMNS) * SLIP_HEIGHT
        drawSlip(document, slip, print, x, y)
      }
    },
  })
}

/** Characters of the texts on slips that the embedded font cannot print; they would come out as boxes. */
export async function unprintableInSlips(config: ElectionConfig): Promise<string> {
  const texts = [config.title, ...config.styles.map(({ name }) => name)]
  return (await unprintableCharacters(texts.map(({ ko, en }) => ko + en).join(''))).join(' ')
}

/** One file a style, and one for the observers' test slips, which look exactly like the others. */
export async function writeSlipPdfs(input: {
  readonly config: ElectionConfig
  readonly slips: SlipSet
  readonly folder: ElectionFolder
}): Promise<void> {
  const { config, slips, folder } = input
  const names = new Map(config.styles.map(({ id, name }) => [id, name]))
  const print: SlipPrint = {
    title: config.title,
    styleName: (style) => names.get(style) ?? { ko: '', en: '' },
  }
  const forObservers = new Set(slips.testSlips)
  const files = config.styles.map(({ id }) => ({
    name: `style-${id}`,
    slips: slips.slips.filter((slip) => slip.style === id && !forObservers.has(slip.number)),
  }))
  files.push({ name: 'observers', slips: slips.slips.filter(({ number }) => forObservers.has(number)) })
  for (const file of files) {
    if (file.slips.length === 0) continue
    await writeDurable(folder.slipPdf(file.name), await slipSheets(file.slips, print), { mode: 0o600 })
  }
}

function drawSlip(document: PdfDocument, slip: Slip, print: SlipPrint, x: number, y: number): void {
  drawCover(document, print.title, print.styleName(slip.style), x, y)
  drawInside(document, slip, x, y + PANEL_HEIGHT)
  drawFlap(document, x, y + 2 * PANEL_HEIGHT)
  document.lineWidth(0.4).strokeColor('#000').rect(x, y, SLIP_WIDTH, SLIP_HEIGHT).stroke()
  for (const fold of [1, 2]) {
    const at = y + fold * PANEL_HEIGHT
    document
      .dash(3, { space: 3 })
      .moveTo(x, at)
      .lineTo(x + SLIP_WIDTH, at)
      .stroke()
      .undash()
  }
}

function drawCover(
  document: PdfDocument,
  title: SlipPrint['title'],
  style: SlipPrint['title'],
  x: number,
  y: number,
): void {
  const width = SLIP_WIDTH - 2 * PADDING
  const line = (text: string, size: number, offset: number, lines = 1): void => {
    document.fillColor('#000').fontSize(size)
    const height = lines * size * 1.35
    document.text(text, x + PADDING, y + offset * MM, { width, height, ellipsis: true, lineBreak: lines > 1 })
  }
  line(title.ko, 11, 2.5)
  line(title.en, 7.5, 7.5)
  line(`${style.ko} · ${style.en}`, 7.5, 11.5)
  line('단말기 앞에서 혼자 펼쳐 주세요. 사진을 찍거나 남에게 보여 주지 마세요.', 7.5, 16.5, 2)
  line('Open it alone, at the voting terminal. Do not photograph it or show it to anyone.', 6.5, 21, 2)
  line(
    '점선을 따라 이 면은 뒤로, 빗금 면은 안으로 접습니다 · Fold this part back, the hatched part in',
    5.5,
    26.5,
  )
}

function drawInside(document: PdfDocument, slip: Slip, x: number, y: number): void {
  drawQr(
    document,
    slip.text,
    { x: x + 1 * MM, y: y + 1 * MM, sizePoints: QR_SIZE },
    { encoding: 'alphanumeric', errorCorrection: 'quartile' },
  )
  const left = x + QR_SIZE + 3 * MM
  const width = SLIP_WIDTH - QR_SIZE - 3 * MM - PADDING
  const line = (text: string, size: number, offset: number): void => {
    document.fillColor('#000').fontSize(size)
    document.text(text, left, y + offset * MM, { width, height: size * 2.8, ellipsis: true })
  }
  line('번호 · Number', 7.5, 2.5)
  line(String(slip.number), 20, 5.5)
  line('화면에 나온 번호와 같은지 확인해 주세요.', 7.5, 15)
  line('Check that the screen shows this number.', 6.5, 18.5)
  line('QR을 스캐너에 대 주세요. Hold the QR code to the scanner.', 6.5, 23)
}

function drawFlap(document: PdfDocument, x: number, y: number): void {
  document.save().rect(x, y, SLIP_WIDTH, PANEL_HEIGHT).clip().lineWidth(0.9).strokeColor('#555')
  const step = 1.6 * MM
  for (let at = -PANEL_HEIGHT; at < SLIP_WIDTH; at += step) {
    document.moveTo(x + at, y + PANEL_HEIGHT).lineTo(x + at + PANEL_HEIGHT, y)
    document.moveTo(x + at, y).lineTo(x + at + PANEL_HEIGHT, y + PANEL_HEIGHT)
  }
  document.stroke().restore()
}
