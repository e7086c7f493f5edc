import { TEST_CARD, TEST_PIN } from '@hanpyo/kiosk/testing/test-kiosk.ts'
import type { Page } from '@playwright/test'
import { ko } from '../../kiosk/ui/i18n/ko.ts'
import { staffEn } from '../../kiosk/ui/i18n/staff-en.ts'
import { staffKo } from '../../kiosk/ui/i18n/staff-ko.ts'
import { expect, test } from './support/fixtures.ts'

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).tap()
const title = (page: Page) => page.getByRole('heading', { level: 1 })

/** From any screen of the voter to the PIN pad, and through it. */
async function unlock(page: Page, pin: string): Promise<void> {
  await press(page, ko.footer.help)
  await press(page, ko.help.staffScreen)
  for (const digit of pin) await press(page, ko.pin.digit(digit))
  await press(page, ko.pin.open)
}

async function otherTask(page: Page, name: string): Promise<void> {
  await press(page, '다른 일')
  await press(page, name)
}

test.describe('a day at the kiosk itself', () => {
  test.use({ setUp: { isOpen: false } })

  test('staff open, pause, go on and close with the PIN, and the two signed codes are there at the end', async ({
    page,
    voter,
    kiosk,
  }) => {
    await unlock(page, TEST_PIN)
    await expect(title(page)).toHaveText('아직 투표를 시작하지 않았어요')
    const nothing = { cast: 0, challenged: 0, assisted: 0, waiting: 0, proposed: 0, supported: 0 }
    const { opening } = staffKo
    await expect(page.getByText(opening.empty(opening.counts(nothing)))).toBeVisible()
    await press(page, '투표 시작하기')
    await expect(title(page)).toHaveText('투표하는 중이에요')
    await press(page, '잠그기')
    await voter.prepares(kiosk.nextSlip())
    await voter.casts()
    await voter.presses(voter.t.stored.next)
    await voter.presses(voter.t.receipt.finish)
    await voter.presses(voter.t.done.finish)

    await unlock(page, TEST_PIN)
    await otherTask(page, '잠시 멈추기')
    await expect(title(page)).toHaveText('잠시 멈췄어요')
    await press(page, '잠그기')
    await expect(page.getByText(ko.attract.paused.what)).toBeVisible()
    await unlock(page, TEST_PIN)
    await press(page, '다시 시작하기')
    await expect(title(page)).toHaveText('투표하는 중이에요')
    await otherTask(page, '투표 마치기')
    await press(page, '네, 마칩니다')
    await expect(title(page)).toHaveText('투표를 마쳤어요')
    await expect(page.getByRole('img', { name: '마감 보고 큐아르 코드' })).toBeVisible()
    await expect(page.getByRole('img', { name: '최종 목록 큐아르 코드' })).toBeVisible()
    expect(kiosk.box.counts().cast).toBe(1)
  })
})

test('a staff card covers what the voter chose, also for a screen reader, and locking brings it back', async ({
  page,
  voter,
  kiosk,
}) => {
  await voter.beginsWith(kiosk.nextSlip())
  await voter.chooses(/경로당/)
  await voter.scans(TEST_CARD)
  await expect(title(page)).toHaveText('투표하는 중이에요')
  await expect(page.getByText(/경로당/)).toHaveCount(0)
  expect(await page.locator('body').ariaSnapshot()).not.toMatch(/경로당|사업을 골라/)
  await press(page, '잠그기')
  await expect(voter.option(/경로당/)).toHaveAttribute('aria-checked', 'true')
})

test('staff change the language of their own screen, and the voter’s stays as it was', async ({
  page,
  voter,
  kiosk,
}) => {
  await voter.beginsWith(kiosk.nextSlip())
  await voter.scans(TEST_CARD)
  await expect(title(page)).toHaveText(staffKo.polls.open)
  await press(page, staffKo.switchLanguage.spoken)
  await expect(title(page)).toHaveText(staffEn.polls.open)
  await press(page, staffEn.more)
  await press(page, staffEn.tasks.assisted)
  await expect(page.getByText(staffEn.health.helped)).toBeVisible()
  expect(await page.locator('main').innerText()).not.toMatch(/[가-힣]/)
  await press(page, staffEn.lock)
  await expect(page.locator('html')).toHaveAttribute('lang', 'ko')
  await expect(voter.button(voter.t.footer.next)).toBeVisible()
  expect(kiosk.box.counts().assisted).toBe(1)
})

test('after five wrong PINs the pad says how long to wait, and the voter can go on', async ({
  page,
  voter,
}) => {
  await press(page, ko.footer.help)
  await press(page, ko.help.staffScreen)
  for (let tries = 1; tries <= 5; tries++) {
    for (const digit of '000001') await press(page, ko.pin.digit(digit))
    await press(page, ko.pin.open)
    await expect(page.getByText(ko.pin.empty, { exact: true })).toBeVisible()
    if (tries < 5) await expect(page.getByText(ko.pin.wrong)).toBeVisible()
  }
  await expect(page.getByText(ko.pin.waiting(1).what)).toBeVisible()
  await press(page, ko.help.close)
  await voter.starts()
})

test('somebody practises a whole vote, and nothing of it is anywhere', async ({ page, voter, kiosk }) => {
  await press(page, ko.attract.practise)
  await expect(page.getByText(ko.practice.banner)).toBeVisible()
  await voter.chooses('비빔밥')
  await voter.presses(voter.t.footer.next)
  await voter.chooses('칼국수')
  await voter.presses(voter.t.footer.next)
  await voter.chooses('네')
  await voter.presses(voter.t.contest.toReview)
  await voter.presses(voter.t.review.next)
  await voter.sees(ko.practice.title)
  await voter.presses(ko.practice.finish)
  await expect(voter.button(ko.attract.start)).toBeVisible()
  expect(kiosk.sealed).toEqual([])
  expect(kiosk.box.counts()).toMatchObject({ cast: 0, challenged: 0 })
})
