import type { Language } from '../../src/contract/views.ts'
import { CATALOGS } from '../i18n/use-text.ts'
import { atomsOf, normalise } from './text.ts'

/** Clip text to what the engine is given, for one language. */
export type Inventory = ReadonlyMap<string, string>

/** Names of letters in Korean; English engines read a capital as its name. */
const KOREAN_LETTERS: Readonly<Record<string, string>> = {
  A: '에이',
  B: '비',
  C: '시',
  D: '디',
  E: '이',
  F: '에프',
  G: '지',
  H: '에이치',
  J: '제이',
  K: '케이',
  M: '엠',
  N: '엔',
  P: '피',
  Q: '큐',
  R: '아르',
  S: '에스',
  T: '티',
  V: '브이',
  W: '더블유',
  X: '엑스',
  Y: '와이',
  Z: '제트',
}

/** Sentences with small numbers have clips of their own; larger numbers are put together from pieces. */
const SMALL = [1, 2, 3, 4, 5]
/** Stands in for any number when a sentence is cut into pieces. */
const ANY = 7

/** What the catalogue names or speaks in the other language on purpose. */
const FOREIGN = ['switchLanguage', 'mode.other']

/**
 * Everything that may be spoken in a language: the screens' own sentences with their pieces, numbers, letters, and the
 * texts of elections (`{ ko, en }` pairs anywhere in `content`).
 */
export function inventory(language: Language, content: readonly unknown[]): Inventory {
  const found = new Map<string, string>()
  const add = (text: string, spoken = text): void => {
    const key = normalise(text)
    if (key !== '' && !found.has(key)) found.set(key, normalise(spoken))
  }
  const other = language === 'ko' ? 'en' : 'ko'
  const isForeign = ([path]: Sentence): boolean => FOREIGN.some((one) => path.startsWith(`.${one}.`))
  const own = sentences(CATALOGS[language]).filter((one) => !isForeign(one))
  const lent = sentences(CATALOGS[other]).filter(isForeign)
  for (const [, text] of [...own, ...lent]) addSentence(text, add)
  for (const text of texts(content, language)) add(text)
  addNumbers(language, add)
  return found
}

/** A sentence is spoken whole and in pieces, so that any number fits in. */
function addSentence(text: string, add: (text: string) => void): void {
  add(text)
  for (const atom of atomsOf(text)) if (atom.kind === 'phrase') add(atom.text)
}

type Sentence = readonly [path: string, text: string]

/** All sentences of a catalogue; those with numbers in them for every small number and one that stands for the rest. */
export function sentences(value: unknown, path = ''): Sentence[] {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value === 'function') return samples(value as Template).flatMap((one) => sentences(one, path))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => sentences(inner, `${path}.${key}`))
}

type Template = (...values: unknown[]) => unknown

function samples(template: Template): unknown[] {
  if (template.length !== 1) return [template(ANY, ANY), template(ANY, false)]
  return [...SMALL, ANY].map((value) => template(value))
}

/** Every text of a language in a content package or manifest, wherever it stands. */
export function texts(content: unknown, language: Language): string[] {
  if (typeof content !== 'object' || content === null) return []
  const { ko, en } = content as Partial<Record<Language, unknown>>
  if (typeof ko === 'string' && typeof en === 'string') return [language === 'ko' ? ko : en]
  return Object.values(content).flatMap((inner) => texts(inner, language))
}

function addNumbers(language: Language, add: (text: string, spoken?: string) => void): void {
  for (let value = 0; value < 100; value += 1) add(String(value))
  for (let hundreds = 100; hundreds < 1_000; hundreds += 100) add(String(hundreds))
  if (language === 'ko') {
    for (let thousands = 1_000; thousands < 10_000; thousands += 1_000) add(String(thousands))
    for (const unit of ['만', '억']) add(unit)
    for (const [letter, name] of Object.entries(KOREAN_LETTERS)) add(letter, name)
    add('%', '퍼센트')
  } else {
    for (const unit of ['thousand', 'million', 'billion']) add(unit)
    for (const letter of Object.keys(KOREAN_LETTERS)) add(letter)
    add('%', 'percent')
  }
}
