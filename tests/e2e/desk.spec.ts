import { expect, test } from './support/fixtures.ts'

test.describe('at a desk, on a screen nobody has provisioned', () => {
  test.use({ setUp: { pxPerMm: null }, viewport: { width: 1440, height: 900 } })

  test('the whole page stands in the window, and a pasted slip is a scanned slip', async ({
    voter,
    kiosk,
    page,
  }) => {
    await expect(voter.button(voter.t.attract.start)).toBeInViewport({ ratio: 1 })
    const root = await page.locator('#root').boundingBox()
    expect(root?.height).toBeLessThanOrEqual(900)
    expect(root?.width).toBeLessThan(600)

    await voter.starts()
    await page.evaluate((text) => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text/plain', `${text}\n`)
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }))
    }, kiosk.nextSlip())
    await voter.sees(voter.t.number.title)
    await voter.presses(voter.t.number.same)
    await voter.answersEverything()
    await voter.presses(voter.t.review.next)
    await voter.casts()
    expect(kiosk.sealed).toHaveLength(1)
  })
})
