import type { TypingKey } from './hangul/typing.ts'

/** What the keys show now. `two-set` and `latin` have ten columns, the others four large ones. */
export type Layer = 'two-set' | 'latin' | 'digits' | 'cheonjiin' | 'few-latin' | 'few-digits' | 'few-symbols'

/** Keys whose name is a word of the catalogue. */
export type NamedKey =
  | 'erase'
  | 'blank'
  | 'next'
  | 'digits'
  | 'symbols'
  | 'hangul'
  | 'latin'
  | 'shift'
  | 'capital'
  | 'left'
  | 'right'

export type Press = TypingKey | { readonly kind: 'layer'; readonly layer: Layer } | { readonly kind: 'shift' }

export interface Key {
  /** Letters on the key, or a word of the catalogue. */
  readonly shows: string | { readonly word: NamedKey }
  /** Characters named one after another, or a word of the catalogue. */
  readonly says: readonly string[] | NamedKey
  readonly press: Press
  /** Columns it takes; the ten-column layers count in halves. */
  readonly span: number
}

export interface Layout {
  /** Grid columns. */
  readonly columns: 20 | 4
  readonly rows: readonly (readonly Key[])[]
}

const HALVES = 2
const word = (name: NamedKey, press: Press, span: number): Key => ({
  shows: { word: name },
  says: name,
  press,
  span,
})
const layer = (name: NamedKey, to: Layer, span: number): Key => word(name, { kind: 'layer', layer: to }, span)
const erase = (span: number): Key => word('erase', { kind: 'erase' }, span)
const blank = (span: number): Key => word('blank', { kind: 'text', text: ' ' }, span)
const left = (span: number): Key => word('left', { kind: 'caret', step: -1 }, span)
const right = (span: number): Key => word('right', { kind: 'caret', step: 1 }, span)
const shift = (name: 'shift' | 'capital', span: number): Key => word(name, { kind: 'shift' }, span)

const jamo = (letter: string): Key => ({
  shows: letter,
  says: [letter],
  press: { kind: 'jamo', jamo: letter },
  span: HALVES,
})
const sign = (text: string, span: number): Key => ({
  shows: text,
  says: [text],
  press: { kind: 'text', text },
  span,
})
const cycle = (of: string, shows: string): Key => ({
  shows,
  says: [...shows],
  press: { kind: 'cycle', of },
  span: 1,
})
/** Small letters first, then the capitals. */
const letters = (of: string): Key => cycle(of + of.toUpperCase(), of)
const stroke = (letter: 'ㅣ' | 'ㆍ' | 'ㅡ'): Key => ({
  // The committed font has no archaic vowel.
  shows: letter === 'ㆍ' ? '·' : letter,
  says: [letter],
  press: { kind: 'stroke', stroke: letter },
  span: 1,
})
const jamos = (letters: string): Key[] => [...letters].map(jamo)
const signs = (letters: string, span = HALVES): Key[] => [...letters].map((one) => sign(one, span))

/** KS X 5002, the two-set keyboard: what a key gives with shift. */
const DOUBLED: Readonly<Record<string, string>> = {
  ㅂ: 'ㅃ',
  ㅈ: 'ㅉ',
  ㄷ: 'ㄸ',
  ㄱ: 'ㄲ',
  ㅅ: 'ㅆ',
  ㅐ: 'ㅒ',
  ㅔ: 'ㅖ',
}
/** The keys of a physical keyboard, left to right and top to bottom. */
const PHYSICAL = 'qwertyuiopasdfghjklzxcvbnm'
const TWO_SET = 'ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡ'

/** The letter that a physical key (`KeyboardEvent.code`, such as `KeyQ`) has on the two-set keyboard. */
export function twoSetLetter(code: string, isShifted: boolean): string | undefined {
  const at = /^Key[A-Z]$/.test(code) ? PHYSICAL.indexOf(code.slice(3).toLowerCase()) : -1
  const letter = [...TWO_SET][at]
  return letter !== undefined && isShifted ? (DOUBLED[letter] ?? letter) : letter
}

/** The last row of ten columns: other layers, the caret around a wide blank, the two marks most in use. */
const lastRow = (...others: readonly [Key, Key]): Key[] => [
  ...others,
  left(HALVES),
  blank(6),
  right(HALVES),
  ...signs('.?'),
]
/** The last row of four columns: the caret around a wide blank. */
const LAST_OF_FEW = [left(1), blank(2), right(1)]

