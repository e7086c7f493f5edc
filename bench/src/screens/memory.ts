import { existsSync, readFileSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright'

/** Bytes in use after garbage collection. */
export interface MemoryInUse {
  readonly coreHeap: number
  readonly coreResident: number
  readonly pageHeap: number
}

/** How a core is started so that it can be weighed: options of its Node, and the file it writes its weight to. */
export function weighable(file: string): {
  readonly NODE_OPTIONS: string
  readonly HANPYO_BENCH_WEIGHT: string
} {
  const preload = new URL('./weigh-on-signal.mjs', import.meta.url)
  return { NODE_OPTIONS: `--import=${preload.href}`, HANPYO_BENCH_WEIGHT: file }
}

/** Core and page together, each after its garbage collection; the page as the next voter finds it. `pid` is the core's. */
export async function measureMemory(pid: number, file: string, page: Page): Promise<MemoryInUse> {
  rmSync(file, { force: true })
  process.kill(pid, 'SIGUSR2')
  while (!existsSync(file)) await sleep(20)
  const { heapUsed, rss } = JSON.parse(readFileSync(file, 'utf8')) as { heapUsed: number; rss: number }
  await page.reload()
  await page.locator('h1').waitFor()
  const devtools = await page.context().newCDPSession(page)
  for (let round = 0; round < 3; round += 1) await devtools.send('HeapProfiler.collectGarbage')
  const { usedSize } = await devtools.send('Runtime.getHeapUsage')
  await devtools.detach()
  return { coreHeap: heapUsed, coreResident: rss, pageHeap: usedSize }
}
