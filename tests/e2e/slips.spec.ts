import { TEST_PIN } from '@hanpyo/kiosk/testing/test-kiosk.ts'
import type { Page } from '@playwright/test'
import { expect, test } from './support/fixtures.ts'

/** Enters the PIN on the pad, digit by digit. */
async function unlocks(staff: Page): Promise<void> {
  for (const digit of TEST_PIN) await staff.getByRole('button', { name: `숫자 ${digit}` }).tap()
  await staff.getByRole('button', { name: '열기' }).tap()
  await expect(staff.getByRole('button', { name: '잠그기', exact: true })).toBeVisible()
}

async function closes(staff: Page): Promise<void> {
  // A page behind another one is hardly ever painted, and a tap waits for two paintings.
  await staff.bringToFront()
  await staff.getByRole('button', { name: '다른 일' }).tap()
  await staff.getByRole('button', { name: '투표 마치기' }).tap()
  await staff.getByRole('button', { name: '네, 마칩니다' }).tap()
}

/** A slip text with its last check character changed. */
function damaged(slip: string): string {
  return slip.slice(0, -1) + (slip.endsWith('7') ? '8' : '7')
}

test('each slip that cannot vote gets its own sentence and next step', async ({ voter, kiosk, page }) => {
  const slip = kiosk.nextSlip()
  const cases = [
    ['slip-damaged', damaged(slip)],
    ['slip-not-ours', 'https://example.org/menu'],
    ['slip-foreign', kiosk.election.foreignSlip],
    ['slip-two-part', slip.replace('HP1', 'HP2')],
  ] as const
  await voter.starts()
  for (const [problem, text] of cases) {
    await voter.scans(text)
    const { what, next } = voter.t.slip.problems[problem]
    await expect(page.getByRole('alert')).toContainText(what)
    await expect(page.getByRole('alert')).toContainText(next)
  }
  await voter.scans(slip)
  await voter.sees(voter.t.number.title)
})

test.describe('a slip on the void list', () => {
  test.use({ setUp: { isVoid: () => true } })

  test('is refused with its own sentence, in both languages', async ({ voter, kiosk, page }) => {
    const slip = kiosk.nextSlip()
    await voter.starts()
    await voter.scans(slip)
    for (const _language of ['ko', 'en']) {
      const { what, next } = voter.t.slip.problems['slip-void']
      await expect(page.getByRole('alert')).toContainText(what)
      await expect(page.getByRole('alert')).toContainText(next)
      await voter.switchesLanguage()
    }
    await voter.sees(voter.t.slip.title)
    expect(kiosk.sealed).toEqual([])
  })
})

test.describe('a disk that is nearly full', () => {
  test.use({ setUp: { isDiskFull: () => true } })

  test('lets nobody begin, and says that the slip stays good', async ({ voter, kiosk, page }) => {
    const { what, next } = voter.t.attract.stops['disk-nearly-full']
    await expect(page.getByText(what)).toBeVisible()
    await expect(page.getByText(next)).toBeVisible()
    await expect(voter.button(voter.t.attract.start)).toHaveCount(0)
    await voter.scans(kiosk.nextSlip())
    await expect(page.getByText(what)).toBeVisible()
    expect(kiosk.sealed).toEqual([])
  })
})

test('a slip that has voted here is refused, in both languages', async ({ voter, kiosk, page }) => {
  const slip = kiosk.nextSlip()
  await voter.prepares(slip)
  await voter.casts()
  await voter.presses(voter.t.stored.next)
  await voter.presses(voter.t.receipt.finish)
  await voter.presses(voter.t.done.finish)
  await voter.starts()
  await voter.scans(slip)
  await expect(page.getByRole('alert')).toContainText(voter.t.slip.problems['slip-used'].what)
  await voter.switchesLanguage()
  await expect(page.getByRole('alert')).toContainText(voter.t.slip.problems['slip-used'].what)
  expect(kiosk.sealed).toHaveLength(1)
})

