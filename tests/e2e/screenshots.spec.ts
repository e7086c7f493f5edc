import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { LANGUAGES, type Look, PLAIN, SCREENS } from '../../kiosk/gallery/look.ts'
import { STATES } from '../../kiosk/gallery/states.ts'
import { expect, test } from './support/gallery-test.ts'
import { isFull } from './support/looks.ts'
import { ROOT } from './support/paths.ts'

const FOLDER = join(ROOT, 'test-results', 'screens')
/** Pictures of the README and the guides; written only with HANPYO_SCREENSHOTS=1, so that a test run changes no file. */
const IN_DOCS: Readonly<Record<string, string>> = {
  attract: 'kiosk-attract.png',
  mode: 'kiosk-mode.png',
  'contest-approve': 'kiosk-contest.png',
  'contest-budget': 'kiosk-budget.png',
  'contest-rank': 'kiosk-rank.png',
  review: 'kiosk-review.png',
  settings: 'kiosk-settings.png',
  tracker: 'kiosk-tracker.png',
  stored: 'kiosk-stored.png',
  'proposal-write': 'kiosk-proposal-write.png',
  'proposal-list': 'kiosk-proposal-list.png',
}
/** The same screen for people who see it differently. */
const LOOKS_IN_DOCS: Readonly<Record<string, Partial<Look>>> = {
  'kiosk-contest-dark.png': { theme: 'dark' },
  'kiosk-contest-largest.png': { size: 'largest' },
}
const isForDocs = process.env.HANPYO_SCREENSHOTS === '1'

// Half the pixels of the 21.5-inch screen: the same layout in a quarter of the bytes.
const HALF = { width: 540, height: 960 }
const PX_PER_MM = SCREENS['21.5 inch'] / 2

test('every screen leaves a picture', async ({ stage }) => {
  const { page } = stage
  const before = page.viewportSize()
  await page.setViewportSize(HALF)
  mkdirSync(FOLDER, { recursive: true })
  const shoot = async (name: string, look: Partial<Look>, path: string): Promise<void> => {
    await stage.show(name, { ...PLAIN, pxPerMm: PX_PER_MM, ...look })
    const picture = await page.screenshot({ path })
    expect(picture.length, `${name} is painted`).toBeGreaterThan(4_000)
    expect(picture.length, `${name} fits a README`).toBeLessThan(200_000)
  }
  // `npm run test:full` takes both languages.
  for (const language of isFull ? LANGUAGES : (['ko'] as const)) {
    for (const { name } of STATES) {
      const path = join(FOLDER, `${name}.${language}.png`)
      await shoot(name, { language }, path)
      const inDocs = IN_DOCS[name]
      if (isForDocs && language === 'ko' && inDocs !== undefined)
        copyFileSync(path, join(ROOT, 'docs', 'images', inDocs))
    }
  }
  for (const [file, look] of Object.entries(LOOKS_IN_DOCS)) {
    await shoot('contest-approve', look, join(FOLDER, file))
    if (isForDocs) copyFileSync(join(FOLDER, file), join(ROOT, 'docs', 'images', file))
  }
  if (before !== null) await page.setViewportSize(before)
})
