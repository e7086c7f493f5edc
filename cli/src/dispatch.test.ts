import { parseArgs } from 'node:util'
import { type Command, UsageError } from '@hanpyo/platform/command.ts'
import { expect, test } from 'vitest'
import { dispatch } from './dispatch.ts'

function command(name: string, run: Command['run'] = async () => 0): Command {
  return { name, summary: `Does ${name}.`, usage: `Usage: hanpyo ${name} [--json]`, run }
}

async function runWith(args: string[], commands: Command[], env: Record<string, string> = {}) {
  const out: string[] = []
  const problems: string[] = []
  const io = {
    stdout: (line: string) => out.push(line),
    stderr: (line: string) => problems.push(line),
    env,
    cwd: '/',
  }
  const code = await dispatch(args, commands, io)
  return { code, out: out.join('\n'), problems: problems.join('\n') }
}

const COMMANDS = [command('demo'), command('election new'), command('election open'), command('verify')]

test('a command gets the arguments after its name and decides the exit code', async () => {
  let got: string[] = []
  const verify = command('verify ballot', async (args) => {
    got = args
    return 1
  })
  const { code } = await runWith(['verify', 'ballot', 'a.json', '--json'], [...COMMANDS, verify])
  expect([code, got]).toEqual([1, ['a.json', '--json']])
})

test('without arguments and with --help all commands are listed', async () => {
  for (const args of [[], ['--help'], ['help'], ['-h']]) {
    const { code, out } = await runWith(args, COMMANDS)
    expect(code).toBe(0)
    for (const { summary } of COMMANDS) expect(out).toContain(summary)
  }
})

test('--help after a command prints its usage and does not run it', async () => {
  const never = command('demo', async () => {
    throw new Error('ran')
  })
  for (const args of [
    ['demo', '--help'],
    ['demo', '--exit', '-h'],
    ['help', 'demo'],
  ]) {
    expect(await runWith(args, [never])).toMatchObject({ code: 0, out: 'Usage: hanpyo demo [--json]' })
  }
})

test('the first word of a group lists the group', async () => {
  const { code, out } = await runWith(['election', '--help'], COMMANDS)
  expect(code).toBe(0)
  expect(out).toContain('election new')
  expect(out).not.toContain('demo')
})

test.each([
  [['dmeo'], '"demo"'],
  [['election', 'nwe'], 'election new'],
  [['verfy', 'x'], '"verify"'],
])('a mistyped %j is answered with what was meant', async (args, hint) => {
  const { code, problems } = await runWith(args, COMMANDS)
  expect(code).toBe(2)
  expect(problems).toContain(hint)
})

test('an unknown word far from everything points to the list', async () => {
  const { code, problems } = await runWith(['qqqqqqqq'], COMMANDS)
  expect(code).toBe(2)
  expect(problems).toContain('hanpyo --help')
})

test('wrong arguments end with 2 and point to the help', async () => {
  const strict = command('verify', async (args) => {
    parseArgs({ args, options: { json: { type: 'boolean' } } })
    throw new UsageError('a ledger is needed')
  })
  for (const args of [['verify'], ['verify', '--jsno']]) {
    const { code, problems } = await runWith(args, [strict])
    expect(code).toBe(2)
    expect(problems).toContain('hanpyo verify --help')
  }
})

test('an unexpected failure ends with 1 and shows its origin only when asked to', async () => {
  const broken = command('demo', async () => {
    throw new Error('no broker')
  })
  const quiet = await runWith(['demo'], [broken])
  expect(quiet.code).toBe(1)
  expect(quiet.problems).toContain('hanpyo demo: no broker')
  expect(quiet.problems).not.toContain('dispatch.test.ts')
  const loud = await runWith(['demo'], [broken], { HANPYO_DEBUG: '1' })
  expect(loud.problems).toContain('dispatch.test.ts')
})
