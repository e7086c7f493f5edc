import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { serveFetch } from '@hanpyo/platform/http-server.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { createLogHandler } from '@hanpyo/protocol/log/http.ts'
import { buildLedger } from '@hanpyo/protocol/testing/build-ledger.ts'
import { afterAll, expect, test } from 'vitest'
import { monitorCommands, readPromises } from './commands.ts'

const ledger = buildLedger({ backend: await createNodeBackend(), stage: 'sealed' })
const root = await mkdtemp(join(tmpdir(), 'hanpyo-monitor-command-'))
const server = await serveFetch(createLogHandler(ledger.log.reader()), {
  host: '127.0.0.1',
  port: 0,
  log: silentLogger,
})
afterAll(async () => {
  await server.close()
  await rm(root, { recursive: true })
})

async function monitor(...args: string[]) {
  const out: string[] = []
  const errors: string[] = []
  const io = {
    stdout: (line: string) => void out.push(line),
    stderr: (line: string) => void errors.push(line),
    env: {},
    cwd: root,
  }
  const pin = ['--manifest-hash', toHex(ledger.election.manifestHash), '--once']
  const code = await monitorCommands[0]?.run([server.url, ...pin, ...args], io)
  return { code, lines: out.map((line) => JSON.parse(line) as Record<string, unknown>), errors }
}

test('a ledger in which every listed ballot is found ends with 0 and one line, and metrics say where they are', async () => {
  const { code, lines } = await monitor('--metrics-port', '0')
  expect(code).toBe(0)
  expect(lines).toMatchObject([
    { metrics: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/) as string },
    { findings: 0, heads: { log: ledger.log.size }, unmatched: 0, promises: { open: 0, kept: 0, broken: 0 } },
  ])
})

test('a folder with a file that is no promise ends with 1 and a line that names it', async () => {
  await mkdir(join(root, 'promises'))
  await writeFile(join(root, 'promises', 'strange.note'), 'hello\n')
  await writeFile(join(root, 'promises', 'endless.note'), 'x'.repeat(10_000))
  await writeFile(join(root, 'promises', 'README.txt'), 'not looked at')
  const { code, lines } = await monitor('--promises', 'promises')
  expect(code).toBe(1)
  expect(lines.map(({ finding, who }) => [finding, who])).toEqual([
    ['promise-invalid', 'endless.note'],
    ['promise-invalid', 'strange.note'],
    [undefined, undefined],
  ])
  expect(await readPromises(join(root, 'promises'))).toEqual([
    { name: 'endless.note', note: null },
    { name: 'strange.note', note: 'hello\n' },
  ])
  expect(await readPromises(join(root, 'nowhere'))).toEqual([])
})

test('a port or a number of seconds that is none is refused by its name', async () => {
  await expect(monitor('--metrics-port', '65536')).rejects.toThrow('--metrics-port')
  await expect(monitor('--grace', '-1')).rejects.toThrow('--grace')
})
