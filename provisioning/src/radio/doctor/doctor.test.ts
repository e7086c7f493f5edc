import { createCa, issueServerCertificate } from '@hanpyo/platform/x509.ts'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { expect, test } from 'vitest'
import { nodePorts } from '../../frame/ports.ts'
import { doctorCommand } from '../commands/doctor.ts'
import { type DoctorPorts, judgeClock } from './checks.ts'

/** A machine on which everything is well, with what a test changes. */
function machine(change: Partial<DoctorPorts> = {}): DoctorPorts {
  return {
    ...nodePorts(),
    run: async () => ({ code: 0, stdout: new Uint8Array(0), stderr: '' }),
    listPorts: async () => ['serial:/dev/ttyUSB0'],
    freeBytes: async () => 8_000_000_000,
    mayOpen: async () => true,
    resolves: async () => true,
    nodeVersion: 'v24.21.0',
    ...change,
  }
}

async function examine(change: Partial<DoctorPorts>, ...args: string[]) {
  const lines: string[] = []
  const io = { stdout: (line: string) => void lines.push(line), stderr: () => {}, env: {}, cwd: '/nowhere' }
  const all = machine(change)
  const exitCode = await doctorCommand(
    () => all,
    () => all,
  ).run(['--yes', ...args], io)
  return { exitCode, text: lines.join('\n') }
}

const answering = (date: string) =>
  (async () => new Response(null, { headers: { date } })) as unknown as typeof fetch

test('a machine on which everything is well passes', async () => {
  const fetch = answering(new Date().toUTCString())
  const { exitCode, text } = await examine({ fetch }, '--bridge', 'https://bridge.example.org')
  expect([exitCode, text.match(/^[✗!]/m)]).toEqual([0, null])
  expect(text).toContain('The clock agrees with bridge.example.org.')
})

test.each<[string, Partial<DoctorPorts>, string[], RegExp]>([
  [
    'no right to the port',
    { mayOpen: async () => false },
    [],
    /✗ serial:\/dev\/ttyUSB0 may not be opened: sudo usermod -aG dialout/,
  ],
  ['a full stick', { freeBytes: async () => 3_000_000 }, [], /✗ Only 3 MB are free/],
  ['an old Node', { nodeVersion: 'v18.1.0' }, [], /✗ Node v18.1.0 is too old/],
  [
    'no DNS',
    { resolves: async () => false },
    ['--broker', 'mqtts://broker.example.org:8883'],
    /✗ The name broker.example.org is not known/,
  ],
  [
    'a clock off by a day',
    { fetch: answering(new Date(Date.now() - 86_400_000).toUTCString()) },
    ['--bridge', 'https://bridge.example.org'],
    /✗ The clock is 24 h ahead of bridge.example.org/,
  ],
])('%s is said in a plain sentence, and the exit code tells', async (_name, change, args, sentence) => {
  const { exitCode, text } = await examine(change, ...args)
  expect(text).toMatch(sentence)
  expect(exitCode).toBe(18)
})

test('what is only missing is a warning', async () => {
  const { exitCode, text } = await examine({ run: async () => null, listPorts: async () => [] })
  expect(text).toMatch(/! tpm2_getcap is not installed[\s\S]*! No serial port is plugged in/)
  expect(exitCode).toBe(0)
})

test('certificates that expired, or are not valid yet, are named', async () => {
  const ca = await createCa({ name: 'Test' })
  const old = await issueServerCertificate({ ca, notBefore: new Date(0), days: 1 })
  const early = await issueServerCertificate({ ca, notBefore: new Date(Date.now() + 864e5) })
  const soon = await issueServerCertificate({ ca, days: 10 })
  const texts: Record<string, string> = {
    'early.pem': early.cert,
    'old.pem': old.cert,
    'soon.pem': soon.cert,
    'x.pem': 'x',
  }
  const files: DoctorPorts['files'] = {
    ...nodePorts().files,
    list: async () => Object.keys(texts),
    read: async (path) => {
      const text = texts[path.split('/').at(-1)!]
      return text === undefined ? null : utf8(text)
    },
  }
  const { exitCode, text } = await examine({ files })
  expect(text).toContain('✗ early.pem is not valid yet; check the clock.')
  expect(text).toContain('✗ old.pem expired on 1970-01-02.')
  expect(text).toMatch(/! soon.pem expires in 9 days/)
  expect(exitCode).toBe(18)
})

test('a few seconds are no reason to complain, whole seconds being all that HTTP tells', () => {
  expect(judgeClock('x', 1_000, 5_000).state).toBe('ok')
  expect(judgeClock('x', 30_000, 0)).toMatchObject({
    state: 'warn',
    text: { en: expect.stringContaining('30 s ahead') },
  })
})
