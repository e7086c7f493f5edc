import { readFile } from 'node:fs/promises'
import { create as openFont } from 'fontkit'
import { unpackWoff } from './woff.ts'

const FONT_URL = new URL('../assets/fonts/Pretendard-Regular.subset.woff', import.meta.url)

/** The committed Korean font as a TrueType or OpenType file. */
export async function readKoreanFont(): Promise<Buffer> {
  return Buffer.from(unpackWoff(await readFile(FONT_URL)))
}

/** One step of an outline in font units, y upwards. Control points come before the end point. */
export interface OutlineCommand {
  readonly command: 'moveTo' | 'lineTo' | 'quadraticCurveTo' | 'bezierCurveTo' | 'closePath'
  readonly args: readonly number[]
}

export interface OutlineGlyph {
  /** Font units from this glyph's origin to the next one's. */
  readonly advance: number
  readonly commands: readonly OutlineCommand[]
}

/** The outlines of a font, for drawing without a browser or PDF. */
export interface OutlineFont {
  readonly unitsPerEm: number
  /** Font units above the baseline, and below it as a negative number. */
  readonly ascent: number
  readonly descent: number
  /** Undefined when the font lacks the character. */
  glyph(codePoint: number): OutlineGlyph | undefined
}

/** Opens the committed Korean font for drawing: Latin and the 2,350 syllables of KS X 1001 and some more. */
export async function openKoreanOutlines(): Promise<OutlineFont> {
  const font = openFont(await readKoreanFont())
  if (!('hasGlyphForCodePoint' in font)) throw new Error('the committed font is a collection')
  return {
    unitsPerEm: font.unitsPerEm,
    ascent: font.ascent,
    descent: font.descent,
    glyph(codePoint) {
      if (!font.hasGlyphForCodePoint(codePoint)) return undefined
      const glyph = font.glyphForCodePoint(codePoint)
      return { advance: glyph.advanceWidth, commands: glyph.path.commands as OutlineCommand[] }
    },
  }
}
