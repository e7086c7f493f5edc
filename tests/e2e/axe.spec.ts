import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { GALLERY, openState } from './support/gallery.ts'
import { expect, test } from './support/gallery-test.ts'
import { SCREENS } from './support/kiosk.ts'

/** Checks that axe cannot decide, each with the reason why it is fine here. Anything else incomplete is a failure. */
const UNDECIDED: Readonly<Record<string, string>> = {}

const TAGS = ['wcag2a', 'wcag2aa', 'wcag2aaa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** Every language on every screen size, each once; `npm run test:full` crosses them all. */
const LOOKS = [
  ['ko', '21.5 inch'],
  ['en', '15.6 inch'],
  ...(process.env.HANPYO_FULL === '1'
    ? ([
        ['ko', '15.6 inch'],
        ['en', '21.5 inch'],
      ] as const)
    : []),
] as const

/** Rules broken or left undecided on the page as it stands. Legacy mode: no frames here, so no second page is needed. */
async function findings(page: Page): Promise<string[]> {
  const { violations, incomplete } = await new AxeBuilder({ page }).withTags(TAGS).setLegacyMode().analyze()
  const undecided = incomplete.filter(({ id }) => UNDECIDED[id] === undefined)
  return [
    ...violations.map(({ id, nodes }) => `${id} ${nodes.map((node) => node.html).join(' ')}`),
    ...undecided.map(({ id, nodes }) => `undecided ${id} ${nodes.map((node) => node.html).join(' ')}`),
  ]
}

for (const [language, size] of LOOKS) {
  test(`axe finds nothing on any screen (${language}, ${size})`, async ({ page, gallery }) => {
    test.slow()
    const found: string[] = []
    for (const state of GALLERY) {
      await openState(page, gallery, state, { language, pxPerMm: SCREENS[size] })
      found.push(...(await findings(page)).map((one) => `${state.name}: ${one}`))
    }
    expect(found).toEqual([])
  })
}

test('axe finds nothing on the staff page, before and after "close"', async ({ page, gallery }) => {
  const attract = GALLERY.find(({ name }) => name === 'attract')
  if (attract === undefined) throw new Error('no such state')
  void gallery.show(attract.view)
  await page.goto(`${gallery.url}/#staff`)
  await page.getByText('보내기').waitFor()
  const found = await findings(page)
  await page.getByRole('button', { name: '투표 마치기' }).tap()
  await page.getByRole('alert').waitFor()
  expect([...found, ...(await findings(page))]).toEqual([])
})
