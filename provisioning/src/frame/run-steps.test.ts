import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { DurableWriteError } from '@hanpyo/platform/durable-file.ts'
import { decodeUtf8, utf8 } from '@hanpyo/protocol/bytes.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { err, expectOk, ok } from '@hanpyo/protocol/result.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { deviceFolder } from './device-folder.ts'
import { errorTable, PROVISION_ERRORS } from './errors.ts'
import { type FilePort, nodeFiles, nodePorts } from './ports.ts'
import { createReport } from './report.ts'
import { runSteps } from './run-steps.ts'
import { defineStep, type Step, type StepContext } from './step.ts'
import { openWorkLog, verifyWorkLog } from './work-log.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hanpyo-steps-'))
})
afterEach(() => rm(dir, { recursive: true }))

const signer = { id: 'kim', seed: new Uint8Array(32).fill(7) }
const publicKey = nobleEd25519.publicKey(signer.seed)

/** A step that makes a file. */
const makes = (name: string, more: Partial<Step> = {}): Step =>
  defineStep({
    id: name,
    title: { ko: name, en: name },
    inspect: async ({ files, folder }) =>
      (await files.read(join(folder.root, name))) === null
        ? ok({ changes: [{ what: name, from: null, to: 'made' }] })
        : ok('done'),
    async apply({ files, folder }) {
      await files.write(join(folder.root, name), name)
      return ok(undefined)
    },
    ...more,
  })

interface Setting {
  readonly files?: FilePort
  readonly dryRun?: boolean
  readonly yes?: boolean
}

async function run(steps: readonly Step[], { files = nodeFiles, dryRun = false, yes = false }: Setting = {}) {
  const out: Record<string, unknown>[] = []
  const io = {
    stdout: (line: string) => void out.push(JSON.parse(line)),
    stderr: () => {},
    env: {},
    cwd: dir,
  }
  const ctx: StepContext = {
    ...nodePorts(),
    files,
    clock: createVirtualClock({ startMs: 1_790_000_000_000 }),
    folder: deviceFolder(dir),
  }
  const code = await runSteps({
    command: 'provision test',
    steps,
    ctx,
    io,
    report: createReport(io, { json: true, dir }),
    options: { dryRun, yes },
    openWorkLog: () => openWorkLog({ files, folder: ctx.folder, ed25519: nobleEd25519, signer }),
  })
  return {
    code,
    out,
    states: out.slice(0, -1).map(({ step, state }) => `${step} ${state}`),
    summary: out.at(-1),
  }
}

const workLog = async () => (await nodeFiles.read(join(dir, 'work.log'))) ?? new Uint8Array()

test('steps are done once, and a second run finds them done', async () => {
  expect(await run([makes('a'), makes('b')])).toMatchObject({ code: 0, states: ['a done', 'b done'] })
  const log = await workLog()
  expect(await run([makes('a'), makes('b')])).toMatchObject({ states: ['a already-done', 'b already-done'] })
  expect(await workLog()).toEqual(log)
})

test('a dry run tells the changes and makes none', async () => {
  const { out, code } = await run([makes('a')], { dryRun: true })
  expect(code).toBe(0)
  expect(out[0]).toMatchObject({ state: 'would-change', changes: [{ what: 'a', from: null, to: 'made' }] })
  expect(await nodeFiles.list(dir)).toEqual([])
})

test('a failed step ends the run with its exit code, and the next run goes on there', async () => {
  const refused = makes('b', { apply: async () => err('answer-invalid', 'nonsense') })
  const first = await run([makes('a'), refused, makes('c')])
  expect(first).toMatchObject({
    code: 2,
    states: ['a done', 'b failed'],
    summary: { failure: { step: 'b' } },
  })
  const second = await run([makes('a'), makes('b'), makes('c')])
  expect(second.states).toEqual(['a already-done', 'b done', 'c done'])
})

test('a step that leaves nothing behind is no success', async () => {
  const idle = makes('a', { apply: async () => ok(undefined) })
  expect(await run([idle])).toMatchObject({ code: PROVISION_ERRORS['step-without-effect'].exit })
})

