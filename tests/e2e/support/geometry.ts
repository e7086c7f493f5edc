import type { Page } from '@playwright/test'

export interface Box {
  readonly name: string
  readonly isChoice: boolean
  readonly width: number
  /** Height with all that is scrolled away; the edges below are those of the visible part. */
  readonly height: number
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export interface Measured {
  /** Everything pressable that is on the screen now, in CSS pixels. */
  readonly targets: readonly Box[]
  /** Names of elements whose content is wider than their box, or that reach beyond the window's sides. */
  readonly cut: readonly string[]
  /** Smallest font size of any visible text, in CSS pixels, and the text. */
  readonly smallestText: { readonly px: number; readonly text: string }
  readonly isScrollableSideways: boolean
  /** Whether the title or a control has it, rather than nothing at all. */
  readonly hasFocus: boolean
  readonly windowHeight: number
}

/** Measures the page in the browser; everything that judges is in the spec. */
export function measure(page: Page): Promise<Measured> {
  return page.evaluate(() => {
    const root = document.querySelector('dialog[open]') ?? document
    const isVisible = (element: Element): boolean =>
      element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0
    const nameOf = (element: Element): string =>
      (element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 40)
    const scroller = root.querySelector('.scroll-area')?.getBoundingClientRect()
    const sticky = root.querySelector('.screen-above')?.getBoundingClientRect()
    /** The part of a card that neither the edge of its scroller nor the counter above it hides. */
    const visiblePart = (element: Element): { top: number; bottom: number } => {
      const { top, bottom } = element.getBoundingClientRect()
      if (element.closest('.scroll-area') === null || !scroller) return { top, bottom }
      const roof = sticky && !element.closest('.screen-above') ? sticky.bottom : scroller.top
      return { top: Math.max(top, roof), bottom: Math.min(bottom, scroller.bottom) }
    }

    const targets: Box[] = []
    for (const element of root.querySelectorAll('button, a, input, [role="button"]')) {
      if (!isVisible(element)) continue
      const { left, right, width, height } = element.getBoundingClientRect()
      const { top, bottom } = visiblePart(element)
      if (top >= bottom) continue
      const isChoice = element.matches('.choice, .way, .segment, .button.large')
      targets.push({ name: nameOf(element), isChoice, width, height, left, top, right, bottom })
    }

    const cut: string[] = []
    let smallestText = { px: Number.POSITIVE_INFINITY, text: '' }
    for (const element of root.querySelectorAll('*')) {
      if (!isVisible(element) || element.closest('.visually-hidden') !== null) continue
      const { left, right } = element.getBoundingClientRect()
      const isWiderThanItself = element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0
      const isBlock = getComputedStyle(element).display !== 'inline'
      if ((isBlock && isWiderThanItself) || left < -1 || right > innerWidth + 1) cut.push(nameOf(element))
      const text = [...element.childNodes].filter(
        (node) => node.nodeType === Node.TEXT_NODE && node.nodeValue?.trim(),
      )
      const px = Number.parseFloat(getComputedStyle(element).fontSize)
      if (text.length > 0 && px < smallestText.px) smallestText = { px, text: nameOf(element) }
    }
    const hasFocus = document.activeElement !== document.body && root.contains(document.activeElement)
    const { scrollWidth, clientWidth } = document.documentElement
    return {
      targets,
      cut,
      smallestText,
      isScrollableSideways: scrollWidth > clientWidth,
      hasFocus,
      windowHeight: innerHeight,
    }
  })
}

/** Distance between the edges of two boxes in CSS pixels; 0 when they touch or overlap. */
export function gapBetween(one: Box, other: Box): number {
  const dx = Math.max(0, Math.max(one.left, other.left) - Math.min(one.right, other.right))
  const dy = Math.max(0, Math.max(one.top, other.top) - Math.min(one.bottom, other.bottom))
  return Math.hypot(dx, dy)
}
