/**
 * The tool killed (SIGKILL, its own process) before every change it makes to a disk or a bridge, and run again. All cuts with
 * HANPYO_FULL=1, otherwise one; run-steps.test.ts cuts at lock and journal of a step, without a process.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, readlink, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadElection, readOfficialKey } from '@hanpyo/authority/load-election.ts'
import { allocateSlips } from '@hanpyo/authority/slip-allocations.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { expect, onTestFinished, test } from 'vitest'
import { filesUnder, initLine, openDeskBench } from './desk-bench.ts'
import type { KillJob } from './kill-child.ts'

const CHILD = fileURLToPath(new URL('./kill-child.ts', import.meta.url))
const IS_FULL = process.env.HANPYO_FULL === '1'
const AT_ONCE = 2

/** Everything that writes, from a bare folder to a device that was replaced, and wiped, and one that was revoked. */
function linesIn(root: string, bridge: string, authority: string): string[] {
  const [first, second, stick] = [join(root, 'dev'), join(root, 'dev-2'), join(root, 'stick')]
  const desk = `--desk ${root} --kiosk 1`
  const broker = `--bridge ${bridge} --broker-dir ${join(root, 'broker')} --broker-reload true`
  const request = `--request ${stick}/kiosk-1.request.json --out ${stick}`
  const set = (dir: string): string[] => [
    initLine(dir, 1),
    `provision keygen --dir ${dir} --seal none`,
    `provision enrol request --dir ${dir} --out ${stick}`,
  ]
  const taken = (dir: string): string =>
    `provision enrol import --dir ${dir} --from ${stick} --election ${root} --bridge ${bridge}`
  const start = [...set(first), `provision enrol sign ${desk} ${request}`, taken(first)]
  if (!IS_FULL) return start.slice(0, 2)
  const bundle = join(stick, 'bundle.zip')
  const signer = `--key ${root}/secret/keys/authority.json --at 2026-01-01T00:00:00Z`
  const content = `--bundle ${bundle} --authority ${authority} --ledger ${bridge}`
  return [
    ...start,
    ...set(second),
    `provision replace ${desk} ${request} ${broker} --yes`,
    taken(second),
    `provision wifi --dir ${second} --ssid Hall --open --root ${root}/image --broker mqtts://broker.example:8883 --no-check --yes`,
    `provision bundle create --election ${root} ${signer} --out ${bundle}`,
    `provision bundle import ${bundle} --dir ${second} --authority ${authority} --yes`,
    `provision load-election --dir ${second} ${content} --yes`,
    `provision slips import ${root}/stick/slips.note --dir ${second} --yes`,
    `provision report --dir ${second} --yes`,
    `provision revoke ${desk} ${broker} --yes`,
    `provision wipe --dir ${first} --yes`,
  ]
}

test('the tool killed before any change and run again comes to the same end, from a bare folder to wiped and revoked', {
  timeout: 900_000,
}, async () => {
  const bench = await openDeskBench()
  onTestFinished(() => bench.small.remove())
  const bridge = await openLedger()
  onTestFinished(() => bridge.close())
  const at = (name: string): string => join(bench.small.folder, '..', name)
  const pristine = at('pristine')
  await cp(bench.small.folder, pristine, { recursive: true })
  const { authority } = bench.small.election.manifest.keys

  const linesAt = (name: string): string[] => linesIn(at(name), `${bridge.url}${name}/`, authority)
  const copy = (from: string, to: string) => cp(at(from), at(to), { recursive: true, verbatimSymlinks: true })

  // Undisturbed: each command, how many changes it makes, and what is there after it.
  await copy('pristine', 'whole')
  for (const folder of ['stick', 'broker']) await mkdir(join(at('whole'), folder))
  await allocate(at('whole'), join(at('whole'), 'stick', 'slips.note'))
  const lines = linesAt('whole')
  const cuts: { readonly line: number; readonly killAt: number }[] = []
  const ends: { readonly state: unknown; readonly records: number }[] = []
  for (const [line, text] of lines.entries()) {
    await copy('whole', `before-${line}`)
    bridge.forget('whole')
    const { changes } = await run({ begin: { cwd: at('whole'), line: text, killAt: null } }, at('compiled'))
    ends.push({ state: await endState(at('whole')), records: bridge.records('whole') })
    for (let killAt = 0; killAt < (changes as number); killAt++) cuts.push({ line, killAt })
  }
  const all = IS_FULL ? cuts : [cuts[Math.floor(cuts.length / 2)] as (typeof cuts)[0]]

  // Each process finishes what the one before was cut off in, and is killed at the next cut itself.
  const left = [...all.entries()]
  const work = async (): Promise<void> => {
    let before: { name: string; line: number } | undefined
    for (;;) {
      const [i, cut] = left.shift() ?? []
      const name = `cut-${i}`
      if (cut !== undefined) await copy(`before-${cut.line}`, name)
      const textOf = (of: string, line: number): string => linesAt(of)[line] as string
      const done = await run(
        {
          ...(before && { resume: { cwd: at(before.name), line: textOf(before.name, before.line) } }),
          ...(cut && { begin: { cwd: at(name), line: textOf(name, cut.line), killAt: cut.killAt } }),
        },
        at('compiled'),
      )
      if (before !== undefined) {
        expect(done.resumed).toBe(true)
        const end = { state: await endState(at(before.name)), records: bridge.records(before.name) }
        expect(end, `${before.name}: ${lines[before.line]}`).toEqual(ends[before.line])
        await rm(at(before.name), { recursive: true })
      }
      if (cut === undefined) return
      expect(done.wasKilled, name).toBe(true)
      before = { name, line: cut.line }
    }
  }
  const beganMs = performance.now()
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  const seconds = ((performance.now() - beganMs) / 1000).toFixed(0)
  console.log(`${all.length} kills at ${cuts.length} changes of ${lines.length} commands, ${seconds} s`)
  expect(cuts.length).toBeGreaterThan(IS_FULL ? 60 : 8)
})

