import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { createCoreFolder } from './testing/core-folder.ts'

const PROGRAM = fileURLToPath(new URL('./testing/vote-and-weigh.ts', import.meta.url))
const VOTERS = 500
const EVERY = 50

// Half a minute and more; `npm run bench -- kiosk-screens` measures the same with a page.
const isFull = process.env.HANPYO_FULL === '1'

test.runIf(isFull)(
  'five hundred voters leave nothing in the memory of the core',
  { timeout: 900_000 },
  async () => {
    const folder = await createCoreFolder({ slipCount: VOTERS })
    onTestFinished(() => folder.remove())
    folder.configure('http.port = 0')
    const args = ['--expose-gc', PROGRAM, folder.config, String(EVERY), ...folder.election.slips]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    const weighed = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { heapBytes: number })
    expect(weighed).toHaveLength(VOTERS / EVERY)
    const [early = 0, last = 0] = [weighed[1]?.heapBytes, weighed.at(-1)?.heapBytes]
    expect(last / early - 1, JSON.stringify(weighed)).toBeLessThan(0.05)
  },
)
