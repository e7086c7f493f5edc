import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** No rule of WCAG 2.2 AA that a machine can judge is broken, nor a best practice. Takes a second. */
export async function expectNoViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).setLegacyMode().analyze()
  const found = violations.map(
    ({ id, nodes }) => `${page.url()} ${id} ${nodes.map((node) => node.html).join(' ')}`,
  )
  expect(found).toEqual([])
}
