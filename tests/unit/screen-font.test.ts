import { readFileSync } from 'node:fs'
import { create } from 'fontkit'
import { expect, test } from 'vitest'
import { LAYOUTS, shifted } from '../../kiosk/ui/input/keyboard-layouts.ts'

/** Everything a key shows, and the letters that stand alone until a syllable is whole. */
const shown = Object.values(LAYOUTS)
  .flatMap(({ rows }) => rows.flat())
  .flatMap((key) => [key, shifted(key)])
  .flatMap(({ shows }) => (typeof shows === 'string' ? [...shows] : []))
const lone = [...'ㄳㄵㄶㄺㄻㄼㄽㄾㄿㅀㅄㅘㅙㅚㅝㅞㅟㅢ']

/** The syllables of KS X 1001 (rows 16 to 40 of its table), which EUC-KR encodes as B0A1 to C8FE. */
const common = Array.from({ length: 25 * 94 }, (_, at) =>
  new TextDecoder('euc-kr').decode(Uint8Array.of(0xb0 + Math.floor(at / 94), 0xa1 + (at % 94))),
)

test.each(['Regular', 'Bold'])(
  'the %s font has all that a key shows, and the 2,350 syllables of KS X 1001',
  (weight) => {
    const file = new URL(`../../kiosk/ui/assets/Pretendard-${weight}.subset.woff2`, import.meta.url)
    const font = create(readFileSync(file))
    if (!('hasGlyphForCodePoint' in font)) throw new Error('a collection, not a font')
    const missing = [...shown, ...lone, ...common].filter(
      (one) => !font.hasGlyphForCodePoint(one.codePointAt(0) ?? 0),
    )
    expect(common[0]).toBe('가')
    expect(common.at(-1)).toBe('힝')
    expect(missing).toEqual([])
  },
)
