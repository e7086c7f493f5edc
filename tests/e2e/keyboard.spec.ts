import type { Page } from '@playwright/test'
import { expect, FILMED, test } from './support/fixtures.ts'
import { VOTE_LANGUAGES } from './support/looks.ts'
import type { Voter } from './support/voter.ts'

/** Name of the control that has the focus, as a screen reader would say it. */
function focusedName(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { activeElement } = document
    return activeElement?.getAttribute('aria-label') ?? activeElement?.textContent?.trim() ?? ''
  })
}

/** Walks with arrow down until the control named `name` has the focus. Nothing but the keypad is used. */
async function walksTo(page: Page, name: string | RegExp): Promise<void> {
  const isThere = (focused: string): boolean =>
    typeof name === 'string' ? focused === name : name.test(focused)
  for (let step = 0; step < 40; step += 1) {
    if (isThere(await focusedName(page))) return
    await page.keyboard.press('ArrowDown')
    expect(await page.evaluate(() => document.activeElement !== document.body)).toBe(true)
  }
  throw new Error(`arrow down never reached ${name}`)
}

async function pressesByKey(page: Page, name: string | RegExp): Promise<void> {
  await walksTo(page, name)
  await page.keyboard.press('Enter')
}

/** The focused control stands inside the window and has a visible ring of at least 3 px. */
async function expectVisibleFocus(page: Page): Promise<void> {
  const focus = await page.evaluate(() => {
    const element = document.activeElement
    if (element === null) return null
    const { top, bottom } = element.getBoundingClientRect()
    const { outlineStyle, outlineWidth } = getComputedStyle(element)
    return {
      isInside: top >= 0 && bottom <= innerHeight,
      outlineStyle,
      width: Number.parseFloat(outlineWidth),
    }
  })
  expect(focus).toMatchObject({ isInside: true, outlineStyle: 'solid' })
  expect(focus?.width).toBeGreaterThanOrEqual(3)
}

async function expectFocusedTitle(voter: Voter, title: string): Promise<void> {
  await voter.sees(title)
  await expect.poll(() => focusedName(voter.page)).toBe(title)
}

for (const language of VOTE_LANGUAGES) {
  test(`the whole vote is possible with arrow keys and Enter alone (${language})`, { tag: FILMED }, async ({
    voter,
    kiosk,
    page,
  }) => {
    test.slow()
    await expect(page.getByRole('button', { name: voter.t.attract.start })).toBeVisible()
    if (language === 'en') {
      await pressesByKey(page, voter.t.switchLanguage.spoken)
      voter.language = 'en'
    }
    const { t, names } = voter
    const [first = '', second = '', third = ''] = voter.questions
    await pressesByKey(page, t.attract.start)
    await expectFocusedTitle(voter, t.mode.title)
    await pressesByKey(page, new RegExp(`^${t.mode.normal.name}`))
    await expectFocusedTitle(voter, t.slip.title)
    await voter.scans(kiosk.nextSlip())
    await expectFocusedTitle(voter, t.number.title)
    await pressesByKey(page, t.number.same)

    await expectFocusedTitle(voter, first)
    await pressesByKey(page, names.first)
    await expectVisibleFocus(page)
    await expect(voter.option(names.first)).toHaveAttribute('aria-checked', 'true')
    await page.keyboard.press('ArrowRight')
    await expectFocusedTitle(voter, second)
    await pressesByKey(page, new RegExp(`^${names.library}`))
    await page.keyboard.press('ArrowLeft')
    await expectFocusedTitle(voter, first)
    await page.keyboard.press('ArrowRight')
    await expectFocusedTitle(voter, second)
    await page.keyboard.press('ArrowRight')
    await expectFocusedTitle(voter, third)
    await pressesByKey(page, new RegExp(`^${names.yes}`))
    await pressesByKey(page, t.contest.toReview)

    await expectFocusedTitle(voter, t.review.title)
    await page.keyboard.press('ArrowRight')
    await expectFocusedTitle(voter, t.tracker.title)
    await pressesByKey(page, new RegExp(`^${t.tracker.cast}`))
    await expectFocusedTitle(voter, t.confirm.title)
    await pressesByKey(page, t.confirm.yes)
    await expectFocusedTitle(voter, t.stored.title)
    await pressesByKey(page, t.stored.next)
    await expectFocusedTitle(voter, t.receipt.title)
    await pressesByKey(page, t.receipt.finish)
    await expectFocusedTitle(voter, t.done.title)
    expect(kiosk.sealed.map(({ kind }) => kind)).toEqual(['ballot'])
  })
}

test('every control of a screen is reached, shows its ring, and the walk comes round', async ({
  voter,
  kiosk,
  page,
}) => {
  await voter.beginsWith(kiosk.nextSlip())
  await voter.sees('내년에 먼저 하면 좋을 사업을 골라 주세요')
  const count = await page.locator('button').count()
  const seen = new Set<string>()
  for (let step = 0; step < count; step += 1) {
    await page.keyboard.press('ArrowDown')
    await expectVisibleFocus(page)
    seen.add(await focusedName(page))
  }
  expect(seen.size).toBe(count)
})

test('a dialog keeps the walk inside and gives the focus back', async ({ voter, kiosk, page }) => {
  const { t } = voter
  await voter.beginsWith(kiosk.nextSlip())
  await pressesByKey(page, t.footer.leave)
  await expectFocusedTitle(voter, t.leave.title)
  for (let step = 0; step < 6; step += 1) {
    await page.keyboard.press('ArrowDown')
    expect([t.leave.stay, t.leave.go]).toContain(await focusedName(page))
  }
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect.poll(() => focusedName(page)).toBe(t.footer.leave)
})

test('a held Enter chooses once', async ({ voter, kiosk, page }) => {
  await voter.beginsWith(kiosk.nextSlip())
  await walksTo(page, /^경로당/)
  // Without an `up` in between, each further `down` is a repeat.
  for (let repeat = 0; repeat < 5; repeat += 1) await page.keyboard.down('Enter')
  await page.keyboard.up('Enter')
  await expect(voter.option(/경로당/)).toHaveAttribute('aria-checked', 'true')
  await expect(page.getByRole('status')).toHaveText('3개까지 고르기 · 2개 남음')
})
