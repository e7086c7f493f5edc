import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type CoreFolder, createCoreFolder } from '@hanpyo/kiosk/testing/core-folder.ts'
import { kioskClient, openPolls } from '@hanpyo/kiosk/testing/kiosk-client.ts'
import { type Child, spawnChild } from '@hanpyo/platform/child.ts'
import { type BrowserContext, chromium } from 'playwright'
import { type Bench, type Figure, median, percentile } from '../harness.ts'
import { type MemoryInUse, measureMemory, weighable } from './memory.ts'
import { installTap, voteOnce } from './session.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const UI_ASSETS = join(ROOT, 'kiosk', 'dist', 'ui', 'assets')
const WARM_STARTS = 3
const SESSIONS = Number(process.env.HANPYO_BENCH_SESSIONS ?? 500)
/** Code is compiled and caches are filled in these; growth is counted from their end. */
const FIRST_SESSIONS = Math.min(50, Math.ceil(SESSIONS / 10))

interface Machine {
  readonly folder: CoreFolder
  readonly profile: string
}

interface Running {
  readonly core: Child
  readonly browser: BrowserContext
  readonly startMs: number
}

/** A whole kiosk as residents meet it: the core as its own process, its page in Chromium, ballots on this machine's disk. */
export const kioskScreensBench: Bench = {
  name: 'kiosk-screens',
  summary: `core and Chromium: start to first screen, press to painted answer, memory over ${SESSIONS} voters`,
  async run(report) {
    if (!existsSync(UI_ASSETS)) throw new Error('Build the screens first: node_modules/.bin/vite build kiosk')
    const folder = await createCoreFolder({ slipCount: SESSIONS })
    const profile = mkdtempSync(join(tmpdir(), 'hanpyo-bench-profile-'))
    folder.configure('http.port = 0\nshell.pxPerMm = 4.03')
    const machine = { folder, profile }
    try {
      const starts: number[] = []
      for (let round = 0; round <= WARM_STARTS; round += 1) {
        const running = await start(machine)
        starts.push(running.startMs)
        await stop(running)
      }
      const [first = 0, ...warm] = starts
      return [
        figure('start to first screen, new profile', first, 'ms'),
        figure('start to first screen, warm', median(warm), 'ms', '≤ 3,000 ms'),
        ...(await sessions(machine, report)),
        figure('page code, gzipped', bundleBytes() / 1_000, 'kB', '≤ 250 kB'),
      ]
    } finally {
      rmSync(profile, { recursive: true, force: true })
      folder.remove()
    }
  },
}

async function sessions(machine: Machine, report: (line: string) => void): Promise<Figure[]> {
  const running = await start(machine)
  const { core, browser } = running
  const { url, token } = core.ready as { url: string; token: string }
  const weigh = () => measureMemory(core.pid, weightFile(machine), page)
  const page = browser.pages()[0] ?? (await browser.newPage())
  try {
    await openPolls(kioskClient(url, token))
    await installTap(page)
    await page.reload()
    const taps: number[] = []
    let before: MemoryInUse | null = null
    for (const [at, slip] of machine.folder.election.slips.entries()) {
      const took = await voteOnce(page, slip)
      if (at >= FIRST_SESSIONS) taps.push(...took)
      if (at + 1 === FIRST_SESSIONS) before = await weigh()
      if ((at + 1) % 100 === 0) report(`${at + 1} voters`)
    }
    const after = await weigh()
    if (before === null) throw new Error('no session ran')
    return [
      figure('press to painted answer p50', percentile(taps, 0.5), 'ms'),
      figure('press to painted answer p95', percentile(taps, 0.95), 'ms', '≤ 100 ms, stretch 50'),
      growth('core heap', before.coreHeap, after.coreHeap),
      growth('core resident', before.coreResident, after.coreResident),
      growth('page heap', before.pageHeap, after.pageHeap),
    ]
  } finally {
    await stop(running)
  }
}

/**
 * Core and browser start together, as their units do; the clock stops when the first screen is painted. The core keeps
 * its compiled code as it does in service, here in a folder of the bench.
 */
async function start(machine: Machine): Promise<Running> {
  const { folder, profile } = machine
  const startedMs = performance.now()
  const [core, browser] = await Promise.all([
    spawnChild({
      command: process.execPath,
      args: [
        join(ROOT, 'cli', 'bin', 'hanpyo.mjs'),
        'kiosk',
        'core',
        '--config',
        folder.config,
        '--close-with-parent',
      ],
      env: {
        ...weighable(weightFile(machine)),
        XDG_CACHE_HOME: join(folder.root, 'cache'),
      },
      ready: 'json-line',
    }),
    chromium.launchPersistentContext(profile, {
      executablePath: process.env.HANPYO_CHROMIUM ?? '/usr/bin/chromium',
      viewport: { width: 1080, height: 1920 },
      args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-gpu', '--no-first-run'],
    }),
  ])
  const page = browser.pages()[0] ?? (await browser.newPage())
  await page.goto((core.ready as { entryUrl: string }).entryUrl)
  await page.locator('h1').waitFor()
  await page.evaluate(
    () => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
  )
  return { core, browser, startMs: performance.now() - startedMs }
}

async function stop({ core, browser }: Running): Promise<void> {
  await browser.close()
  await core.stop()
}

function figure(name: string, value: number, unit: string, reach?: string): Figure {
  return { name, value, unit, ...(reach === undefined ? {} : { reach }) }
}

function growth(name: string, before: number, after: number): Figure {
  const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)
  const from = `${name} growth, ${megabytes(before)} to ${megabytes(after)} MB`
  return figure(from, (after / before - 1) * 100, '%', '≤ 5 %')
}

function bundleBytes(): number {
  return readdirSync(UI_ASSETS)
    .filter((name) => /\.(js|css)$/.test(name))
    .reduce((sum, name) => sum + gzipSync(readFileSync(join(UI_ASSETS, name))).length, 0)
}

function weightFile({ folder }: Machine): string {
  return join(folder.root, 'weight.json')
}
