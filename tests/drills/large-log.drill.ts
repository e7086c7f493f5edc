import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { serveFetch } from '@hanpyo/platform/http-server.ts'
import { createLogHandler } from '@hanpyo/protocol/log/http.ts'
import { expect, test } from 'vitest'
import { createSyntheticLog } from './support/synthetic-log.ts'

const HANPYO = fileURLToPath(new URL('../../cli/bin/hanpyo.mjs', import.meta.url))
const SIZE = process.env.HANPYO_FULL === '1' ? 10_000_000 : 20_000
/** What fsck may take, the runtime included; the hashes alone of ten million records are 640 MB. */
const MOST_MEMORY_KB = 400_000

test(`a log of ${SIZE} records is served and checked to the last hash in bounded memory`, async () => {
  const { ed25519 } = await createNodeBackend()
  const dir = await mkdtemp(join(tmpdir(), 'hanpyo-large-'))
  const builtMs = performance.now()
  const { reader, policy } = createSyntheticLog({ ed25519, origin: 'log.example/large', size: SIZE })
  const server = await serveFetch(createLogHandler(reader), { host: '127.0.0.1', port: 0 })
  try {
    await writeFile(join(dir, 'policy'), policy)
    const startedMs = performance.now()
    const args = ['fsck', server.url, '--policy', join(dir, 'policy'), '--json']
    const child = spawn(process.execPath, [HANPYO, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    let peakKb = 0
    const look = setInterval(() => {
      peakKb = Math.max(peakKb, peakMemoryKb(child.pid ?? 0))
    }, 100)
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    await once(child, 'close')
    clearInterval(look)
    const report = JSON.parse(text) as {
      checkpoint: { size: number }
      lines: { id: string; status: string; problemCount: number }[]
    }
    const byId = Object.fromEntries(report.lines.map(({ id, status }) => [id, status]))
    expect(report.checkpoint.size).toBe(SIZE)
    // It holds no election, and says so; everything about files and tree passes.
    expect(byId).toMatchObject({
      checkpoint: 'PASS',
      pinned: 'PASS',
      bundles: 'PASS',
      tiles: 'PASS',
      root: 'PASS',
    })
    expect(byId).toMatchObject({ records: 'SKIPPED', duplicates: 'SKIPPED', batches: 'SKIPPED' })
    expect(peakKb).toBeLessThan(MOST_MEMORY_KB)
    const seconds = (performance.now() - startedMs) / 1000
    console.log(
      `${SIZE} records: built in ${((startedMs - builtMs) / 1000).toFixed(1)} s, checked in ${seconds.toFixed(1)} s, ` +
        `${Math.round(SIZE / seconds)} records/s, peak ${Math.round(peakKb / 1024)} MB`,
    )
  } finally {
    await server.close()
    await rm(dir, { recursive: true })
  }
}, 3_600_000)

/** Highest resident memory of a process so far; 0 when it is gone. */
function peakMemoryKb(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0
  }
}
