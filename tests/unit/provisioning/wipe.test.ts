import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSmallElection } from '@hanpyo/authority/testing/small-election.ts'
import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { canonicalJson } from '@hanpyo/protocol/json.ts'
import { err, expectOk, ok } from '@hanpyo/protocol/result.ts'
import { deviceFolder, readDevice } from '@hanpyo/provisioning/frame/device-folder.ts'
import { PROVISION_ERRORS } from '@hanpyo/provisioning/frame/errors.ts'
import { nodePorts, type Ports } from '@hanpyo/provisioning/frame/ports.ts'
import { wipeCommands } from '@hanpyo/provisioning/kiosk/commands/wipe.ts'
import { readAllBoxes, readBox } from '@hanpyo/provisioning/kiosk/hanpyo-command.ts'
import { wipeStep } from '@hanpyo/provisioning/kiosk/wipe.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hanpyo-wipe-'))
  const device = {
    version: 1,
    id: 7,
    centre: 'c',
    name: 'n',
    orientation: 'portrait',
    pxPerMm: 4,
    state: 'active',
  }
  await writeFile(join(dir, 'device.json'), JSON.stringify(device))
  for (const name of ['keys', 'data', 'cert']) {
    await mkdir(join(dir, name))
    await writeFile(join(dir, name, 'file'), 'secret')
  }
  for (const name of ['radio.json', 'readiness.json', 'selftest.json', 'slips.note'])
    await writeFile(join(dir, name), '{}')
  await writeFile(join(dir, 'work.log'), 'kept')
})
afterEach(() => rm(dir, { recursive: true }))

const context = (waiting: number, allowedFrom: number | null, unproven = 0) => ({
  ...nodePorts(),
  clock: createVirtualClock({ startMs: 2_000_000_000_000 }),
  folder: deviceFolder(dir),
  box: async () => ok({ stored: 9, waiting, unproven }),
  allowedFrom,
  archivedFrom: allowedFrom ?? 2_000_000_001,
})

test('a device that holds unacknowledged records is not wiped, released or not', async () => {
  expect(await wipeStep.inspect(context(1, null))).toMatchObject({ error: 'votes-waiting' })
})

test('a device is not wiped before the archive date', async () => {
  expect(await wipeStep.inspect(context(0, 2_000_000_001))).toMatchObject({ error: 'archive-period' })
  expect((await wipeStep.inspect(context(0, 2_000_000_000))).ok).toBe(true)
})

test('a box that cannot be read counts as not empty', async () => {
  const ctx = { ...context(0, null), box: async () => err('box-unreadable') }
  expect(await wipeStep.inspect(ctx)).toMatchObject({ error: 'box-unreadable' })
  const ports = { ...nodePorts(), run: async () => null }
  const paths = { config: join(dir, 'kiosk.toml'), box: join(dir, 'data', 'file') }
  expect(await readBox(ports, paths)).toMatchObject({ error: 'box-unreadable' })
})

test('ballots of an election whose manifest cannot be read are not wiped: nobody knows when they may be', async () => {
  await writeFile(join(dir, 'data', 'box.sqlite'), 'ballots')
  const printed: string[] = []
  const print = (line: string) => void printed.push(line)
  const io = { stdout: print, stderr: print, env: {}, cwd: dir }
  const [command] = wipeCommands(nodePorts)
  const code = await command?.run(['--dir', dir, '--yes'], io)
  expect(code).toBe(PROVISION_ERRORS['election-not-loaded'].exit)
  expect(await readFile(join(dir, 'keys', 'file'), 'utf8')).toBe('secret')
})

test('wiping leaves the work log and the device file, and a second time finds it done', async () => {
  const ctx = context(0, null)
  expectOk(await wipeStep.apply(ctx))
  expect((await readdir(dir)).sort()).toEqual(['device.json', 'work.log'])
  expect(expectOk(await readDevice(ctx.files, ctx.folder)).state).toBe('wiped')
  expect(await wipeStep.inspect(ctx)).toEqual(ok('done'))
})

test('a wipe that was cut off at any deletion is finished by the next, although the box is gone by then', async () => {
  const ctx = { ...context(0, null), box: async () => err('box-unreadable') }
  await writeFile(
    join(dir, 'device.json'),
    (await readFile(join(dir, 'device.json'), 'utf8')).replace('"active"', '"wiped"'),
  )
  await rm(join(dir, 'keys'), { recursive: true })
  expect(await wipeStep.inspect(ctx)).toMatchObject({ ok: true, value: { changes: expect.any(Array) } })
  expectOk(await wipeStep.apply(ctx))
  expect((await readdir(dir)).sort()).toEqual(['device.json', 'work.log'])
})

test('a ballot whose place in the ledger is not proven keeps the device from being wiped, release or not, until the archive date', async () => {
  expect(await wipeStep.inspect(context(0, null, 1))).toMatchObject({ error: 'votes-unproven' })
  expect((await wipeStep.inspect({ ...context(0, null, 1), archivedFrom: 2_000_000_000 })).ok).toBe(true)
})

test('every ballot box below the folder counts, and the one the kiosk’s settings name elsewhere', async () => {
  const listing = JSON.stringify({
    kiosk: 7,
    ballots: [{ state: 'waiting' }],
    challenged: [],
    kioskManifests: [],
  })
  const asked: string[] = []
  const run: Ports['run'] = async (_, args) => {
    asked.push(args.at(-1) as string)
    return { code: 0, stdout: new TextEncoder().encode(listing), stderr: '' }
  }
  const elsewhere = join(dir, '..', `${dir.split('/').at(-1)}-data`)
  const places = ['data', 'data/old', 'before-import/data', 'selftest'].map((name) => join(dir, name))
  for (const place of [...places, elsewhere]) {
    await mkdir(place, { recursive: true })
    await writeFile(join(place, 'box.sqlite'), 'ballots')
  }
  const counts = expectOk(await readAllBoxes({ ...nodePorts(), run }, dir, elsewhere))
  await rm(elsewhere, { recursive: true })
  expect(counts).toEqual({ stored: 4, waiting: 4, unproven: 0 })
  expect(asked.sort()).toEqual([elsewhere, ...places.slice(0, 3)].sort())
})

test('a manifest that somebody made a test election afterwards frees no ballots', async () => {
  const election = await createSmallElection()
  await mkdir(join(dir, 'election'))
  await writeFile(join(dir, 'data', 'box.sqlite'), 'ballots')
  const [text = '', ...signatures] = election.election.manifestNote.split('\n\n')
  const edited = canonicalJson({ ...JSON.parse(text), test: true })
  await writeFile(join(dir, 'election', 'manifest.note'), [edited, ...signatures].join('\n\n'))
  const printed: string[] = []
  const io = { stdout: () => {}, stderr: (line: string) => void printed.push(line), env: {}, cwd: dir }
  const listing = JSON.stringify({
    kiosk: 7,
    ballots: [{ state: 'recorded' }],
    challenged: [],
    kioskManifests: [],
  })
  const run: Ports['run'] = async () => ({ code: 0, stdout: new TextEncoder().encode(listing), stderr: '' })
  const [command] = wipeCommands(() => ({ ...nodePorts(), run }))
  const code = await command?.run(['--dir', dir, '--yes'], io)
  await election.remove()
  expect(code).toBe(PROVISION_ERRORS['election-not-loaded'].exit)
  expect(printed.join('\n')).toContain('as the authority signed it')
  expect(await readFile(join(dir, 'data', 'box.sqlite'), 'utf8')).toBe('ballots')
})
