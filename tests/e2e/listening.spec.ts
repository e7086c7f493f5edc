import { FIXTURE_CONTESTS } from '@hanpyo/kiosk/host/fixtures.ts'
import type { Page } from '@playwright/test'
import { CATALOGS } from '../../kiosk/ui/i18n/use-text.ts'
import { expect, FILMED, test } from './support/fixtures.ts'
import { VOTE_LANGUAGES } from './support/looks.ts'

/** Makes every clip end at once, and remembers what was asked to sound, and how loud and fast. */
async function listens(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const heard: { src: string; volume: number; rate: number; isHeard: boolean }[] = []
    Object.assign(window, { heard })
    let playing = new AbortController()
    HTMLMediaElement.prototype.play = function play(this: HTMLMediaElement) {
      const clip = { src: this.src, volume: this.volume, rate: this.playbackRate, isHeard: false }
      heard.push(clip)
      // One element plays all clips: what was cut off must not end the one that plays now.
      playing.abort()
      playing = new AbortController()
      const { signal } = playing
      return new Promise((resolve, reject) => {
        // The browser must know the sound: what it cannot decode would be silence in a voter's ear.
        this.addEventListener('error', () => reject(this.error), { signal })
        const onLoaded = (): void => {
          clip.isHeard = this.duration > 0.05
          resolve()
          this.dispatchEvent(new Event('ended'))
        }
        this.addEventListener('loadedmetadata', onLoaded, { signal, once: true })
      })
    }
  })
  await page.reload()
}

interface Heard {
  readonly isHeard: boolean
  readonly text: string
  readonly volume: number
  readonly rate: number
}

async function heard(page: Page): Promise<Heard[]> {
  return page.evaluate(async () => {
    const index = await (await fetch('/speech/index.json')).json()
    const texts = new Map<string, string>()
    for (const clips of Object.values<Record<string, string>>(index))
      for (const [text, file] of Object.entries(clips)) texts.set(file, text)
    const clips: { src: string; volume: number; rate: number; isHeard: boolean }[] = Reflect.get(
      window,
      'heard',
    )
    // A clip that was cut off before it was loaded was not heard, and is not missed.
    return clips.map(({ src, volume, rate, isHeard }) => ({
      text: texts.get(new URL(src).pathname) ?? '?',
      isHeard,
      volume,
      rate,
    }))
  })
}

/** The headphone jack of a keypad is a key (F15), which Playwright's keyboard does not have. */
function plugsIn(page: Page): Promise<boolean> {
  return page.evaluate(() =>
    document.body.dispatchEvent(
      new KeyboardEvent('keydown', { key: 'F15', bubbles: true, cancelable: true }),
    ),
  )
}

const texts = async (page: Page): Promise<string[]> =>
  (await heard(page)).filter(({ isHeard }) => isHeard).map(({ text }) => text)

/** Walks until the voice says `text`, by the keypad alone. */
async function walksUntil(page: Page, text: string): Promise<void> {
  for (let step = 0; step < 25; step += 1) {
    await page.keyboard.press('ArrowDown')
    const focused = await page.evaluate(() => document.activeElement?.textContent ?? '')
    if (focused.includes(text)) return
  }
  throw new Error(`the walk never reached ${text}`)
}

/** How the slip's number begins when it is spoken; the digits are clips of their own. */
const slipNumberIs = { ko: '투표 종이 번호', en: 'Slip number' } as const

