import { expect, test } from './support/fixtures.ts'

/** KS X 9211 §8.2.2 asks for a warning of at least 20 s and a way to extend; ours is 60 s after 90 s. */
const PROMPT_AFTER_MS = 90_000
const ANSWER_WITHIN_MS = 60_000

test('after 90 s without a touch the kiosk asks, covers the choices, and goes on when told to', async ({
  voter,
  kiosk,
  page,
}) => {
  await voter.beginsWith(kiosk.nextSlip())
  await voter.chooses(/경로당/)
  // The press itself is a sign of life; the silence begins when it has arrived.
  await expect(voter.option(/경로당/)).toHaveAttribute('aria-checked', 'true')
  for (let round = 0; round < 3; round += 1) {
    await kiosk.clock.advance(PROMPT_AFTER_MS)
    await expect(page.getByRole('dialog')).toContainText(voter.t.idle.title)
    await expect(page.getByRole('timer')).toHaveText(/^(60|5\d)초 남음$/)
    await expect(voter.option(/경로당/)).toHaveCount(0)
    await voter.presses(voter.t.idle.stay)
    await expect(page.getByRole('dialog')).toHaveCount(0)
  }
  await expect(voter.option(/경로당/)).toHaveAttribute('aria-checked', 'true')
})

test('without an answer the session ends, nothing is stored, and the slip stays good', async ({
  voter,
  kiosk,
  page,
}) => {
  const slip = kiosk.nextSlip()
  await voter.beginsWith(slip)
  await voter.chooses(/경로당/)
  // The press itself is a sign of life; the silence begins when it has arrived.
  await expect(voter.option(/경로당/)).toHaveAttribute('aria-checked', 'true')
  await kiosk.clock.advance(PROMPT_AFTER_MS)
  await expect(page.getByRole('dialog')).toContainText(voter.t.idle.title)
  const reloaded = page.waitForEvent('load')
  await kiosk.clock.advance(ANSWER_WITHIN_MS)
  await reloaded
  await expect(voter.button(voter.t.attract.start)).toBeVisible()
  expect(kiosk.sealed).toEqual([])
  await voter.beginsWith(slip)
  await expect(voter.option(/경로당/)).toHaveAttribute('aria-checked', 'false')
})

test('"stop" at the question ends the session at once', async ({ voter, kiosk, page }) => {
  await voter.beginsWith(kiosk.nextSlip())
  await kiosk.clock.advance(PROMPT_AFTER_MS)
  await page.getByRole('dialog').getByRole('button', { name: voter.t.idle.go, exact: true }).tap()
  await expect(voter.button(voter.t.attract.start)).toBeVisible()
})

test('a touch anywhere counts as a sign of life', async ({ voter, kiosk, page }) => {
  await voter.beginsWith(kiosk.nextSlip())
  await kiosk.clock.advance(PROMPT_AFTER_MS - 1_000)
  const told = page.waitForResponse('**/rpc/session.touch')
  // The page tells at most every five seconds of real time; wait for the next sign it passes on.
  await expect(async () => {
    await page.touchscreen.tap(10, 900)
    await Promise.race([told, page.waitForTimeout(500).then(() => Promise.reject(new Error('not told yet')))])
  }).toPass({ timeout: 15_000 })
  await kiosk.clock.advance(PROMPT_AFTER_MS - 1_000)
  await expect(page.getByRole('dialog')).toHaveCount(0)
})

test('the good-bye turns into the first screen by itself', async ({ voter, kiosk }) => {
  await voter.prepares(kiosk.nextSlip())
  await voter.casts()
  await kiosk.clock.advance(PROMPT_AFTER_MS)
  await expect(voter.button(voter.t.attract.start)).toBeVisible()
})
