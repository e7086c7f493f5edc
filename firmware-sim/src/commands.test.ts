import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { commands } from './commands.ts'

const simRun = commands.find(({ name }) => name === 'sim run')!

let cwd: string
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'hanpyo-sim-run-'))
})
afterEach(() => rm(cwd, { recursive: true, force: true }))

async function run(text: string, ...args: string[]) {
  await writeFile(join(cwd, 's.toml'), text)
  const [out, problems]: [string[], string[]] = [[], []]
  const io = {
    cwd,
    env: {},
    stdout: (line: string) => void out.push(line),
    stderr: (line: string) => void problems.push(line),
  }
  return { code: await simRun.run(['s.toml', ...args], io), out, problems: problems.join('\n') }
}

test('a scenario with a duration runs to its end, leaves its trace and exits with 0', async () => {
  const text =
    'title = "Short"\nspeed = 200\ndurationSeconds = 60\npcap = "unused.pcap"\n[hall]\nkiosks = 1\n'
  const { code, out } = await run(text, '--pcap', 'air.pcap')
  expect(code).toBe(0)
  expect(JSON.parse(out[0]!)).toMatchObject({ ready: true, title: 'Short', devices: [{ id: 'kiosk-1' }] })
  expect((await readFile(join(cwd, 'air.pcap'))).readUInt32BE(0)).toBe(0xa1b2c3d4)
})

test('a mistake in a scenario is explained with its place, and nothing is started', async () => {
  const { code, out, problems } = await run('title = "x"\n[faults]\ntxNacks = 2\n')
  expect([code, out]).toEqual([1, []])
  expect(problems).toContain('faults.txNacks: a share is 0 to 1')
})

test.each([
  [['--broker', 'mqtt://a', '--chirpstack', 'mqtt://b'], 'exclude each other'],
  [['--broker', 'http://a'], 'mqtt://host:port expected'],
  [['--chirpstack', 'nonsense'], 'mqtt://host:port expected'],
  [['--mqtt', '3'], '--mqtt is 4 or 5'],
  [['--speed', '0'], '--speed takes a number above 0'],
])('wrong arguments %j are refused in words', async (args, words) => {
  await expect(run('title = "x"\n', ...args)).rejects.toThrow(words)
})