for (const language of VOTE_LANGUAGES) {
  test(`a blind voter plugs in headphones, hears everything, hides the screen, and votes by keypad (${language})`, {
    tag: FILMED,
  }, async ({ voter, kiosk, page }) => {
    test.slow()
    await listens(page)
    if (language === 'en') await voter.switchesLanguage()
    const [first = '', second = '', third = ''] = voter.questions
    const choice = FIXTURE_CONTESTS[0]?.options[0]?.title[language] ?? ''
    await expect(voter.button(voter.t.attract.start)).toBeVisible()
    await page.waitForFunction(() => document.fonts.ready)
    // The page has its list of clips a moment after it is drawn.
    await expect(async () => {
      await plugsIn(page)
      await voter.title.filter({ hasText: voter.t.slip.title }).waitFor({ timeout: 500 })
    }).toPass()
    await expect.poll(() => texts(page)).toContain(voter.t.slip.title)
    await voter.scans(kiosk.nextSlip())
    await expect.poll(() => texts(page)).toContain(slipNumberIs[language])
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => texts(page)).toContain(first)

    await page.keyboard.press('End')
    const picture = await page.screenshot()
    const blank = await page.evaluate(
      () => getComputedStyle(document.querySelector('.page') as Element).opacity,
    )
    expect(blank).toBe('0')
    expect(picture.length, 'a picture of one colour is small').toBeLessThan(20_000)

    await walksUntil(page, choice)
    await expect.poll(() => texts(page)).toContain(choice)
    await page.keyboard.press('Enter')
    await expect.poll(async () => (await texts(page)).at(-1)).toBe(voter.t.contest.left(2))
    expect(await texts(page)).toContain(voter.t.speech.chosen)

    await page.keyboard.press('AudioVolumeUp')
    await page.keyboard.press('PageUp')
    await page.keyboard.press('Home')
    await expect.poll(async () => (await heard(page)).at(-1)).toMatchObject({ rate: 1.25 })
    for (const [at, question] of [second, third].entries()) {
      await page.keyboard.press('ArrowRight')
      await expect.poll(() => texts(page), `question ${at + 2}`).toContain(question)
    }
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => texts(page)).toContain(voter.t.review.title)
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => texts(page)).toContain(voter.t.tracker.title)
    await walksUntil(page, voter.t.tracker.castHow)
    await page.keyboard.press('Enter')
    await expect.poll(() => texts(page)).toContain(voter.t.confirm.title)
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => texts(page)).toContain(voter.t.stored.title)
    expect(kiosk.sealed.map(({ kind }) => kind)).toEqual(['ballot'])
    const said = await texts(page)
    expect(said).not.toContain('?')
    expect(said).not.toContain(voter.t.speech.missing)
  })
}

test('without headphones no option and no choice is spoken', async ({ voter, kiosk, page }) => {
  await listens(page)
  await voter.starts('audio')
  await page.getByRole('button', { name: new RegExp(`^${voter.t.headphones.without}`) }).tap()
  await voter.sees(voter.t.slip.title)
  await voter.scans(kiosk.nextSlip())
  await voter.presses(voter.t.number.same)
  await expect.poll(() => texts(page)).toContain('내년에 먼저 하면 좋을 사업을 골라 주세요')
  await voter.chooses(/경로당/)
  await walksUntil(page, '마을버스')
  await expect.poll(() => texts(page)).toContain(voter.t.speech.needsHeadphones)
  for (const text of await texts(page)) expect(text).not.toMatch(/경로당|마을버스|골랐어요/)
})

test('an English voter hears English, and the next voter finds silence', async ({ voter, kiosk, page }) => {
  await listens(page)
  await voter.switchesLanguage()
  await voter.starts('audio')
  await page.getByRole('button', { name: new RegExp(`^${CATALOGS.en.headphones.plugged}`) }).tap()
  await expect.poll(() => texts(page)).toContain(CATALOGS.en.slip.title)
  expect((await texts(page)).join(' ')).not.toMatch(/[가-힣]/)
  await voter.scans(kiosk.nextSlip())
  await voter.sees(voter.t.number.title)
  const reloaded = page.waitForEvent('load')
  await voter.presses(voter.t.footer.leave)
  await page.getByRole('dialog').getByRole('button', { name: voter.t.leave.go, exact: true }).tap()
  await reloaded
  voter.language = 'ko'
  await expect(voter.button(voter.t.attract.start)).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('data-mode', 'normal')
  expect(await texts(page)).toEqual([])
})
