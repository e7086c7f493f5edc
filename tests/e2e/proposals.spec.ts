import type { Published } from '@hanpyo/kiosk/core/proposals/published.ts'
import { IDLE_TIMES } from '@hanpyo/kiosk/core/session/idle.ts'
import { createTestElection, TEST_PROPOSALS, type TestElection } from '@hanpyo/kiosk/testing/test-election.ts'
import { TEST_PIN } from '@hanpyo/kiosk/testing/test-kiosk.ts'
import type { Page } from '@playwright/test'
import { ko } from '../../kiosk/ui/i18n/ko.ts'
import { expect, test } from './support/fixtures.ts'
import type { Voter } from './support/voter.ts'

/** Signed once for all tests of a worker. */
function onlyOnce(make: () => TestElection): () => TestElection {
  let made: TestElection | undefined
  return () => {
    made ??= make()
    return made
  }
}
const MOST = 50
const election = onlyOnce(() =>
  createTestElection({ label: 'proposals', proposals: { ...TEST_PROPOSALS, maxCharacters: MOST } }),
)

const published = (at: number, text: string): Published => ({
  id: String(at).repeat(64),
  index: at,
  topic: 1,
  centre: 'yangjae-1',
  supports: 12,
  isHidden: false,
  moderation: null,
  text,
})
const NEIGHBOURS = '골목 끝 계단에 손잡이를 놓아 주세요'

test.use({ setUp: { election, published: [published(1, NEIGHBOURS)] } })

const { entry, write, readBack, consent, slip, stored, list, detail, support } = ko.proposals

/** From the first screen to the keys. */
async function begins(voter: Voter): Promise<void> {
  const { proposals } = voter.t
  await voter.presses(proposals.start)
  await voter.sees(proposals.entry.title)
  await voter.page.getByRole('button', { name: proposals.entry.write.name }).tap()
  await voter.sees(proposals.topic.title)
  await voter.page.getByRole('button', { name: /공원|Parks/ }).tap()
  await voter.sees(proposals.write.title)
}

const written = (page: Page) => page.getByRole('textbox')

async function types(voter: Voter, names: readonly string[]): Promise<void> {
  for (const name of names) await voter.presses(name)
}

/** 공원 값이: with a final that moves and one of two letters. */
const KEYS = [
  '기역',
  '오',
  '이응',
  '이응',
  '우',
  '어',
  '니은',
  '띄어쓰기',
  '기역',
  '아',
  '비읍',
  '시옷',
  '이응',
  '이',
]

test('somebody writes with the two-set keys, reads it again, agrees, holds out the slip, and nothing stays', async ({
  voter,
  page,
  kiosk,
}) => {
  await begins(voter)
  await types(voter, KEYS)
  await expect(written(page)).toHaveText('공원 값이')
  await voter.presses('지우기')
  await voter.presses('지우기')
  await expect(written(page)).toHaveText('공원 값')
  await voter.presses(ko.footer.next)
  await voter.sees(readBack.title)
  await expect(page.getByText('공원 값')).toBeVisible()
  await voter.presses(readBack.right)
  await voter.sees(consent.title)
  await voter.presses(consent.yes)
  await voter.sees(slip.propose)
  await voter.scans('HP1NONSENSE')
  await expect(page.getByText(slip.problems['slip-damaged'].what)).toBeVisible()
  await voter.scans(kiosk.nextSlip())
  await voter.sees(stored.proposed)
  expect(kiosk.sealed.map(({ kind }) => kind)).toEqual(['proposal'])
  // The page loads anew for the next person.
  const reloaded = page.waitForEvent('load')
  await voter.presses(stored.finish)
  await reloaded
  await expect(voter.button(ko.attract.start)).toBeVisible()
  expect(await page.content()).not.toContain('공원 값')
  expect(await page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0)
})

/** Walks with one arrow until the focused control is called `name`. */
async function walks(page: Page, arrow: string, name: string): Promise<void> {
  for (let step = 0; step < 60; step += 1) {
    const focused = await page.evaluate(
      () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
    )
    if (focused.includes(name)) return
    await page.keyboard.press(arrow)
  }
  throw new Error(`${arrow} never reached ${name}`)
}

test('the nine keys of a keypad are enough: arrows move over the keys as they lie, select types', async ({
  voter,
  page,
  kiosk,
}) => {
  const select = async (arrow: string, name: string): Promise<void> => {
    await walks(page, arrow, name)
    await page.keyboard.press('Enter')
  }
  await select('ArrowDown', ko.proposals.start)
  await voter.sees(entry.title)
  await select('ArrowDown', entry.write.name)
  await voter.sees(ko.proposals.topic.title)
  await select('ArrowDown', '공원')
  await voter.sees(write.title)
  await walks(page, 'ArrowDown', '비읍')
  await select('ArrowRight', '시옷')
  await page.keyboard.press('ArrowDown')
  await walks(page, 'ArrowRight', '오')
  await page.keyboard.press('Enter')
  await expect(written(page)).toHaveText('소')
  await walks(page, 'ArrowDown', '띄어쓰기')
  await page.keyboard.press('Enter')
  await select('ArrowDown', ko.footer.next)
  await voter.sees(readBack.title)
  await page.keyboard.press('ArrowRight')
  await voter.sees(consent.title)
  await page.keyboard.press('ArrowRight')
  await voter.sees(slip.propose)
  await voter.scans(kiosk.nextSlip())
  await voter.sees(stored.proposed)
})

