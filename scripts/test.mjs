// Runs the test stages one after another and ends with exactly `N passed, N failed`. A stage that exits non-zero,
// crashes or leaves no report counts as at least one failed. `--full` adds what does not fit into ten minutes.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { setPriority, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const full = process.argv.includes('--full')
const reports = mkdtempSync(join(tmpdir(), 'hanpyo-test-'))
const notes = []
let passed = 0
let failed = 0

function run(name, args, env = {}) {
  console.log(`\n=== ${name}`)
  const started = Date.now()
  const { status, signal } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  })
  console.log(`=== ${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`)
  return status === 0 && signal === null
}

function count(name, ok, good, bad, skipped = 0) {
  passed += good
  failed += bad
  if (!ok && bad === 0) {
    failed += 1
    notes.push(`${name} ended with an error outside any test`)
  }
  if (good + bad === 0 && ok) {
    failed += 1
    notes.push(`${name} ran no test`)
  }
  if (skipped > 0) notes.push(`${name}: ${skipped} skipped (each says why above)`)
}

function check(name, args) {
  const ok = run(name, args)
  count(name, ok, ok ? 1 : 0, ok ? 0 : 1)
}

/** Starts a step that runs beside others; what it says is kept until `end`. `nice` from 0 to 19: how much it steps aside. */
function begin(name, args, { env = {}, nice = 0 } = {}) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      said += text
    })
  }
  const started = Date.now()
  const exited = new Promise((resolve) => {
    child.once('error', () => resolve(null))
    child.once('close', resolve)
  })
  if (child.pid !== undefined) setPriority(child.pid, nice)
  return { name, started, exited, said: () => said }
}

/** Waits for a step of `begin`; whether it went well. */
async function end({ name, started, exited, said }) {
  const ok = (await exited) === 0
  console.log(
    `\n=== ${name}\n${said()}=== ${name}: ended ${((Date.now() - started) / 1000).toFixed(1)} s after its start`,
  )
  return ok
}

function readReport(file) {
  if (!existsSync(file)) return null
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}

const reportOf = (name) => join(reports, `${name}.json`)

function vitestArgs(name, extra) {
  const to = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportOf(name)}`]
  return ['node_modules/vitest/vitest.mjs', 'run', ...extra, ...to]
}

function countVitest(name, ok) {
  const report = readReport(reportOf(name))
  if (report === null) return count(name, false, 0, 0)
  const brokenFiles = report.testResults.filter(
    (r) => r.status === 'failed' && r.assertionResults.length === 0,
  ).length
  const skipped = report.numPendingTests + report.numTodoTests
  count(name, ok, report.numPassedTests, report.numFailedTests + brokenFiles, skipped)
}

function playwright(name, env) {
  const file = join(reports, 'playwright.json')
  const ok = run(name, ['node_modules/@playwright/test/cli.js', 'test', '--reporter=list,json'], {
    ...env,
    PLAYWRIGHT_JSON_OUTPUT_NAME: file,
    PLAYWRIGHT_JSON_OUTPUT_FILE: file,
  })
  const stats = readReport(file)?.stats
  if (stats === undefined) return count(name, false, 0, 0)
  count(name, ok, stats.expected, stats.unexpected + stats.flaky, stats.skipped)
}

const env = full ? { HANPYO_FULL: '1' } : {}
const DRILLS = vitestArgs('drills', ['--config', 'vitest.drills.config.ts'])

check('kiosk screens build', ['node_modules/vite/bin/vite.js', 'build', 'kiosk', '--logLevel', 'warn'])
check('public page builds', ['node_modules/vite/bin/vite.js', 'build', 'board', '--logLevel', 'warn'])
// The quick drills mostly wait for radios and ticks; the full ones load the machine, and run alone.
const drills = full ? null : begin('drills', DRILLS, { env })
const clips = begin('spoken clips', ['scripts/speech-clips.mjs'], { nice: 10 })
check('lint (Biome)', ['node_modules/@biomejs/biome/bin/biome', 'check', '.'])
check('types', ['node_modules/typescript/bin/tsc', '-p', '.'])
check('types of protocol, without Node globals', ['node_modules/typescript/bin/tsc', '-p', 'protocol'])
countVitest('unit', run('unit', vitestArgs('unit', []), env))
countVitest('drills', await (drills === null ? run('drills', DRILLS, env) : end(drills)))
const hasClips = await end(clips)
count('spoken clips', hasClips, hasClips ? 1 : 0, hasClips ? 0 : 1)
playwright('screens in Chromium', env)

if (!existsSync(join(root, 'node_modules', 'electron', 'path.txt'))) {
  notes.push('the Electron specs did not run: the Electron binary is not installed here')
}
notes.push(
  full
    ? 'nothing is left out on purpose'
    : 'left to `npm run test:full`: 50 kills instead of 4 in the kill -9 drill and more in the kill tests of bridge and kiosk, 40 instead of 5 changed bytes of the demo ledger, the demo in real time, on the embedded broker and in five scenarios, a million malformed HTTP and MQTT messages, trickled headers and floods, with ten crashes of the broker under load, a million hostile fragments and long fuzzing of modems, the large fleet simulations, the way of a device from a bare folder over LoRaWAN to its revocation, the kill drills of the technician’s tool (its files, and modem, ChirpStack and keys), power cuts at every sync of witness and mirror and at every one instead of every fifth of the bridge, failing system calls of bridge and mirror and all but one of the witness, full disks, a ledger of ten million records instead of 20,000, three bridges on one PostgreSQL cluster of which bridges, broker and primary are killed, and more random failovers, two bridges on one with four witnesses of which the leader and the primary are killed, killed, cut off and cancelled servers of a PostgreSQL cluster, the scripts that set one up, and a bridge on it as it is shipped: what TLS, passwords and roles refuse, init, a start without a primary, and a rebuild from a copy that is too short, more random days of a kiosk with two bridges, a core with two brokers, and a power cut at every step of storing proofs, the longest leaves that a ledger’s host can send a kiosk, axe on every look, language and screen size, and the public page on every screen in both languages, on broken hosts and with thousands of ballots',
)
rmSync(reports, { recursive: true, force: true })
console.log(`\nNotes: ${notes.join('; ')}.`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
