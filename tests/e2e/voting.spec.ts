import { tracker, trackerText } from '@hanpyo/protocol/ballot/identifiers.ts'
import { fromCompact } from '@hanpyo/protocol/ballot/layout.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, FILMED, test } from './support/fixtures.ts'
import type { Voter } from './support/voter.ts'

/** The tracker's five groups as they stand on the screen. */
async function shownTracker(voter: Voter): Promise<string> {
  const groups = await voter.page.locator('.tracker-groups').innerText()
  return groups.trim().split(/\s+/).join('-')
}

for (const language of ['ko', 'en'] as const) {
  test(`a resident votes from the slip to the good-bye (${language})`, { tag: FILMED }, async ({
    voter,
    kiosk,
    page,
  }) => {
    if (language === 'en') await voter.switchesLanguage()
    const { t } = voter
    await voter.prepares(kiosk.nextSlip())
    const beforeCasting = await shownTracker(voter)
    await voter.casts()
    await expect(page.getByText(t.stored.how)).toBeVisible()
    await voter.presses(t.stored.next)
    await voter.sees(t.receipt.title)
    expect(await shownTracker(voter)).toBe(beforeCasting)
    await voter.presses(t.receipt.finish)
    await voter.sees(t.done.title)
    await voter.presses(t.done.finish)
    await expect(voter.button('시작하기')).toBeVisible()

    // One ballot was stored, and it is the one whose tracker the voter saw before deciding.
    expect(kiosk.sealed.map(({ kind }) => kind)).toEqual(['ballot'])
    const { manifestHash, kioskId } = kiosk.election.election
    const canonical = expectOk(
      fromCompact(kiosk.sealed[0]?.datagram ?? new Uint8Array(), manifestHash, kioskId),
    )
    expect(trackerText(tracker(manifestHash, canonical.subarray(0, 11 + 64 * 3)))).toBe(beforeCasting)
  })
}

test('the screen shows the slip number to compare, and a different number stops the voter', async ({
  voter,
  kiosk,
  page,
}) => {
  await voter.starts()
  await voter.scans(kiosk.nextSlip())
  await voter.sees(voter.t.number.title)
  await expect(page.locator('.slip-number')).toContainText(/\d{3} \d{3}/)
  await voter.presses(voter.t.number.different)
  await expect(page.getByRole('dialog')).toContainText(voter.t.number.mismatch.next)
  await page.getByRole('dialog').getByRole('button', { name: voter.t.footer.leave }).tap()
  await expect(voter.button(voter.t.attract.start)).toBeVisible()
  expect(kiosk.sealed).toEqual([])
})

test('a check opens the ballot, counts nothing, and the same slip then votes', async ({
  voter,
  kiosk,
  page,
}) => {
  const slip = kiosk.nextSlip()
  await voter.prepares(slip)
  const checkedTracker = await shownTracker(voter)
  await voter.checks()
  await expect(page.getByRole('img', { name: voter.t.checked.qr })).toBeVisible()
  expect(await shownTracker(voter)).toBe(checkedTracker)
  expect(kiosk.sealed.map(({ kind }) => kind)).toEqual(['challenged'])

  await voter.presses(voter.t.checked.again)
  await voter.sees(voter.t.slip.title)
  await voter.scans(slip)
  await voter.presses(voter.t.number.same)
  await voter.answersEverything()
  await voter.presses(voter.t.review.next)
  await voter.sees(voter.t.tracker.title)
  expect(await shownTracker(voter)).not.toBe(checkedTracker)
  await voter.casts()
  expect(kiosk.sealed.map(({ kind }) => kind)).toEqual(['challenged', 'ballot'])
})

test('a voter may stop after a check, and the slip stays good', async ({ voter, kiosk }) => {
  const slip = kiosk.nextSlip()
  await voter.prepares(slip)
  await voter.checks()
  await voter.presses(voter.t.checked.stop)
  await voter.sees(voter.t.done.title)
  await voter.presses(voter.t.done.finish)
  await voter.beginsWith(slip)
  await voter.answersEverything()
})

test('"no, go back" before casting leads back to the choices, with nothing stored', async ({
  voter,
  kiosk,
  page,
}) => {
  await voter.prepares(kiosk.nextSlip())
  await page.getByRole('button', { name: voter.t.tracker.cast }).tap()
  await voter.sees(voter.t.confirm.title)
  await voter.presses(voter.t.confirm.no)
  await voter.sees(voter.t.tracker.title)
  await voter.presses(voter.t.footer.back)
  await voter.sees(voter.t.review.title)
  expect(kiosk.sealed).toEqual([])
})

test('the next voter finds no trace of the one before', async ({ voter, kiosk, page }) => {
  await voter.switchesLanguage()
  await voter.prepares(kiosk.nextSlip())
  await voter.casts()
  await voter.presses(voter.t.stored.next)
  await voter.presses(voter.t.receipt.finish)
  const reloaded = page.waitForEvent('load')
  await voter.presses(voter.t.done.finish)
  await reloaded
  voter.language = 'ko'
  await expect(voter.button(voter.t.attract.start)).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('lang', 'ko')
  const kept = await page.evaluate(async () => ({
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    databases: await indexedDB.databases(),
    local: localStorage.length,
    session: sessionStorage.length,
    readableCookie: document.cookie,
    text: document.body.innerText,
  }))
  expect(kept).toMatchObject({
    caches: [],
    workers: 0,
    databases: [],
    local: 0,
    session: 0,
    readableCookie: '',
  })
  expect(kept.text).not.toMatch(/경로당|Step-free/)
  expect(JSON.stringify(kiosk.session.stateForTests)).not.toMatch(/selections/)
})
