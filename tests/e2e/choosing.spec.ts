import { expect, test } from './support/fixtures.ts'

test('one choice too many is explained, changes nothing, and a choice can be taken back', async ({
  voter,
  kiosk,
  page,
}) => {
  await voter.beginsWith(kiosk.nextSlip())
  for (const name of [/양재천/, /경로당/, /학교 앞/]) await voter.chooses(name)
  await expect(page.getByRole('status')).toHaveText('3개까지 고르기 · 다 골랐어요')
  await voter.chooses(/마을버스/)
  await expect(page.getByRole('alert')).toContainText('이미 3개를 골랐어요')
  await expect(voter.option(/마을버스/)).toHaveAttribute('aria-checked', 'false')
  for (const name of [/양재천/, /경로당/, /학교 앞/]) {
    await expect(voter.option(name)).toHaveAttribute('aria-checked', 'true')
  }
  await voter.chooses(/경로당/)
  await expect(page.getByRole('alert')).toHaveCount(0)
  await expect(page.getByRole('status')).toHaveText('3개까지 고르기 · 1개 남음')
  await voter.chooses(/마을버스/)
  await expect(voter.option(/마을버스/)).toHaveAttribute('aria-checked', 'true')
})

test('two quick presses on two cards are two choices', async ({ voter, kiosk }) => {
  await voter.beginsWith(kiosk.nextSlip())
  await Promise.all([
    voter.option(/양재천/).dispatchEvent('click'),
    voter.option(/학교 앞/).dispatchEvent('click'),
  ])
  await expect(voter.option(/양재천/)).toHaveAttribute('aria-checked', 'true')
  await expect(voter.option(/학교 앞/)).toHaveAttribute('aria-checked', 'true')
})

test('a double press on "next" goes on by one screen only', async ({ voter, kiosk }) => {
  await voter.beginsWith(kiosk.nextSlip())
  await voter.chooses(/양재천/)
  await voter.button(voter.t.footer.next).dblclick()
  await voter.sees('새 도서관 이름을 골라 주세요')
  await expect(voter.title).toHaveText('새 도서관 이름을 골라 주세요')
})

test('a single choice moves to the card pressed last, and nothing goes on by itself', async ({
  voter,
  kiosk,
}) => {
  await voter.beginsWith(kiosk.nextSlip())
  await voter.presses(voter.t.footer.next)
  await voter.sees('새 도서관 이름을 골라 주세요')
  await voter.chooses('서리풀 도서관')
  await voter.chooses('온누리 도서관')
  await expect(voter.option('서리풀 도서관')).toHaveAttribute('aria-checked', 'false')
  await expect(voter.option('온누리 도서관')).toHaveAttribute('aria-checked', 'true')
  await voter.sees('새 도서관 이름을 골라 주세요')
})

test('"change" at the review goes to that question and straight back', async ({ voter, kiosk, page }) => {
  await voter.beginsWith(kiosk.nextSlip())
  await voter.answersEverything()
  await voter.presses(voter.t.review.changeWhat('새 도서관 이름을 골라 주세요'))
  await voter.sees('새 도서관 이름을 골라 주세요')
  await voter.chooses('반딧불 도서관')
  await voter.presses(voter.t.contest.toReview)
  await voter.sees(voter.t.review.title)
  await expect(page.getByRole('main')).toContainText('반딧불 도서관')
  await expect(page.getByRole('main')).not.toContainText('서리풀 도서관')
  await expect(page.getByRole('main')).toContainText('경로당에 문턱 없애기')
})

test('leaving a question open is allowed and marked at the review; blank can be chosen on purpose', async ({
  voter,
  kiosk,
  page,
}) => {
  await voter.beginsWith(kiosk.nextSlip())
  await voter.chooses(voter.t.contest.blank)
  await expect(page.getByRole('status')).toContainText(voter.t.contest.leftBlank)
  await voter.presses(voter.t.footer.next)
  await voter.presses(voter.t.footer.next)
  await voter.presses(voter.t.contest.toReview)
  await voter.sees(voter.t.review.title)
  await expect(page.getByText(voter.t.review.nothing)).toHaveCount(3)
  await voter.presses(voter.t.review.next)
  await voter.casts()
  expect(kiosk.sealed).toHaveLength(1)
})

test('changing the language in the middle keeps the choices', async ({ voter, kiosk, page }) => {
  await voter.beginsWith(kiosk.nextSlip())
  await voter.chooses(/경로당/)
  await voter.switchesLanguage()
  await voter.sees('Which projects should come first next year?')
  await expect(voter.option(/Step-free senior centres/)).toHaveAttribute('aria-checked', 'true')
  await expect(page.getByRole('status')).toHaveText('Choose up to 3 · 2 left')
})

test('the finger may slide off a card without choosing it', async ({ voter, kiosk, page }) => {
  await voter.beginsWith(kiosk.nextSlip())
  const card = await voter.option(/양재천/).boundingBox()
  if (card === null) throw new Error('the card is not on the screen')
  await page.mouse.move(card.x + 40, card.y + 40)
  await page.mouse.down()
  await page.mouse.move(card.x + 40, card.y + card.height + 500)
  await page.mouse.up()
  await expect(voter.option(/양재천/)).toHaveAttribute('aria-checked', 'false')
})

test('help covers the choices from eyes and screen readers, and leads back', async ({
  voter,
  kiosk,
  page,
}) => {
  await voter.beginsWith(kiosk.nextSlip())
  await voter.chooses(/경로당/)
  await voter.presses(voter.t.footer.help)
  await expect(page.getByRole('dialog')).toContainText(voter.t.help.covered)
  await expect(voter.option(/경로당/)).toHaveCount(0)
  const backdrop = await page
    .getByRole('dialog')
    .evaluate((dialog) => getComputedStyle(dialog, '::backdrop').backgroundColor)
  expect(backdrop).toMatch(/^rgb\(/)
  await voter.presses(voter.t.help.close)
  await expect(voter.option(/경로당/)).toHaveAttribute('aria-checked', 'true')
})

test('"start over" asks before it erases, and the slip stays good', async ({ voter, kiosk }) => {
  const slip = kiosk.nextSlip()
  await voter.beginsWith(slip)
  await voter.chooses(/경로당/)
  await voter.presses(voter.t.footer.leave)
  await voter.presses(voter.t.leave.stay)
  await expect(voter.option(/경로당/)).toHaveAttribute('aria-checked', 'true')
  await voter.presses(voter.t.footer.leave)
  await voter.page.getByRole('dialog').getByRole('button', { name: voter.t.leave.go, exact: true }).tap()
  await voter.beginsWith(slip)
  await expect(voter.option(/경로당/)).toHaveAttribute('aria-checked', 'false')
})
