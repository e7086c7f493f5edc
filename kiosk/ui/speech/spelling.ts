import type { Language } from '../../src/contract/views.ts'
import { CATALOGS } from '../i18n/use-text.ts'
import { lettersOf, partsOf } from '../input/hangul/jamo.ts'

/** What a letter or sign is called; a digit is its own name, and what has no name says so. */
export function signName(character: string, language: Language): string {
  const { names, says } = CATALOGS[language].typing
  if (character === ' ') return says.blank
  if (/^\d$/.test(character)) return character
  const name = Object.hasOwn(names, character) ? names[character] : undefined
  if (name !== undefined) return name
  const small = character.toLowerCase()
  if (small !== character && Object.hasOwn(names, small)) return `${says.capital}: ${names[small]}`
  return says.unknown
}

/** A text letter by letter, for a kiosk without a voice of its own: syllables as their letters, compounds as two. */
export function spell(text: string, language: Language): string[] {
  return lettersOf(text)
    .flatMap((letter) => partsOf(letter) ?? [letter])
    .map((letter) => signName(letter, language))
}
