import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createVirtualClock } from './clock.ts'
import { createEventStream } from './event-stream.ts'
import { createPublicSite, openPublicSite } from './public-site.ts'
import { folderFiles } from './static-files.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hanpyo-site-'))
  await mkdir(join(dir, 'assets'))
  await writeFile(join(dir, 'index.html'), '<!doctype html>')
  await writeFile(join(dir, 'assets', 'app-1a2b.js'), 'export {}')
})
afterEach(() => rm(dir, { recursive: true }))

const events = createEventStream({ clock: createVirtualClock({ startMs: 0 }) })
const heads = [10, 20, 30].map((size) => JSON.stringify({ size }))
const site = (more: { files?: ReturnType<typeof folderFiles>; facts?: string | null } = {}) =>
  createPublicSite({
    events,
    files: more.files,
    history: { read: async (after, limit) => heads.filter((_, i) => (i + 1) * 10 > after).slice(0, limit) },
    facts: async () => more.facts ?? null,
  })
const get = (path: string, init?: RequestInit) => new Request(`http://host.example${path}`, init)

test('the page is served below /board/, its built files for good, and nothing beside it', async () => {
  const serve = site({ files: folderFiles(dir) })
  expect((await serve(get('/')))?.headers.get('location')).toBe('/board/')
  const page = await serve(get('/board/'))
  expect(await page?.text()).toBe('<!doctype html>')
  expect(page?.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect((await serve(get('/board/assets/app-1a2b.js')))?.headers.get('cache-control')).toContain('immutable')
  expect((await serve(get('/board/../package.json')))?.status).not.toBe(200)
  expect((await serve(get('/board/..%2fsecret')))?.status).toBe(404)
})

test('without a built page people are sent to the plain facts', async () => {
  const serve = site({ facts: '<h1>facts</h1>' })
  expect((await serve(get('/')))?.headers.get('location')).toBe('/facts')
  expect(await (await serve(get('/facts')))?.text()).toBe('<h1>facts</h1>')
  expect((await site()(get('/facts')))?.status).toBe(503)
})

test('the history begins after the size that is asked for', async () => {
  expect(await (await site()(get('/history')))?.json()).toEqual([{ size: 10 }, { size: 20 }, { size: 30 }])
  expect(await (await site()(get('/history?after=20')))?.json()).toEqual([{ size: 30 }])
  expect((await site()(get('/history?after=-1')))?.status).toBe(400)
})

test('every other path is left to the ledger, and nothing is taken in', async () => {
  for (const path of ['/checkpoint', '/tile/0/000', '/status', '/boardroom']) {
    expect(await site()(get(path))).toBeNull()
  }
  expect((await site()(get('/history', { method: 'POST' })))?.status).toBe(405)
})

test('a damaged list of heads is set aside, and the host begins a new one', async () => {
  const historyPath = join(dir, 'history.jsonl')
  const open = () =>
    openPublicSite({
      historyPath,
      clock: createVirtualClock({ startMs: 0 }),
      describe: (note) => ({ size: Number(note), root: '', time: null }),
      facts: async () => null,
    })
  for (const damage of ['\0\0\0\0\n', '{"size":"3","note":"3"}\n']) {
    const first = await open()
    await first.published('3')
    await first.close()
    const whole = await readFile(historyPath, 'utf8')
    await writeFile(historyPath, whole + damage)
    const host = await open()
    expect(await (await host.handle(get('/history')))?.json()).toEqual([])
    await host.published('5')
    expect(await (await host.handle(get('/history')))?.json()).toMatchObject([{ size: 5 }])
    await host.close()
    expect(await readFile(`${historyPath}.damaged`, 'utf8')).toBe(whole + damage)
    await rm(historyPath)
  }
})
