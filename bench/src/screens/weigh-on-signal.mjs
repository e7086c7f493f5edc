// Loaded into a core by the bench (`--import`): on SIGUSR2 the process collects its garbage and writes the bytes it
// still uses to the file that HANPYO_BENCH_WEIGHT names. An inspector would keep memory of its own and slow the start.
import { renameSync, writeFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const file = process.env.HANPYO_BENCH_WEIGHT

process.on('SIGUSR2', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc')
  for (let round = 0; round < 2; round += 1) await collect({ type: 'major', execution: 'async' })
  const { heapUsed, rss } = process.memoryUsage()
  writeFileSync(`${file}.part`, JSON.stringify({ heapUsed, rss }))
  renameSync(`${file}.part`, file)
})
