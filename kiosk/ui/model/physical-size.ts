/** The screen the page was drawn for: 21.5 inches upright. */
const DRAWN_FOR_MM = { width: 268, height: 476 } as const
/** Screens narrower than this hold some 14 syllables a line and get less air. */
const NARROW_MM = 220

export interface PhysicalSize {
  readonly pxPerMm: number
  /** `preview`: nobody has provisioned this screen, so the page shows itself as a whole, whatever the window. */
  readonly fit: 'provisioned' | 'preview'
  readonly room: 'narrow' | 'wide'
}

/** How large a millimetre is on this screen, in CSS pixels, and how much room that leaves. */
export function physicalSize(
  provisioned: number | undefined,
  window: { readonly width: number; readonly height: number },
): PhysicalSize {
  if (provisioned === undefined) {
    const { width, height } = DRAWN_FOR_MM
    return { pxPerMm: Math.min(window.width / width, window.height / height), fit: 'preview', room: 'wide' }
  }
  const room = window.width / provisioned < NARROW_MM ? 'narrow' : 'wide'
  return { pxPerMm: provisioned, fit: 'provisioned', room }
}