test('a slip may be scanned at the first screen as well', async ({ voter, kiosk, page }) => {
  await expect(voter.button(voter.t.attract.start)).toBeVisible()
  await voter.scans(kiosk.nextSlip())
  await voter.sees(voter.t.number.title)
  await expect(page.getByRole('alert')).toHaveCount(0)
})

test('a scan in the middle of choosing changes nothing', async ({ voter, kiosk }) => {
  await voter.beginsWith(kiosk.nextSlip())
  await voter.chooses(/경로당/)
  await voter.scans(kiosk.nextSlip())
  await expect(voter.option(/경로당/)).toHaveAttribute('aria-checked', 'true')
  await voter.presses(voter.t.footer.next)
  await voter.sees('새 도서관 이름을 골라 주세요')
})

test.describe('before the polls open', () => {
  test.use({ setUp: { isOpen: false } })

  test('the first screen says so and has no start button', async ({ voter, page }) => {
    await expect(page.getByText(voter.t.attract.closed.what)).toBeVisible()
    await expect(voter.button(voter.t.attract.start)).toHaveCount(0)
  })

  test('staff open and close the polls on their own page, which has no way to a ballot', async ({
    kiosk,
    page,
    voter,
  }) => {
    await expect(page.getByText(voter.t.attract.closed.what)).toBeVisible()
    const staff = await page.context().newPage()
    await staff.goto(`${kiosk.entryUrl}#staff`)
    await unlocks(staff)
    await staff.getByRole('button', { name: '투표 시작하기' }).tap()
    await expect(staff.getByRole('heading', { level: 1 })).toHaveText('투표하는 중이에요')
    await expect(staff.getByText('투표한 사람')).toBeVisible()
    await expect(staff.getByRole('button', { name: /투표하기|골라/ })).toHaveCount(0)
    await staff.getByRole('button', { name: '잠그기', exact: true }).tap()
    await page.bringToFront()
    await expect(voter.button(voter.t.attract.start)).toBeVisible()

    await voter.beginsWith(kiosk.nextSlip())
    await voter.chooses(/경로당/)
    await expect(voter.option(/경로당/)).toHaveAttribute('aria-checked', 'true')
    await kiosk.unlockStaff()
    // What the voter chose is not even sent while staff are at the machine.
    await expect(page.getByText(/경로당/)).toHaveCount(0)
    await closes(staff)
    await expect(staff.getByRole('alert').last()).toContainText('투표하는 사람이 있어요')
    await staff.getByRole('button', { name: '잠그기', exact: true }).tap()
    await page.bringToFront()
    await expect(voter.option(/경로당/)).toHaveAttribute('aria-checked', 'true')

    await voter.presses(voter.t.footer.leave)
    await page.getByRole('dialog').getByRole('button', { name: voter.t.leave.go, exact: true }).tap()
    await expect(voter.button(voter.t.attract.start)).toBeVisible()
    await kiosk.unlockStaff()
    await closes(staff)
    await expect(staff.getByRole('heading', { level: 1 })).toHaveText('투표를 마쳤어요')
    await expect(staff.getByRole('img', { name: '마감 보고 큐아르 코드' })).toBeVisible()
    await staff.getByRole('button', { name: '잠그기', exact: true }).tap()
    await expect(page.getByText(voter.t.attract.final.what)).toBeVisible()
    await staff.close()
  })
})

test.describe('when the ballot box fails', () => {
  test.use({
    setUp: {
      wrapBox: (box) =>
        new Proxy(box, {
          get: (target, name) => {
            if (name === 'insertBallot') return () => ({ ok: false, error: 'disk-full' })
            const value = Reflect.get(target, name)
            return typeof value === 'function' ? value.bind(target) : value
          },
        }),
    },
  })

  test('the voter reads that nothing was stored and what to do', async ({ voter, kiosk, page }) => {
    await voter.prepares(kiosk.nextSlip())
    await page.getByRole('button', { name: voter.t.tracker.cast }).tap()
    await voter.presses(voter.t.confirm.yes)
    await expect(page.getByRole('alert')).toContainText(voter.t.problem.diskFull.next)
    await expect(page.getByText(voter.t.stored.title)).toHaveCount(0)
    expect(kiosk.sealed).toEqual([])
  })
})
