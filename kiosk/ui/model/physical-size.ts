import { REQUIREMENTS } from '../accessibility/requirements.ts'

/** The screen the page was drawn for: 21.5 inches upright. */
const DRAWN_FOR_MM = { width: 268, height: 476 } as const
/** In widths of the text as it is enlarged: below this a line holds some 14 syllables, and there is less air. */
const NARROW_MM = 220
/** Below this the footer stands in two rows. */
const TIGHT_MM = 150
/** A page this tall reaches no higher than the reach of a person in a wheelchair; only taller screens need low mode. */
const LOW_MM = REQUIREMENTS.reachTop.ours

export interface PhysicalSize {
  readonly pxPerMm: number
  /** `preview`: nobody has provisioned this screen, so the page shows itself as a whole, whatever the window. */
  readonly fit: 'provisioned' | 'preview'
  readonly room: 'tight' | 'narrow' | 'wide'
  /** Whether low mode would change anything. */
  readonly isTall: boolean
}

/** How large a millimetre is on this screen, in CSS pixels, and how much room text enlarged by `scale` has. */
export function physicalSize(
  provisioned: number | undefined,
  window: { readonly width: number; readonly height: number },
  scale = 1,
): PhysicalSize {
  if (provisioned === undefined) {
    const { width, height } = DRAWN_FOR_MM
    const pxPerMm = Math.min(window.width / width, window.height / height)
    return { pxPerMm, fit: 'preview', room: roomOf(width / scale), isTall: false }
  }
  const room = roomOf(window.width / provisioned / scale)
  return { pxPerMm: provisioned, fit: 'provisioned', room, isTall: window.height / provisioned > LOW_MM }
}

/** How wide the screen is in millimetres; of a screen nobody provisioned, how wide the page pretends to be. */
export function screenWidthMm(provisioned: number | undefined, windowWidth: number): number {
  return provisioned === undefined ? DRAWN_FOR_MM.width : windowWidth / provisioned
}

function roomOf(widthMm: number): PhysicalSize['room'] {
  if (widthMm < TIGHT_MM) return 'tight'
  return widthMm < NARROW_MM ? 'narrow' : 'wide'
}
