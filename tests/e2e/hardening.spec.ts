import { expect, test } from './support/fixtures.ts'

test('the content security policy is the strict one, and the page breaks none of it', async ({
  voter,
  kiosk,
  page,
}) => {
  const response = await page.goto(kiosk.entryUrl)
  const policy = response?.headers()['content-security-policy'] ?? ''
  for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"]) {
    expect(policy).toContain(rule)
  }
  expect(policy).toContain("require-trusted-types-for 'script'")
  expect(policy).not.toContain('unsafe')
  await page.evaluate(() => {
    const seen: string[] = []
    Object.assign(window, { breaches: seen })
    document.addEventListener('securitypolicyviolation', (event) => seen.push(event.violatedDirective))
  })
  await voter.prepares(kiosk.nextSlip())
  await voter.casts()
  expect(await page.evaluate(() => Reflect.get(window, 'breaches'))).toEqual([])
})

test('the page asks nobody but the core', async ({ voter, kiosk, page }) => {
  const foreign: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith(`${kiosk.url}/`)) foreign.push(request.url())
  })
  await page.reload()
  await voter.prepares(kiosk.nextSlip())
  await voter.checks()
  expect(foreign.filter((url) => !url.startsWith('data:'))).toEqual([])
})

test('without this boot’s token there is neither page nor call', async ({ kiosk, browser }) => {
  const context = await browser.newContext()
  const stranger = await context.newPage()
  expect((await stranger.goto(`${kiosk.url}/`))?.status()).toBe(403)
  const call = await context.request.post(`${kiosk.url}/rpc/session.state`, { data: {} })
  expect(call.status()).toBe(403)
  await context.close()
})

test('no answer of the core names a choice after the ballot is encrypted', async ({ voter, kiosk, page }) => {
  await voter.beginsWith(kiosk.nextSlip())
  await voter.answersEverything()
  const bodies: string[] = []
  page.on('response', async (response) => {
    if (response.url().includes('/rpc/')) bodies.push(await response.text().catch(() => ''))
  })
  await voter.presses(voter.t.review.next)
  await voter.sees(voter.t.tracker.title)
  await voter.casts()
  await voter.presses(voter.t.stored.next)
  await voter.sees(voter.t.receipt.title)
  expect(bodies.length).toBeGreaterThan(0)
  expect(bodies.join('\n')).not.toMatch(/selection|경로당|options/)
})

test('a page that reloads in the middle shows the same question with the same choices', async ({
  voter,
  kiosk,
  page,
}) => {
  await voter.beginsWith(kiosk.nextSlip())
  await voter.chooses(/경로당/)
  await page.reload()
  await expect(voter.option(/경로당/)).toHaveAttribute('aria-checked', 'true')
})

test('a core that does not answer is said plainly, and the page goes on when it is back', async ({
  voter,
  kiosk,
  page,
}) => {
  await voter.beginsWith(kiosk.nextSlip())
  await voter.chooses(/경로당/)
  const before = voter.t.problem.unreachable.what
  await page.route('**/rpc/**', (route) => route.abort())
  // Wakes a long poll that is already on its way; one that starts only now fails at once, still in the first language.
  await kiosk.handlers['session.language']({ language: 'en' }, new AbortController().signal)
  voter.language = 'en'
  const after = voter.t.problem.unreachable.what
  await expect(page.getByRole('alert')).toContainText(new RegExp(`${before}|${after}`))
  await page.unroute('**/rpc/**')
  await expect(page.getByRole('alert')).toHaveCount(0)
  await expect(voter.option(/Step-free/)).toHaveAttribute('aria-checked', 'true')
})
