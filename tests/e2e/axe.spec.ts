import { AxeBuilder } from '@axe-core/playwright'
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

for (const [language, size] of LOOKS) {
  test(`axe finds nothing on any screen (${language}, ${size})`, async ({ page, gallery }) => {
    test.slow()
    const findings: string[] = []
    for (const state of GALLERY) {
      await openState(page, gallery, state, { language, pxPerMm: SCREENS[size] })
      const { violations, incomplete } = await new AxeBuilder({ page }).withTags(TAGS).analyze()
      for (const { id, nodes } of violations) {
        findings.push(`${state.name}: ${id} ${nodes.map((node) => node.html).join(' ')}`)
      }
      for (const { id, nodes } of incomplete.filter((one) => UNDECIDED[one.id] === undefined)) {
        findings.push(`${state.name}: undecided ${id} ${nodes.map((node) => node.html).join(' ')}`)
      }
    }
    expect(findings).toEqual([])
  })
}