test('one switch enters a row and then a key, and the walk begins at the first row again', async ({
  voter,
  page,
}) => {
  const press = (key: string) =>
    page.evaluate(
      (name) =>
        (document.activeElement ?? document.body).dispatchEvent(
          new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }),
        ),
      key,
    )
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
  await begins(voter)
  for (let step = 0; step < 12 && (await focused()) !== ko.typing.row(1); step += 1) {
    await press('F19')
    await page.waitForTimeout(160)
  }
  expect(await focused()).toBe(ko.typing.row(1))
  await press('F20')
  expect(await focused()).toBe('비읍')
  await page.waitForTimeout(160)
  await press('F20')
  await expect(written(page)).toHaveText('ㅂ')
  await expect.poll(focused).toBe(ko.typing.row(1))
})

test('a plugged-in keyboard writes too, and a slip that is scanned too early never gets into the text', async ({
  voter,
  page,
  kiosk,
}) => {
  await begins(voter)
  await page.keyboard.type('rkqtdl', { delay: 60 })
  await expect(written(page)).toHaveText('값이')
  const secret = kiosk.nextSlip()
  await voter.scans(secret)
  await expect(page.getByText(write.slip.what)).toBeVisible()
  await voter.presses(ko.help.close)
  await expect(written(page)).toHaveText('값이')
  expect(await page.content()).not.toContain(secret.slice(4, 12))
})

test('what is too long is explained, and nothing that was written is lost', async ({ voter, page }) => {
  await begins(voter)
  await page.keyboard.type('1'.repeat(MOST))
  await expect(page.getByText(write.count(MOST, MOST))).toBeVisible()
  await page.keyboard.press('2')
  await expect(page.getByText(write.full.what)).toBeVisible()
  await voter.presses(ko.help.close)
  await expect(written(page)).toHaveText('1'.repeat(MOST))
})

test('somebody supports a neighbour’s proposal, once', async ({ voter, page, kiosk }) => {
  const paper = kiosk.nextSlip()
  const supports = async (): Promise<void> => {
    await voter.presses(ko.proposals.start)
    await page.getByRole('button', { name: entry.read }).tap()
    await voter.sees(list.title)
    await page.getByRole('button', { name: NEIGHBOURS }).tap()
    await voter.presses(detail.support)
    await voter.sees(support.title)
    await voter.presses(support.yes)
    await voter.sees(slip.support)
    await voter.scans(paper)
  }
  await supports()
  await voter.sees(stored.supported)
  await voter.presses(stored.finish)
  await supports()
  await expect(page.getByText(slip.problems['already-supported'].what)).toBeVisible()
  expect(kiosk.sealed.map(({ kind }) => kind)).toEqual(['support'])
})

test('in English the letters are English, and the other keys are one press away', async ({
  voter,
  page,
  kiosk,
}) => {
  await voter.switchesLanguage()
  await begins(voter)
  await types(voter, ['Capital', 'Capital: T', 'R', 'E', 'E', 'Digits and signs', '2'])
  await expect(written(page)).toHaveText('Tree2')
  await voter.presses(voter.t.footer.next)
  await voter.presses(voter.t.proposals.readBack.right)
  await voter.presses(voter.t.proposals.consent.yes)
  await voter.scans(kiosk.nextSlip())
  await voter.sees(voter.t.proposals.stored.proposed)
})

test('whoever walks away leaves nothing: after the question the text is erased, and the page says so', async ({
  voter,
  page,
  kiosk,
}) => {
  await begins(voter)
  await types(voter, KEYS.slice(0, 3))
  await expect(written(page)).toHaveText('공')
  await kiosk.clock.advance(IDLE_TIMES.promptAfterMs)
  await expect(page.getByText(ko.proposals.idle)).toBeVisible()
  await kiosk.clock.advance(IDLE_TIMES.answerWithinMs)
  await voter.sees(ko.proposals.expired.title)
  expect(await page.content()).not.toContain('공</u>')
  await expect(written(page)).toHaveCount(0)
  await voter.presses(ko.proposals.expired.finish)
  await expect(voter.button(ko.attract.start)).toBeVisible()
  expect(kiosk.sealed).toEqual([])
})

test('staff hide a proposal of their centre with a reason, and neighbours no longer see it', async ({
  voter,
  page,
  kiosk,
}) => {
  await voter.presses(ko.footer.help)
  await voter.presses(ko.help.staffScreen)
  for (const digit of TEST_PIN) await voter.presses(ko.pin.digit(digit))
  await voter.presses(ko.pin.open)
  await voter.presses('제안 살펴보기')
  await expect(page.getByText(NEIGHBOURS)).toBeVisible()
  await voter.presses('이 제안 가리기')
  await voter.presses('개인 정보가 들어 있어요')
  await expect(page.getByText(/가려져 있어요/)).toBeVisible()
  expect(kiosk.sealed.map(({ kind }) => kind)).toEqual(['moderation'])
})