/** The registrar's part: what the technician finds on the stick. */
async function allocate(election: string, note: string): Promise<void> {
  const loaded = expectOk(await loadElection(election, nobleEd25519))
  const key = expectOk(await readOfficialKey(loaded, 'registrar'))
  const envelopes = [{ first: 1, last: 2, slips: 3, style: 1 }]
  const given = { centre: 'banpo2', envelopes, isCorrection: false, at: 1_790_000_000 }
  await writeFile(note, expectOk(await allocateSlips(loaded, key, given)).note)
}

interface Ended {
  readonly wasKilled: boolean
  readonly resumed: boolean
  /** All changes of a run that was not killed. */
  readonly changes: number | undefined
}

function run(job: KillJob, compiled: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD, JSON.stringify(job)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_COMPILE_CACHE: compiled },
    })
    const [out, told]: [string[], string[]] = [[], []]
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => told.push(chunk.toString()))
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const wasKilled = signal === 'SIGKILL'
      if (code !== 0 && !wasKilled) return reject(new Error(`${JSON.stringify(job)}\n${told.join('')}`))
      const facts = out
        .join('')
        .split('\n')
        .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, unknown>]))
      resolve({
        wasKilled,
        resumed: facts.some(({ resumed }) => resumed === true),
        changes: facts.findLast(({ changes }) => changes !== undefined)?.changes as number | undefined,
      })
    })
  })
}

/** A bridge that keeps each record once, apart for each path. */
async function openLedger() {
  const ledgers = new Map<string, string[]>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const name = (request.url ?? '').split('/')[1] ?? ''
      const hash = createHash('sha256').update(Buffer.concat(chunks)).digest('hex')
      const records = ledgers.get(name) ?? []
      ledgers.set(name, records)
      if (!records.includes(hash)) records.push(hash)
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ position: records.indexOf(hash) }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    url: `http://127.0.0.1:${port}/`,
    /** How many different records came. */
    records: (name: string) => ledgers.get(name)?.length ?? 0,
    forget: (name: string) => ledgers.delete(name),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

/** What must be the same: which files there are, what journals and work logs tell, what is held and revoked, settings to the byte. */
async function endState(root: string) {
  const files = await filesUnder(root)
  const state: Record<string, unknown> = {}
  for (const [path, text] of files) {
    const name = path.slice(root.length + 1)
    if (/\.tmp$/.test(name)) continue
    state[name] = 'there'
    if (name.endsWith('provision.journal')) {
      const { steps } = JSON.parse(text) as { steps: Record<string, { state: string }> }
      state[name] = Object.entries(steps).map(([id, step]) => `${id} ${step.state}`)
    } else if (name.endsWith('work.log')) {
      state[name] = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).body.step as string)
    } else if (name.endsWith('certificates.json')) {
      // Listed before it is handed out: a cut in between leaves one more in the list, of the same key, revoked with it.
      state[name] = (JSON.parse(text) as { ed25519: string; revokedAt?: number }[]).some(
        ({ revokedAt }) => revokedAt === undefined,
      )
    } else if (/kiosk\.toml$|^dev(-2)?\/device\.json$|nmconnection$|\/acl$|slips\.note$/.test(name)) {
      state[name] = text
        .replaceAll(/\/tmp\/[^/]+\/(whole|cut-\d+)/g, '')
        .replaceAll(/(http:\/\/[^/]+\/)[^/"]+/g, '$1')
    }
  }
  state['dev-2/election'] = await readlink(join(root, 'dev-2', 'election')).catch(() => null)
  return state
}
