import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'
import { ERROR_TEXT } from '../contract/errors.ts'
import { slipProblemSchema } from '../contract/views.ts'
import { createTestElection } from '../testing/test-election.ts'
import { createTestKiosk, type TestKiosk } from '../testing/test-kiosk.ts'

const never = new AbortController().signal
const election = createTestElection()
const slip = (at: number): string => election.slips[at] as string

async function openKiosk(options: Parameters<typeof createTestKiosk>[0] = {}): Promise<TestKiosk> {
  const made = createTestKiosk({ election, ...options })
  onTestFinished(() => made.close())
  await made.openPolls()
  return made
}

async function toTracker({ handlers }: TestKiosk, text: string): Promise<void> {
  expectOk(await handlers['session.scan']({ text }, never))
  const selection = { kind: 'approve' as const, options: [1] }
  expectOk(await handlers['session.select']({ contest: 1, selection }, never))
  expectOk(await handlers['session.review']({}, never))
  expectOk(await handlers['session.prepare']({}, never))
}

test('every reason for refusing a slip has its own sentence for the voter and another one for staff', () => {
  for (const who of ['voter', 'staff'] as const) {
    for (const language of ['ko', 'en'] as const) {
      const sentences = slipProblemSchema.options.map((problem) => ERROR_TEXT[problem][who][language])
      expect(new Set(sentences).size).toBe(sentences.length)
    }
  }
})

test('a void slip is refused with its own reason, and the voter is still at the slip screen', async () => {
  const made = await openKiosk({ isVoid: () => true })
  const refused = { ok: false, error: 'slip-void' }
  expect(await made.handlers['session.scan']({ text: slip(0) }, never)).toEqual(refused)
  expect(made.session.screen).toEqual({ screen: 'slip', problem: 'slip-void' })
})

test('a vote that was stored before its slip was declared void stays a vote', async () => {
  const voided = new Set<number>()
  const made = await openKiosk({ isVoid: (number) => voided.has(number) })
  await toTracker(made, slip(0))
  const { screen } = made.session
  if (screen.screen !== 'tracker') throw new Error(screen.screen)
  expectOk(await made.handlers['session.cast']({}, never))
  voided.add(screen.slipNumber)
  made.session.end()
  const again = await made.handlers['session.scan']({ text: slip(0) }, never)
  expect(again).toEqual({ ok: false, error: 'slip-used' })
  expect(made.box.counts().cast).toBe(1)
})

test('with the disk nearly full nobody new begins, who is voting can finish, and the view says why', async () => {
  let isFull = false
  const made = await openKiosk({ isDiskFull: () => isFull })
  await toTracker(made, slip(0))
  isFull = true
  expectOk(await made.handlers['session.cast']({}, never))
  made.session.end()
  const refused = { ok: false, error: 'disk-nearly-full' }
  expect(await made.handlers['session.start']({}, never)).toEqual(refused)
  expect(await made.handlers['session.scan']({ text: slip(1) }, never)).toEqual(refused)
  const view = expectOk(await made.handlers['session.state']({}, never))
  expect(view).toMatchObject({ polls: 'open', stop: 'disk-nearly-full' })
  isFull = false
  expectOk(await made.handlers['session.scan']({ text: slip(1) }, never))
})

test('a core that starts again in the middle of a session shows the first screen, and the slip is unused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hanpyo-restart-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const boxPath = join(folder, 'box.sqlite')
  const before = createTestKiosk({ election, boxPath })
  await before.openPolls()
  await toTracker(before, slip(0))
  // Nothing is said or written on the way out: the process is gone.
  before.box.close()
  const after = createTestKiosk({ election, boxPath })
  onTestFinished(() => after.close())
  expect(after.box.polls()).toBe('open')
  const view = expectOk(await after.handlers['session.state']({}, never))
  expect(view).toMatchObject({ screen: { screen: 'attract' }, session: null, staff: { isUnlocked: false } })
  await toTracker(after, slip(0))
  expectOk(await after.handlers['session.cast']({}, never))
  expect(after.box.counts().cast).toBe(1)
})
