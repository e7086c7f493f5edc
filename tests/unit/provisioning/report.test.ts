import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { deviceFolder } from '@hanpyo/provisioning/frame/device-folder.ts'
import { nodePorts } from '@hanpyo/provisioning/frame/ports.ts'
import { openWorkLog } from '@hanpyo/provisioning/frame/work-log.ts'
import { reportCommands } from '@hanpyo/provisioning/kiosk/commands/report.ts'
import { workLogCommands } from '@hanpyo/provisioning/kiosk/commands/work-log.ts'
import { gatherReport } from '@hanpyo/provisioning/kiosk/report/gather.ts'
import { missingParts } from '@hanpyo/provisioning/kiosk/report/missing.ts'
import { type ProvisionReport, provisionReportSchema } from '@hanpyo/provisioning/kiosk/report/schema.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'

// The hash of the software reads every shipped file; what it is, does not matter here.
const ports = () => ({ ...nodePorts(), run: async () => null })
const command = reportCommands(ports)[0]!
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hanpyo-report-'))
  const device = {
    version: 1,
    id: 7,
    centre: 'c',
    name: '7번',
    orientation: 'portrait',
    pxPerMm: 4,
    state: 'active',
  }
  await writeFile(join(dir, 'device.json'), JSON.stringify(device))
})
afterEach(() => rm(dir, { recursive: true }))

async function report(): Promise<number> {
  const io = { cwd: dir, env: {}, stdout: () => {}, stderr: () => {} }
  return command.run(['--dir', dir, '--yes'], io as Parameters<typeof command.run>[1])
}

const seed = new Uint8Array(32).fill(7)

async function work(): Promise<void> {
  const folder = deviceFolder(dir)
  const signer = { id: 'kim', seed }
  const log = expectOk(await openWorkLog({ files: nodePorts().files, folder, ed25519: nobleEd25519, signer }))
  for (const step of ['init', 'keygen'])
    await log.append({
      at: 1_790_000_000,
      command: 'provision',
      step,
      result: 'done',
      changes: [],
      error: null,
    })
}

const gather = (key: Uint8Array | undefined) =>
  gatherReport(
    { ...ports(), folder: deviceFolder(dir) },
    { technicianKey: () => key, chirpstack: null, softwareHash: null },
  ).then(expectOk)

test('a device whose steps are missing is never called ready, and the report on the disk names them', async () => {
  expect(await report()).toBe(75)
  const text = await readFile(join(dir, 'provision-report.json'), 'utf8')
  const written = provisionReportSchema.parse(JSON.parse(text))
  expect(written.verdict).toBe('not-ready')
  for (const missing of [
    'step keygen',
    'step bundle-import',
    'valid certificate',
    'election',
    'test scanner passed',
  ])
    expect(written.missing).toContain(missing)
  expect((await readFile(join(dir, 'provision-report.pdf'))).subarray(0, 4).toString()).toBe('%PDF')
})

test('signatures of the work log are checked by the certificates, and a changed line is noticed', async () => {
  await work()
  expect((await gather(nobleEd25519.publicKey(seed))).workLog).toMatchObject({
    isIntact: true,
    lines: 2,
    unsigned: 0,
  })
  expect((await gather(undefined)).workLog).toMatchObject({
    isIntact: false,
    problem: 'line 0: no valid certificate',
  })
  const path = join(dir, 'work.log')
  const log = await readFile(path, 'utf8')
  await writeFile(path, log.replace('"step":"keygen"', '"step":"wipe"'))
  const changed = await gather(nobleEd25519.publicKey(seed))
  expect(changed.workLog).toMatchObject({ isIntact: false, problem: 'line 1: signature' })
  expect(changed.missing).toContain('intact work log')
  expect(await report()).toBe(16)
})

test('with everything there a device is ready, and each thing taken away makes it not', () => {
  const at = 1_790_000_000
  const passed = (id: 'scanner' | 'wifi' | 'test-vote') =>
    ({ test: id, verdict: 'passed', at, problem: null, detail: null, facts: {} }) as const
  const steps = ['init', 'keygen', 'enrol-import', 'bundle-import', 'kiosk-file']
  const ready: Omit<ProvisionReport, 'missing' | 'verdict'> = {
    version: 1,
    kiosk: 7,
    centre: 'c',
    name: 'n',
    state: 'active',
    at,
    steps: steps.map((id) => ({ id, state: 'done' as const, at, error: null })),
    workLog: { isIntact: true, lines: 5, unsigned: 0, problem: null },
    certificate: { cn: '7', notBefore: at, notAfter: at + 1, isValid: true, isOnLedger: true },
    modem: null,
    chirpstack: null,
    election: { id: 'e', manifest: '0'.repeat(64), isTest: true },
    slips: null,
    simulated: false,
    software: { version: '1', hash: null, isSignedByKiosk: false },
    results: [passed('scanner'), passed('wifi'), passed('test-vote')],
  }
  expect(missingParts(ready)).toEqual([])
  for (const id of steps)
    expect(missingParts({ ...ready, steps: ready.steps.filter((step) => step.id !== id) })).toEqual([
      `step ${id}`,
    ])
  for (const { test: id } of ready.results)
    expect(missingParts({ ...ready, results: ready.results.filter((one) => one.test !== id) })).toHaveLength(
      1,
    )
  const [scanner, ...others] = ready.results
  const played = { ...ready, results: [{ ...scanner!, facts: { simulated: true } }, ...others] }
  expect(missingParts(played)).toEqual(['test scanner with a real device'])
  expect(missingParts(played, true)).toEqual([])
  expect(missingParts({ ...ready, state: 'revoked' })).toEqual(['device is revoked'])
  const url = { url: 'u', applicationId: 'a' }
  expect(missingParts({ ...ready, chirpstack: { ...url, now: 'disabled' } })).toHaveLength(1)
})

test('work-log verify says how many lines hold, and finds a changed, a cut and a missing log', async () => {
  const folder = deviceFolder(dir)
  const log = expectOk(await openWorkLog({ files: nodePorts().files, folder, ed25519: nobleEd25519 }))
  const line = { at: 1_790_000_000, command: 'provision', result: 'done' as const, changes: [], error: null }
  const printed: string[] = []
  const print = (text: string) => void printed.push(text)
  const verify = () =>
    workLogCommands(ports)[0]!.run(['--dir', dir, '--json'], {
      cwd: dir,
      env: {},
      stdout: print,
      stderr: print,
    })
  expect(await verify()).toBe(16)
  for (const step of ['init', 'keygen', 'wifi']) await log.append({ ...line, step })
  expect(await verify()).toBe(0)
  expect(printed.join('\n')).toContain('"lines":3,"unsigned":3')
  const text = await readFile(folder.workLog, 'utf8')
  await writeFile(folder.workLog, text.replace('"step":"keygen"', '"step":"wipe"'))
  expect(await verify()).toBe(16)
  await writeFile(folder.workLog, text.split('\n').slice(1).join('\n'))
  expect(await verify()).toBe(16)
})