export const LAYOUTS: Readonly<Record<Layer, Layout>> = {
  'two-set': {
    columns: 20,
    rows: [
      jamos('ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ'),
      jamos('ㅁㄴㅇㄹㅎㅗㅓㅏㅣ'),
      [shift('shift', 3), ...jamos('ㅋㅌㅊㅍㅠㅜㅡ'), erase(3)],
      lastRow(layer('digits', 'digits', 3), layer('latin', 'latin', 3)),
    ],
  },
  latin: {
    columns: 20,
    rows: [
      signs('qwertyuiop'),
      signs('asdfghjkl'),
      [shift('capital', 3), ...signs('zxcvbnm'), erase(3)],
      lastRow(layer('digits', 'digits', 3), layer('hangul', 'two-set', 3)),
    ],
  },
  digits: {
    columns: 20,
    rows: [
      signs('1234567890'),
      signs('-/:()%&+~·'),
      [...signs(',!', 3), ...signs('\'"@#'), erase(6)],
      lastRow(layer('hangul', 'two-set', 3), layer('latin', 'latin', 3)),
    ],
  },
  cheonjiin: {
    columns: 4,
    rows: [
      [stroke('ㅣ'), stroke('ㆍ'), stroke('ㅡ'), erase(1)],
      [cycle('ㄱㅋㄲ', 'ㄱㅋ'), cycle('ㄴㄹ', 'ㄴㄹ'), cycle('ㄷㅌㄸ', 'ㄷㅌ'), cycle('.,?!', '.,?!')],
      [
        cycle('ㅂㅍㅃ', 'ㅂㅍ'),
        cycle('ㅅㅎㅆ', 'ㅅㅎ'),
        cycle('ㅈㅊㅉ', 'ㅈㅊ'),
        layer('digits', 'few-digits', 1),
      ],
      [layer('latin', 'few-latin', 1), cycle('ㅇㅁ', 'ㅇㅁ'), word('next', { kind: 'next' }, 2)],
      LAST_OF_FEW,
    ],
  },
  'few-latin': {
    columns: 4,
    rows: [
      [letters('abc'), letters('def'), letters('ghi'), erase(1)],
      [letters('jkl'), letters('mno'), letters('pqr'), cycle('.,?!', '.,?!')],
      [letters('stu'), letters('vwx'), letters('yz'), layer('digits', 'few-digits', 1)],
      [layer('hangul', 'cheonjiin', 1), sign("'", 1), word('next', { kind: 'next' }, 2)],
      LAST_OF_FEW,
    ],
  },
  'few-digits': {
    columns: 4,
    rows: [
      [...signs('123', 1), erase(1)],
      [...signs('456', 1), layer('symbols', 'few-symbols', 1)],
      [...signs('789', 1), layer('hangul', 'cheonjiin', 1)],
      [...signs('.0,', 1), layer('latin', 'few-latin', 1)],
      LAST_OF_FEW,
    ],
  },
  'few-symbols': {
    columns: 4,
    rows: [
      [...signs('.,?', 1), erase(1)],
      [...signs('!()', 1), layer('digits', 'few-digits', 1)],
      [...signs('-/:', 1), layer('hangul', 'cheonjiin', 1)],
      [...signs('%\'"', 1), layer('latin', 'few-latin', 1)],
      LAST_OF_FEW,
    ],
  },
}

/** A key as it is while shift is on: doubled consonants, capitals. Keys that shift does not change are themselves. */
export function shifted(key: Key): Key {
  const { press } = key
  const to = (letter: string, next: Press): Key => ({ ...key, shows: letter, says: [letter], press: next })
  if (press.kind === 'jamo') {
    const letter = DOUBLED[press.jamo]
    return letter === undefined ? key : to(letter, { kind: 'jamo', jamo: letter })
  }
  if (press.kind === 'text' && /^[a-z]$/.test(press.text)) {
    const letter = press.text.toUpperCase()
    return to(letter, { kind: 'text', text: letter })
  }
  return key
}

export type HangulLayout = 'two-set' | 'cheonjiin'

/** Ten keys of 15 mm, nine gaps and the edges; enlarged text needs keys as much wider. */
const KEY_MM = 15
const REST_MM = 9 * 4.1 + 7

/** Whether ten keys stand side by side on a screen this wide, with text enlarged by `scale`. */
export function fitsTenColumns(widthMm: number, scale: number): boolean {
  return widthMm - REST_MM >= 10 * KEY_MM * scale
}

/** The layer that writes the same script on a keyboard of the other width. */
export function layerOn(layer: Layer, columns: 20 | 4): Layer {
  if (LAYOUTS[layer].columns === columns) return layer
  return columns === 20 ? WIDE[layer] : FEW[layer]
}
const WIDE: Readonly<Record<Layer, Layer>> = {
  'two-set': 'two-set',
  latin: 'latin',
  digits: 'digits',
  cheonjiin: 'two-set',
  'few-latin': 'latin',
  'few-digits': 'digits',
  'few-symbols': 'digits',
}
const FEW: Readonly<Record<Layer, Layer>> = {
  'two-set': 'cheonjiin',
  latin: 'few-latin',
  digits: 'few-digits',
  cheonjiin: 'cheonjiin',
  'few-latin': 'few-latin',
  'few-digits': 'few-digits',
  'few-symbols': 'few-symbols',
}
