import { useLayoutEffect, useState } from 'react'
import type { KioskView } from '../src/contract/views.ts'
import { DEFAULT_DISPLAY, type Display, SCALE } from './model/display.ts'
import { physicalSize } from './model/physical-size.ts'

/**
 * Hands the size of a millimetre, the room on the screen and the voter's wishes to the style sheets. Answers whether
 * the screen is so tall that low mode makes sense.
 */
export function useDisplay(view: KioskView | null, display: Display = DEFAULT_DISPLAY): boolean {
  const provisioned = view?.kiosk.pxPerMm
  const isKnown = view !== null
  const { size, theme, reach, mode, isBlank } = display
  const [isTall, setTall] = useState(false)
  useLayoutEffect(() => {
    if (!isKnown) return
    const root = document.documentElement
    const apply = (): void => {
      const found = physicalSize(provisioned, { width: innerWidth, height: innerHeight }, SCALE[size])
      root.style.setProperty('--mm', `${found.pxPerMm}px`)
      root.dataset.fit = found.fit
      root.dataset.room = found.room
      root.dataset.reach = found.isTall ? reach : 'full'
      setTall(found.isTall)
    }
    apply()
    window.addEventListener('resize', apply)
    return () => window.removeEventListener('resize', apply)
  }, [provisioned, isKnown, size, reach])
  useLayoutEffect(() => {
    Object.assign(document.documentElement.dataset, { size, theme, mode, blank: String(isBlank) })
  }, [size, theme, mode, isBlank])
  return isTall
}
