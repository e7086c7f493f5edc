import { useEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import type { Language } from './i18n/use-text.ts'

export type TextSize = 'normal' | 'large' | 'largest'
export type Theme = 'auto' | 'light' | 'dark'

export interface Display {
  readonly language: Language
  readonly size: TextSize
  readonly theme: Theme
}

const KEY = 'hanpyo-board-display'

/** How the page looks; kept in this browser, where it keeps anything. */
export function useDisplay(
  linked: Language | undefined,
): readonly [Display, (change: Partial<Display>) => void] {
  const [display, setDisplay] = useState<Display>(() => ({
    language: 'ko',
    size: 'normal',
    theme: 'auto',
    ...read(),
    ...(linked === undefined ? {} : { language: linked }),
  }))
  useEffect(() => {
    const { documentElement } = document
    documentElement.lang = display.language
    documentElement.dataset.size = display.size
    documentElement.dataset.theme = display.theme
  }, [display])
  const change = (changes: Partial<Display>): void => {
    const next = { ...display, ...changes }
    setDisplay(next)
    write(next)
  }
  return [display, change]
}

function read(): Partial<Display> {
  try {
    const { language, size, theme } = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Display>
    return {
      ...(language === 'ko' || language === 'en' ? { language } : {}),
      ...(size === 'normal' || size === 'large' || size === 'largest' ? { size } : {}),
      ...(theme === 'auto' || theme === 'light' || theme === 'dark' ? { theme } : {}),
    }
  } catch {
    // A browser that keeps nothing, or somebody else's value: the standard look.
    return {}
  }
}

function write(display: Display): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(display))
  } catch {
    // The look lasts as long as the page.
  }
}

/** Calls `change` right before the page is printed, and has the page drawn anew by then. */
export function useBeforePrint(change: () => void): void {
  const latest = useRef(change)
  latest.current = change
  useEffect(() => {
    const prepare = (): void => flushSync(() => latest.current())
    addEventListener('beforeprint', prepare)
    return () => removeEventListener('beforeprint', prepare)
  }, [])
}
