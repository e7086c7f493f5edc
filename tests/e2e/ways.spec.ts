import { FIXTURE_RARE_CONTESTS } from '@hanpyo/kiosk/host/fixtures.ts'
import type { Page } from '@playwright/test'
import { SCREENS } from '../../kiosk/gallery/look.ts'
import { expect, FILMED, test } from './support/fixtures.ts'
import { VOTE_LANGUAGES } from './support/looks.ts'

/** The two keys of a switch interface. Playwright's keyboard does not have them. */
function switchPress(page: Page, key: 'F19' | 'F20'): Promise<boolean> {
  return page.evaluate((name) => {
    const event = new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true })
    // Two presses of a person are never in the same moment; a tremor's are (see input.test.ts).
    const state = window as unknown as { pressedAt?: number }
    state.pressedAt = (state.pressedAt ?? 0) + 1_000
    Object.defineProperty(event, 'timeStamp', { value: state.pressedAt })
    return document.body.dispatchEvent(event)
  }, key)
}

async function movesTo(page: Page, name: RegExp): Promise<void> {
  for (let step = 0; step < 40; step += 1) {
    await switchPress(page, 'F19')
    const focused = await page.evaluate(() => {
      const { activeElement } = document
      return activeElement?.getAttribute('aria-label') ?? activeElement?.textContent ?? ''
    })
    if (name.test(focused)) return
  }
  throw new Error(`the switch never reached ${name}`)
}

async function selects(page: Page, name: RegExp): Promise<void> {
  await movesTo(page, name)
  await switchPress(page, 'F20')
}

for (const language of VOTE_LANGUAGES) {
  test(`the whole vote is possible with two switches (${language})`, { tag: FILMED }, async ({
    voter,
    kiosk,
    page,
  }) => {
    if (language === 'en') {
      await selects(page, new RegExp(`^${voter.t.switchLanguage.label}`))
      voter.language = 'en'
      await expect(page.locator('html')).toHaveAttribute('lang', 'en')
    }
    const { t, names } = voter
    await selects(page, new RegExp(`^${t.attract.start}`))
    await voter.sees(t.mode.title)
    await selects(page, new RegExp(`^${t.mode.normal.name}`))
    await voter.sees(t.slip.title)
    await voter.scans(kiosk.nextSlip())
    await voter.sees(t.number.title)
    await selects(page, new RegExp(`^${t.number.same}`))
    await selects(page, names.first)
    await expect(voter.option(names.first)).toHaveAttribute('aria-checked', 'true')
    for (const title of voter.questions.slice(1)) {
      await selects(page, new RegExp(`^${t.footer.next}`))
      await voter.sees(title)
    }
    await selects(page, new RegExp(`^${t.contest.toReview}`))
    await voter.sees(t.review.title)
    await selects(page, new RegExp(`^${t.review.next}`))
    await voter.sees(t.tracker.title)
    await selects(page, new RegExp(`^${t.tracker.cast}`))
    await voter.sees(t.confirm.title)
    await selects(page, new RegExp(`^${t.confirm.yes}`))
    await voter.sees(t.stored.title)
    expect(kiosk.sealed.map(({ kind }) => kind)).toEqual(['ballot'])
  })
}

test('for one switch the focus walks by itself, round and round, until somebody presses', async ({
  voter,
  page,
}) => {
  await page.clock.install()
  await page.reload()
  await voter.starts()
  await voter.presses(voter.t.settings.spoken)
  await page.getByRole('radio', { name: voter.t.settings.scans.fast, exact: true }).tap()
  await voter.presses(voter.t.settings.close)
  const names = new Set<string>()
  const focused = (): Promise<string> =>
    page.evaluate(
      () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
    )
  const count = await page.locator('button').count()
  for (let step = 0; step < count * 2; step += 1) {
    await page.clock.runFor(2_000)
    names.add(await focused())
  }
  expect(names.size).toBe(count)
  for (let step = 0; (await focused()) !== voter.t.footer.help && step <= count; step += 1) {
    await page.clock.runFor(2_000)
  }
  await switchPress(page, 'F19')
  await expect(page.getByRole('dialog')).toContainText(voter.t.help.title)
})

