import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const COMMIT_SOME = fileURLToPath(new URL('../testing/commit-some.ts', import.meta.url))
const COMMITS = 25

test('every commit that returned has reached the disk: the kernel saw a sync for each', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hanpyo-fsync-'))
  try {
    const trace = join(dir, 'trace')
    const strace = ['-f', '-e', 'trace=fsync,fdatasync,write', '-o', trace]
    const command = [process.execPath, COMMIT_SOME, join(dir, 'ledger.db'), String(COMMITS)]
    await promisify(execFile)('strace', [...strace, ...command])
    const lines = (await readFile(trace, 'utf8')).split('\n')
    const first = lines.findIndex((line) => line.includes('first commit follows'))
    const last = lines.findIndex((line) => line.includes('last commit returned'))
    const synced = lines.slice(first, last).filter((line) => /\bf(data)?sync\(/.test(line))
    expect(first).toBeGreaterThan(0)
    expect(synced.length).toBeGreaterThanOrEqual(COMMITS)
  } finally {
    await rm(dir, { recursive: true })
  }
})
