import type { Page } from 'playwright'

/**
 * Installs `window.tap` in the page: presses a control and resolves with the milliseconds until its answer is painted.
 * An answer is a new title, or the mark on the pressed card. Measured in the page, so the driver's own time is not in it.
 */
export async function installTap(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const titleOf = (): string => document.querySelector('h1')?.textContent ?? ''
    const painted = (): Promise<number> =>
      new Promise((resolve) => {
        requestAnimationFrame(() => {
          const { port1, port2 } = new MessageChannel()
          port1.onmessage = () => resolve(performance.now())
          port2.postMessage(null)
        })
      })
    const tap = async (selector: string): Promise<number> => {
      const control = document.querySelector<HTMLElement>(selector)
      if (control === null) throw new Error(`no ${selector} on "${titleOf()}"`)
      const before = titleOf()
      const isAnswered = (): boolean =>
        control.isConnected && control.hasAttribute('aria-checked')
          ? control.getAttribute('aria-checked') === 'true'
          : titleOf() !== before
      const started = performance.now()
      await new Promise<void>((resolve) => {
        const observer = new MutationObserver(() => {
          if (!isAnswered()) return
          observer.disconnect()
          resolve()
        })
        observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true })
        control.click()
      })
      return (await painted()) - started
    }
    Object.assign(window, { tap })
  })
}

/**
 * One voter over all three contests, from the first screen until the page has loaded anew for the next one.
 * @returns milliseconds of each press, from the click to the frame with its answer; the press that casts is not among them
 */
export async function voteOnce(page: Page, slip: string): Promise<number[]> {
  const taps: number[] = []
  const tap = async (selector: string): Promise<number> => {
    await page.locator(selector).first().waitFor()
    return page.evaluate((one) => (window as unknown as Tapping).tap(one), selector)
  }
  const press = async (selector: string): Promise<void> => void taps.push(await tap(selector))
  await press(NEXT)
  await press('.way')
  await page.keyboard.type(slip)
  await page.keyboard.press('Enter')
  await page.locator('.slip-number').waitFor()
  await press(NEXT)
  for (let contest = 0; contest < 3; contest += 1) {
    await press('[data-option="1"]')
    await press(NEXT)
  }
  await press(NEXT)
  await press('.way')
  await tap(NEXT)
  await press(NEXT)
  await press(NEXT)
  const reloaded = page.waitForEvent('load')
  await page.locator(NEXT).click()
  await reloaded
  return taps
}

const NEXT = '[data-key="next"]'

interface Tapping {
  tap(selector: string): Promise<number>
}