test.describe('with a ranking and a budget', () => {
  test.use({ setUp: { contests: FIXTURE_RARE_CONTESTS } })

  test('places follow the presses, money runs down, and what is too dear is explained', async ({
    voter,
    kiosk,
    page,
  }) => {
    const { t } = voter
    await voter.beginsWith(kiosk.nextSlip())
    await voter.chooses(/이웃사촌/)
    await voter.chooses(/느티나무/)
    await voter.chooses(/한마음/)
    await expect(voter.option(/느티나무/)).toContainText(t.contest.inPlace(2))
    await voter.chooses(/이웃사촌/)
    await expect(voter.option(/느티나무/)).toContainText(t.contest.inPlace(1))
    await expect(voter.option(/한마음/)).toContainText(t.contest.inPlace(2))
    await voter.presses(t.footer.next)

    await voter.chooses(/놀이터/)
    await voter.chooses(/골목 꽃밭/)
    await expect(page.getByRole('status')).toHaveText(t.contest.spent(75_000_000, 100_000_000))
    await voter.chooses(/빗물받이/)
    await expect(page.getByRole('alert')).toContainText(t.contest.overBudget.what)
    await expect(voter.option(/빗물받이/)).toHaveAttribute('aria-checked', 'false')
    await voter.chooses(/공원/)
    await voter.presses(t.contest.toReview)
    await expect(page.getByRole('main')).toContainText(t.contest.spent(100_000_000, 100_000_000))
    await voter.presses(t.review.next)
    await voter.casts()
    expect(kiosk.sealed).toHaveLength(1)
  })
})

test('the simple mode is larger, keeps explanations apart, and leads back to the choices', async ({
  voter,
  kiosk,
  page,
}) => {
  await voter.starts('simple')
  await expect(page.locator('html')).toHaveAttribute('data-size', 'large')
  await voter.scans(kiosk.nextSlip())
  await voter.presses(voter.t.number.same)
  await expect(voter.option(/경로당/)).not.toContainText('스물세 곳')
  await voter.presses(voter.t.details.show)
  await expect(page.getByText('스물세 곳의 문턱을 없앱니다.')).toBeVisible()
  await expect(voter.option(/경로당/)).toHaveCount(0)
  await voter.presses(voter.t.details.close)
  await voter.chooses(/경로당/)
  await expect(voter.option(/경로당/)).toHaveAttribute('aria-checked', 'true')
})

test.describe('on a screen as tall as a person', () => {
  test.use({ setUp: { pxPerMm: SCREENS['43 inch'] } })

  test('size, colours and reach change at once, keep the choices, and end with the session', async ({
    voter,
    kiosk,
    page,
  }) => {
    const { settings } = voter.t
    await voter.beginsWith(kiosk.nextSlip())
    await voter.chooses(/경로당/)
    await voter.presses(settings.spoken)
    for (const name of [settings.sizes.largest, settings.themes.dark, settings.reaches.low]) {
      await page.getByRole('radio', { name, exact: true }).tap()
    }
    await voter.presses(settings.close)
    const html = page.locator('html')
    await expect(html).toHaveAttribute('data-reach', 'low')
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).not.toBe(
      'rgb(255, 255, 255)',
    )
    await expect(voter.option(/경로당/)).toHaveAttribute('aria-checked', 'true')
    const box = await page.locator('#root').boundingBox()
    expect(box?.y).toBeGreaterThan(800)
    const reloaded = page.waitForEvent('load')
    await voter.presses(voter.t.footer.leave)
    await page.getByRole('dialog').getByRole('button', { name: voter.t.leave.go, exact: true }).tap()
    await reloaded
    await expect(html).toHaveAttribute('data-theme', 'standard')
    await expect(html).toHaveAttribute('data-size', 'normal')
  })
})

test('whoever practises is told so on every screen, and leaves nothing behind', async ({
  voter,
  kiosk,
  page,
}) => {
  const { t } = voter
  await voter.presses(t.attract.practise)
  for (let screen = 0; screen < 6; screen += 1) {
    await expect(page.getByText(t.practice.banner)).toBeVisible()
    if ((await voter.title.textContent()) === t.review.title) break
    await page.locator('[data-option="1"]').tap()
    await page.locator('[data-key="next"]').tap()
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)))
  }
  await voter.presses(t.review.next)
  await voter.sees(t.practice.title)
  await voter.presses(t.practice.finish)
  await expect(voter.button(t.attract.start)).toBeVisible()
  expect(kiosk.sealed).toEqual([])
})
