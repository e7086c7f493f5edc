import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { STAFF_STATES } from '../../kiosk/gallery/staff-states.ts'
import { STATES } from '../../kiosk/gallery/states.ts'
import { TECHNICIAN_STATES } from '../../kiosk/gallery/technician-states.ts'
import { expect, test } from './support/gallery-test.ts'
import { ALL_LOOKS, isFull, type NamedLook, PAIRWISE_LOOKS } from './support/looks.ts'

/** Checks that axe cannot decide, each with the reason why it is fine here. Anything else incomplete is a failure. */
const UNDECIDED: Readonly<Record<string, string>> = {
  'color-contrast elmPartiallyObscured': 'text under the edge of its scroller; the tokens decide its colours',
  'color-contrast-enhanced elmPartiallyObscured': 'the same',
  'color-contrast bgOverlap': 'text scrolled under a bar; nothing else may overlap (geometry.spec.ts)',
  'color-contrast-enhanced bgOverlap': 'the same',
  'color-contrast elmPartiallyObscuring': 'the bar over that text',
  'color-contrast-enhanced elmPartiallyObscuring': 'the same',
}

const TAGS = ['wcag2a', 'wcag2aa', 'wcag2aaa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** The soft theme stays below 7:1 on purpose; its own bounds are computed from the tokens (tokens.test.ts). */
const NOT_IN_SOFT = ['color-contrast-enhanced']

/** Rules broken or left undecided on the page as it stands. Legacy mode: no frames here, so no second page is needed. */
async function findings(page: Page, look: NamedLook): Promise<string[]> {
  const builder = new AxeBuilder({ page }).withTags(TAGS).setLegacyMode()
  if (look.theme === 'soft') builder.disableRules(NOT_IN_SOFT)
  const { violations, incomplete } = await builder.analyze()
  const undecided = incomplete.flatMap(({ id, nodes }) =>
    nodes.flatMap(({ any, html }) => {
      const reason = `${id} ${any[0]?.data?.messageKey ?? ''}`.trim()
      return UNDECIDED[reason] === undefined ? [`undecided ${reason} ${html}`] : []
    }),
  )
  return [
    ...violations.map(({ id, nodes }) => `${id} ${nodes.map((node) => node.html).join(' ')}`),
    ...undecided,
  ]
}

/** `npm run test:full` crosses every state with every look; here each state is seen in one, and each look on several. */
const looksOf = (at: number): readonly NamedLook[] =>
  isFull ? ALL_LOOKS : [PAIRWISE_LOOKS[(at * 5) % PAIRWISE_LOOKS.length] as NamedLook]

const EVERY_STATE = [...STATES, ...STAFF_STATES, ...TECHNICIAN_STATES].map(({ name }, at) => ({ name, at }))

/**
 * What one page shows. Two pages are the quickest, one for each worker; but a page keeps a little of every analysis, so
 * that the full product takes a new one for each state.
 */
const PAGES = isFull
  ? EVERY_STATE.map((state) => ({ title: state.name, states: [state] }))
  : [0, 1].map((half) => ({
      title: `any screen, in looks that take turns (${half + 1} of 2)`,
      states: EVERY_STATE.filter(({ at }) => at % 2 === half),
    }))

for (const { title, states } of PAGES) {
  test(`axe finds nothing on ${title}`, async ({ stage }) => {
    test.setTimeout(isFull ? 600_000 : 120_000)
    if (isFull) await stage.renew()
    const found: string[] = []
    for (const { name, at } of states) {
      for (const look of looksOf(at)) {
        await stage.show(name, look)
        found.push(...(await findings(stage.page, look)).map((one) => `${name} (${look.name}): ${one}`))
      }
    }
    expect(found).toEqual([])
  })
}
