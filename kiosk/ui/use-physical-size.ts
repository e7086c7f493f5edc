import { useLayoutEffect } from 'react'
import type { KioskView } from '../src/contract/views.ts'
import { physicalSize } from './model/physical-size.ts'

/** Hands the size of a millimetre and the room on the screen to the style sheets. */
export function usePhysicalSize(view: KioskView | null): void {
  const provisioned = view?.kiosk.pxPerMm
  const isKnown = view !== null
  useLayoutEffect(() => {
    if (!isKnown) return
    const root = document.documentElement
    const apply = (): void => {
      const { pxPerMm, fit, room } = physicalSize(provisioned, { width: innerWidth, height: innerHeight })
      root.style.setProperty('--mm', `${pxPerMm}px`)
      root.dataset.fit = fit
      root.dataset.room = room
    }
    apply()
    window.addEventListener('resize', apply)
    return () => window.removeEventListener('resize', apply)
  }, [provisioned, isKnown])
}
