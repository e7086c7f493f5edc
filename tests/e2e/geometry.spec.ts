import { LANGUAGES, PLAIN, SCREENS } from '../../kiosk/gallery/look.ts'
import { STATES } from '../../kiosk/gallery/states.ts'
import { REQUIREMENTS } from '../../kiosk/ui/accessibility/requirements.ts'
import { inventory } from '../../kiosk/ui/speech/inventory.ts'
import { spell } from '../../kiosk/ui/speech/spelling.ts'
import { clipsFor } from '../../kiosk/ui/speech/text.ts'
import { expect, test } from './support/gallery-test.ts'
import { gapBetween, type Measured, measure } from './support/geometry.ts'
import { ALL_LOOKS, GEOMETRY_LOOKS, isFull } from './support/looks.ts'

const TARGET_MM = REQUIREMENTS.target.ours
const CHOICE_HEIGHT_MM = REQUIREMENTS.choiceHeight.ours
const GAP_MM = REQUIREMENTS.gap.ours
const INK_MM = REQUIREMENTS.textInk.asked
/** Digits and capitals, the smallest glyphs that matter, show 0.70 of the font size. */
const INK_RATIO = 0.7
/** Rounding of layout, in millimetres. */
const SLACK_MM = 0.15

function problems(measured: Measured, pxPerMm: number, isLow: boolean): string[] {
  const { targets, cut, smallestText, isScrollableSideways, hasFocus } = measured
  const mm = (px: number): number => px / pxPerMm + SLACK_MM
  const found: string[] = []
  for (const { name, isChoice, width, height } of targets) {
    const size = `${(width / pxPerMm).toFixed(1)} × ${(height / pxPerMm).toFixed(1)} mm`
    const least = isChoice ? CHOICE_HEIGHT_MM : TARGET_MM
    if (mm(width) < TARGET_MM || mm(height) < least) found.push(`"${name}" is ${size}`)
  }
  targets.forEach((one, at) => {
    for (const other of targets.slice(at + 1)) {
      const gap = gapBetween(one, other)
      if (mm(gap) < GAP_MM)
        found.push(`"${one.name}" and "${other.name}" are ${(gap / pxPerMm).toFixed(1)} mm apart`)
    }
  })
  if ((smallestText.px / pxPerMm) * INK_RATIO < INK_MM - 0.01) found.push(`small text "${smallestText.text}"`)
  for (const name of cut) found.push(`cut off: "${name}"`)
  if (isScrollableSideways) found.push('the page scrolls sideways')
  if (!hasFocus) found.push('nothing on the screen has the focus')
  const lowest = REQUIREMENTS.reachTop.ours + SLACK_MM
  if (isLow && targets.some(({ top }) => (measured.windowHeight - top) / pxPerMm > lowest))
    found.push('something stands above the low part of the screen')
  return found
}

for (const language of LANGUAGES) {
  test(`targets, gaps, text, edges and focus keep their numbers in every look (${language})`, async ({
    stage,
  }) => {
    test.setTimeout(isFull ? 1_200_000 : 120_000)
    const found = new Set<string>()
    for (const look of (isFull ? ALL_LOOKS : GEOMETRY_LOOKS).filter((one) => one.language === language)) {
      for (const { name } of STATES) {
        await stage.show(name, look)
        const measured = await measure(stage.page)
        expect(measured.targets.length, name).toBeGreaterThan(0)
        for (const one of problems(measured, look.pxPerMm, look.reach === 'low'))
          found.add(`${name} (${look.name}): ${one}`)
      }
    }
    expect([...found]).toEqual([])
  })
}

test('text twice as large is twice as large, and so is what is pressed', async ({ stage }) => {
  const sizes: number[] = []
  for (const size of ['normal', 'largest'] as const) {
    await stage.show('contest-choose-one', { ...PLAIN, size, pxPerMm: SCREENS['43 inch'] })
    const option = stage.page.locator('[data-option="1"] .choice-title')
    sizes.push(await option.evaluate((element) => Number.parseFloat(getComputedStyle(element).fontSize)))
  }
  expect((sizes[1] as number) / (sizes[0] as number)).toBeGreaterThanOrEqual(1.7)
})

test('everything on every screen can be spoken, in both languages', async ({ stage }) => {
  const content = STATES.map(({ view }) => view)
  const known = { ko: inventory('ko', content), en: inventory('en', content) }
  const missing = new Set<string>()
  for (const { name } of STATES) {
    for (const language of LANGUAGES) {
      await stage.show(name, { ...PLAIN, language })
      for (const part of await stage.page.evaluate(() => window.stage.spoken())) {
        // A person's own words have no clips: where no voice can say them, they are spelled.
        const names = part.isFree === true ? spell(part.text, part.language) : [part.text]
        for (const text of names) {
          const found = clipsFor(text, part.language, (phrase) => known[part.language].has(phrase))
          if (!found.ok) missing.add(`${name} (${part.language}): "${found.missing}" of "${text}"`)
        }
      }
    }
  }
  expect([...missing]).toEqual([])
})

test('what does not fit is reached by buttons, without any gesture', async ({ stage }) => {
  const { page } = stage
  await stage.show('contest-approve', { ...PLAIN, pxPerMm: SCREENS['15.6 inch'] })
  const blank = page.getByRole('checkbox', { name: '고르지 않고 넘어가기' })
  await expect(blank).not.toBeInViewport()
  const more = page.getByRole('button', { name: '더 보기' })
  await expect(async () => {
    await more.tap()
    await expect(blank).toBeInViewport({ ratio: 1, timeout: 500 })
  }).toPass()
  await expect(more).toHaveAttribute('aria-disabled', 'true')
  await expect(page.getByRole('status')).toBeInViewport()
})