test('a full disk and a pulled stick are told in the words of the catalogue', async () => {
  for (const [cause, code] of [
    ['disk-full', 13],
    ['io-error', 14],
  ] as const) {
    const apply = async () => Promise.reject(new DurableWriteError(cause, '/stick/x', new Error('no')))
    expect(await run([makes(cause, { apply })])).toMatchObject({ code })
  }
  const bug = makes('x', { apply: () => Promise.reject(new TypeError('a bug')) })
  await expect(run([bug])).rejects.toThrow('a bug')
})

test('what cannot be taken back is asked for, and without a terminal needs --yes', async () => {
  const grave = makes('grave', { confirm: { ko: '지울까요?', en: 'Remove it?' } })
  expect(await run([grave])).toMatchObject({ code: 2, states: ['grave failed'] })
  expect(await run([grave], { yes: true })).toMatchObject({ code: 0, states: ['grave done'] })
})

test('a run cut off before or after any write comes to the same end the next time', async () => {
  const steps = [makes('a'), makes('b')]
  const end = async () => {
    const names = await nodeFiles.list(dir)
    const journal = await nodeFiles.read(join(dir, 'provision.journal'))
    const lines = decodeUtf8(await workLog())
      .trim()
      .split('\n')
    const told = lines.map((line) => (JSON.parse(line) as { body: { step: string } }).body.step)
    const states = Object.values((JSON.parse(decodeUtf8(journal!)) as { steps: object }).steps) as {
      state: string
    }[]
    return { names, told, states: states.map(({ state }) => state) }
  }
  await run(steps)
  const whole = await end()
  for (let cut = 0; ; cut++) {
    await rm(dir, { recursive: true })
    await nodeFiles.makeFolder(dir)
    let writes = 0
    const dying: FilePort = {
      ...nodeFiles,
      async write(path, bytes, options) {
        if (writes++ === Math.floor(cut / 2)) {
          if (cut % 2 === 1) await nodeFiles.write(path, bytes, options)
          throw new TypeError('cut off')
        }
        await nodeFiles.write(path, bytes, options)
      },
      // A killed run does not clean up.
      remove: (path) => (path.endsWith('.lock') ? Promise.resolve() : nodeFiles.remove(path)),
    }
    const wasCut = await run(steps, { files: dying }).then(
      () => false,
      () => true,
    )
    await nodeFiles.remove(join(dir, '.provision.lock'))
    expect(await run(steps)).toMatchObject({ code: 0 })
    expect(await end()).toEqual(whole)
    if (!wasCut) break
  }
})

test('a second run in the same folder is kept out', async () => {
  const outer = makes('outer', {
    apply: async () => {
      expect(await run([makes('inner')])).toMatchObject({ code: PROVISION_ERRORS['folder-busy'].exit })
      await nodeFiles.write(join(dir, 'outer'), '')
      return ok(undefined)
    },
  })
  expect(await run([outer])).toMatchObject({ code: 0 })
})

test('the work log shows every changed byte and every unknown technician', async () => {
  await run([makes('a'), makes('b')])
  const bytes = await workLog()
  const keyOf = (id: string) => (id === 'kim' ? publicKey : undefined)
  expect(expectOk(verifyWorkLog(bytes, nobleEd25519, keyOf))).toEqual({ lines: 2, unsigned: 0 })
  expect(verifyWorkLog(bytes, nobleEd25519, () => undefined).ok).toBe(false)
  const text = decodeUtf8(bytes)
  const [first, second] = text.trim().split('\n')
  const stripped = JSON.stringify({ ...JSON.parse(first!), signature: null })
  for (const changed of [
    text.replace('provision test', 'provision tost'),
    `${second}\n`,
    `${first}\n${first}\n`,
    `${stripped}\n`,
  ]) {
    expect(verifyWorkLog(utf8(changed), nobleEd25519, keyOf)).toMatchObject({ error: 'work-log-broken' })
  }
})

test('every entry of the catalogue has both languages, an exit code of a family and a way on', () => {
  for (const { exit, happened, state, next } of Object.values(PROVISION_ERRORS)) {
    expect(exit === 2 || (exit >= 10 && exit < 80)).toBe(true)
    for (const text of [happened, state]) {
      expect(text.ko).toMatch(/[가-힣]/)
      expect(text.en).toMatch(/[a-z]/)
    }
    expect(next).not.toBe('')
  }
  expect(errorTable('ko').split('\n')).toHaveLength(Object.keys(PROVISION_ERRORS).length + 2)
})
