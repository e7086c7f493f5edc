import { createContext, useContext } from 'react'
import type { BilingualText, Language } from '../../src/contract/views.ts'
import type { Catalog, Catalogs } from './catalog.ts'
import { en } from './en.ts'
import { ko } from './ko.ts'

export const CATALOGS: Catalogs = { ko, en }

export const LanguageContext = createContext<Language>('ko')

export interface TextInUse {
  readonly language: Language
  /** The screens' own sentences. */
  readonly t: Catalog
  /** A text of the election in the language in use. */
  readonly say: (text: BilingualText) => string
}

export function useText(): TextInUse {
  const language = useContext(LanguageContext)
  return { language, t: CATALOGS[language], say: (text) => text[language] }
}
