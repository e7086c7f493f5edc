import type { OutlineFont } from '@hanpyo/platform/font.ts'
import type { Bitmap } from './bitmap.ts'
import { rasterise } from './rasterise.ts'

export interface TextStyle {
  /** Size of the em in dots; a Hangul syllable is about as high. */
  readonly sizeDots: number
  /** Dots by which strokes are thickened to the right. Default 0. */
  readonly boldDots?: number
}

interface DrawnGlyph {
  readonly bitmap: Bitmap
  readonly leftDots: number
}

/** More different characters than any receipt has; beyond that the oldest are drawn again when needed. */
const KEPT_GLYPHS = 1_000

/** Sets text in a font's outlines. Keeps drawn glyphs, so one setter should serve many receipts. */
export class TypeSetter {
  readonly #font: OutlineFont
  readonly #drawn = new Map<string, DrawnGlyph>()

  constructor(font: OutlineFont) {
    this.#font = font
  }

  /** The characters the font lacks, each once. */
  missing(text: string): string[] {
    return [...new Set(text)].filter(
      (character) => character !== '\n' && this.#font.glyph(character.codePointAt(0)!) === undefined,
    )
  }

  lineHeightDots({ sizeDots }: TextStyle): number {
    return Math.ceil(sizeDots * 1.3)
  }

  widthDots(text: string, style: TextStyle): number {
    const { unitsPerEm } = this.#font
    let units = 0
    for (const character of text) units += this.#font.glyph(character.codePointAt(0)!)?.advance ?? 0
    return Math.ceil((units / unitsPerEm) * style.sizeDots) + (style.boldDots ?? 0)
  }

  /**
   * Breaks text into lines of at most `widthDots`: at line ends of the text, after spaces and hyphens, and between any two
   * characters of a word that is longer than a line. Never loses a character but the spaces at breaks.
   */
  wrap(text: string, style: TextStyle, widthDots: number): string[] {
    return text.split('\n').flatMap((paragraph) => {
      const lines: string[] = []
      let line = ''
      for (const word of paragraph.match(/[^ -]*-+|[^ -]+ *| +/g) ?? []) {
        if (this.widthDots((line + word).trimEnd(), style) <= widthDots) {
          line += word
          continue
        }
        if (line.trimEnd() !== '') lines.push(line.trimEnd())
        line = ''
        for (const character of word) {
          if (line !== '' && this.widthDots((line + character).trimEnd(), style) > widthDots) {
            lines.push(line.trimEnd())
            line = ''
          }
          line += character
        }
      }
      return [...lines, line.trimEnd()]
    })
  }

  /** Draws one line; its upper left corner is at `left`, `top`. Characters the font lacks are left out. */
  draw(target: Bitmap, text: string, style: TextStyle, at: { left: number; top: number }): void {
    const scale = style.sizeDots / this.#font.unitsPerEm
    let x = at.left
    for (const character of text) {
      const glyph = this.#font.glyph(character.codePointAt(0)!)
      if (glyph === undefined) continue
      const drawn = this.#glyph(character, style)
      for (let offset = 0; offset <= (style.boldDots ?? 0); offset++) {
        target.draw(drawn.bitmap, Math.round(x) + drawn.leftDots + offset, at.top)
      }
      x += glyph.advance * scale
    }
  }

  #glyph(character: string, style: TextStyle): DrawnGlyph {
    const key = `${style.sizeDots} ${character}`
    const kept = this.#drawn.get(key)
    if (kept !== undefined) return kept
    const { ascent, descent, unitsPerEm } = this.#font
    const { advance, commands } = this.#font.glyph(character.codePointAt(0)!)!
    const scale = style.sizeDots / unitsPerEm
    const height = this.lineHeightDots(style)
    // Ink may reach beyond the advance on both sides.
    const margin = Math.ceil(style.sizeDots / 4)
    const baseline = Math.round((height + (ascent + descent) * scale) / 2)
    const bitmap = rasterise(
      commands,
      { scale, originX: margin, originY: baseline },
      { width: Math.ceil(advance * scale) + 2 * margin, height },
    )
    const drawn = { bitmap, leftDots: -margin }
    if (this.#drawn.size >= KEPT_GLYPHS) this.#drawn.delete(this.#drawn.keys().next().value!)
    this.#drawn.set(key, drawn)
    return drawn
  }
}
