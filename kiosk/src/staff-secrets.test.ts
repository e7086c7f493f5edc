import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { slipText } from '@hanpyo/protocol/ballot/slip.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { counterRandom } from '@hanpyo/protocol/testing/counter-random.ts'
import { expect, onTestFinished, test } from 'vitest'
import {
  addStaffSecret,
  checkAgainst,
  failureFile,
  isStaffCard,
  MOST_SECRETS,
  newCardText,
  readStaffFile,
} from './staff-secrets.ts'

const random = counterRandom('staff secrets')
const PIN = '274531'

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hanpyo-staff-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

test('the file holds no PIN and no card in clear, and only its owner may read it', async () => {
  const path = join(folder(), 'staff.json')
  const card = newCardText(random)
  expectOk(await addStaffSecret(path, { name: 'desk', text: PIN }, random))
  expectOk(await addStaffSecret(path, { name: 'card 1', text: card }, random))
  const text = readFileSync(path, 'utf8')
  expect(text).not.toContain(PIN)
  expect(text).not.toContain(card.slice(3))
  expect(statSync(path).mode & 0o077).toBe(0)
  const check = checkAgainst(expectOk(await readStaffFile(path)) as NonNullable<never>)
  expect(await check(PIN)).toBe('staff')
  expect(await check(` ${card.toLowerCase()} `)).toBe('staff')
  expect(await check('274532')).toBeNull()
  expect(await check(newCardText(random))).toBeNull()
})

test('a name has one secret: adding another takes the first away', async () => {
  const path = join(folder(), 'staff.json')
  expectOk(await addStaffSecret(path, { name: 'desk', text: PIN }, random))
  expectOk(await addStaffSecret(path, { name: 'desk', text: '918273' }, random))
  const check = checkAgainst(expectOk(await readStaffFile(path)) as NonNullable<never>)
  expect([await check(PIN), await check('918273')]).toEqual([null, 'staff'])
})

test.each(['111111', '123456', '987654', '12345', '1234567890123', 'letmein', ''])(
  'the PIN "%s" is refused',
  async (text) => {
    const added = await addStaffSecret(join(folder(), 'staff.json'), { name: 'desk', text }, random)
    expect(added).toMatchObject({ ok: false, error: 'pin-unfit' })
  },
)

test('there are few secrets, because every try is compared with all of them', async () => {
  const path = join(folder(), 'staff.json')
  expectOk(await addStaffSecret(path, { name: 'n0', text: PIN }, random))
  const file = JSON.parse(readFileSync(path, 'utf8'))
  const entries = Array.from({ length: MOST_SECRETS }, (_, i) => ({ ...file.entries[0], name: `n${i}` }))
  writeFileSync(path, JSON.stringify({ ...file, entries }))
  const more = await addStaffSecret(path, { name: 'more', text: PIN }, random)
  expect(more).toMatchObject({ ok: false, error: 'too-many-secrets' })
})

test('a slip is no card, a card is no slip', () => {
  expect(isStaffCard(newCardText(random))).toBe(true)
  expect(isStaffCard(slipText(random(16)))).toBe(false)
  expect(isStaffCard(PIN)).toBe(false)
})

test('a damaged file is an error, not an open door', async () => {
  const path = join(folder(), 'staff.json')
  for (const text of ['', '{}', '{"type":"hanpyo-kiosk-staff"}', 'null']) {
    writeFileSync(path, text)
    expect(await readStaffFile(path)).toMatchObject({ ok: false, error: 'staff-file-malformed' })
  }
})

test('wrong tries are kept in a file, and a file that was tampered with counts as many', async () => {
  const path = join(folder(), 'staff-tries')
  const store = failureFile(path)
  expect(await store.load()).toBe(0)
  await store.save(6)
  expect(await failureFile(path).load()).toBe(6)
  writeFileSync(path, '-1')
  expect(await store.load()).toBeGreaterThan(5)
})

test('a technician’s PIN and a staff PIN say who came, and one PIN cannot be both', async () => {
  const path = join(folder(), 'staff.json')
  expectOk(await addStaffSecret(path, { name: 'desk', text: PIN }, random))
  expectOk(await addStaffSecret(path, { name: 'Kim', text: '161803', role: 'technician' }, random))
  const check = checkAgainst(expectOk(await readStaffFile(path)) as NonNullable<never>)
  expect([await check(PIN), await check('161803'), await check('161804')]).toEqual([
    'staff',
    'technician',
    null,
  ])
  const both = await addStaffSecret(path, { name: 'Lee', text: PIN, role: 'technician' }, random)
  expect(both).toMatchObject({ ok: false, error: 'pin-taken' })
})

test('a file of before there were technicians holds staff only', async () => {
  const path = join(folder(), 'staff.json')
  expectOk(await addStaffSecret(path, { name: 'desk', text: PIN }, random))
  writeFileSync(path, readFileSync(path, 'utf8').replace(/\s*"role": "staff",/, ''))
  expect(readFileSync(path, 'utf8')).not.toContain('role')
  const check = checkAgainst(expectOk(await readStaffFile(path)) as NonNullable<never>)
  expect(await check(PIN)).toBe('staff')
})
