import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { noteVerifier, vkeyOf } from '@hanpyo/protocol/log/note.ts'
import { err, expectOk, ok } from '@hanpyo/protocol/result.ts'
import { expect, test } from 'vitest'
import { TEST_CODE } from '../commands/test-receipt.ts'
import { KEYPAD_KEYS } from '../keypad/keypad.ts'
import type { Receipt } from '../printer/receipt.ts'
import { createRun, fakeKeys, fakePrinter } from './fixtures.ts'
import type { SelfTestPorts } from './ports.ts'
import {
  makeReadiness,
  parseReadiness,
  readinessText,
  readinessVerdict,
  signReadiness,
  type TestResult,
  verifyReadiness,
} from './readiness.ts'
import { readinessPdf, readinessReceipt } from './readiness-paper.ts'
import { scanPort } from './scan-port.ts'
import { calibrationProblem, diagonalMm } from './screen.ts'
import { runSelfTest, SELF_TESTS } from './self-test.ts'

test('a keypad passes once all nine keys were pressed, in any order, and the guide shows which are missing', async () => {
  const keypad = fakeKeys()
  const run = createRun()
  const result = runSelfTest('keypad', { keypad }, run.options)
  for (const key of [...KEYPAD_KEYS].reverse()) {
    keypad.press(key)
    keypad.press(key)
  }
  expect(await result).toMatchObject({ verdict: 'passed', facts: { keys: [...KEYPAD_KEYS] } })
  expect(run.prompts.map((prompt) => 'missing' in prompt && prompt.missing.length)).toEqual([
    9, 8, 7, 6, 5, 4, 3, 2, 1, 0,
  ])
})

test('a keypad that somebody stops names the keys that were not heard', async () => {
  const keypad = fakeKeys()
  const run = createRun()
  const result = runSelfTest('keypad', { keypad }, run.options)
  for (const key of KEYPAD_KEYS.filter((key) => key !== 'faster')) keypad.press(key)
  run.stop()
  expect(await result).toMatchObject({ verdict: 'failed', problem: 'keys-missing', detail: 'faster' })
})

test('a keypad nobody touched is not done, and one unplugged in between has failed', async () => {
  const untouched = createRun()
  const idle = runSelfTest('keypad', { keypad: fakeKeys() }, untouched.options)
  untouched.stop()
  expect(await idle).toMatchObject({ verdict: 'not-done' })
  const keypad = fakeKeys()
  const unplugged = runSelfTest('keypad', { keypad }, createRun().options)
  keypad.unplug()
  expect(await unplugged).toMatchObject({ verdict: 'failed', problem: 'unplugged-meanwhile' })
})

test('headphones with left and right swapped fail', async () => {
  const run = createRun({ 'heard-headphones': ['right', 'left'] })
  const result = await runSelfTest('headphones', { chime: async () => true }, run.options)
  expect(result).toMatchObject({ verdict: 'failed', problem: 'wrong-side' })
})

test('the chime is played left, then right, and passes when heard so', async () => {
  const played: string[] = []
  const run = createRun({ 'heard-headphones': ['left', 'right'] })
  const chime = async (side: string) => played.push(side) > 0
  expect(await runSelfTest('headphones', { chime }, run.options)).toMatchObject({ verdict: 'passed' })
  expect(played).toEqual(['left', 'right'])
})

test('a printer passes only when somebody can read the Korean on the paper', async () => {
  const receipts: Receipt[] = []
  const printer = fakePrinter(receipts)
  const readable = createRun({ 'paper-readable': ['yes'] })
  expect(await runSelfTest('printer', { printer }, readable.options)).toMatchObject({
    verdict: 'passed',
    facts: { paper: 'ok' },
  })
  expect(JSON.stringify(receipts[0])).toContain('뚜렷하게')
  const faint = createRun({ 'paper-readable': ['no'] })
  expect(await runSelfTest('printer', { printer }, faint.options)).toMatchObject({ problem: 'not-readable' })
})

test('the scanner test takes the test code, and tells only the length of any other', async () => {
  const scanner = scanPort(() => 'online')
  const good = runSelfTest('scanner', { scanner }, createRun().options)
  expect(scanner.push(TEST_CODE)).toBe(true)
  expect(await good).toMatchObject({ verdict: 'passed' })
  const secret = runSelfTest('scanner', { scanner }, createRun().options)
  scanner.push('HP1SECRETSECRET')
  const result = await secret
  expect(result).toMatchObject({ problem: 'other-code', detail: '15 characters' })
  expect(JSON.stringify(result)).not.toContain('SECRET')
  expect(scanner.push('nobody waits')).toBe(false)
})

test('a link check that finds the modem busy waits its turn, and a weak link fails', async () => {
  const clock = createVirtualClock({ startMs: 0 })
  const answers = [err('busy'), err('busy'), ok({ marginDb: 12, gatewayCount: 2 })] as const
  let asked = 0
  const modem = { facts: async () => null, linkCheck: async () => answers[asked++] ?? err('no-answer') }
  const run = createRun({}, clock)
  const result = runSelfTest('link', { modem }, run.options)
  await clock.advance(6_000)
  expect(await result).toMatchObject({ verdict: 'passed', facts: { marginDb: 12, gatewayCount: 2 } })
  const weak = { ...modem, linkCheck: async () => ok({ marginDb: 1, gatewayCount: 1 }) }
  expect(await runSelfTest('link', { modem: weak }, run.options)).toMatchObject({ problem: 'link-weak' })
})

test('a test vote is refused where votes count', async () => {
  const port = {
    isTestElection: false,
    cast: async () => {
      throw new Error('cast in a real election')
    },
  }
  const ports: SelfTestPorts = { testVote: port, scanner: scanPort(() => 'online') }
  const result = await runSelfTest('test-vote', ports, createRun().options)
  expect(result).toMatchObject({ verdict: 'absent', problem: 'not-a-test-election' })
})

test('every test of a machine that has nothing ends at once as absent or failed, never as passed', async () => {
  for (const { id } of SELF_TESTS) {
    expect((await runSelfTest(id, {}, createRun().options)).verdict, id).toBe('absent')
  }
})

test('a card matched on a 21.5 inch full HD screen is plausible, the same number of a phone is not', () => {
  const screen = { widthPx: 1080, heightPx: 1920 }
  expect(calibrationProblem({ pxPerMetre: 4_034, ...screen })).toBeNull()
  expect(Math.round(diagonalMm({ pxPerMetre: 4_034, ...screen }))).toBe(546)
  expect(calibrationProblem({ pxPerMetre: 1_100, ...screen })).toBe('too-coarse')
  expect(calibrationProblem({ pxPerMetre: 19_000, ...screen })).toBe('too-fine')
  expect(calibrationProblem({ pxPerMetre: 6_000, widthPx: 320, heightPx: 640 })).toBe('screen-small')
})

test('a machine is ready only when nothing failed, nothing was left out, and there is a way out', () => {
  const all = (changes: Record<string, TestResult['verdict']>): TestResult[] =>
    SELF_TESTS.map(({ id }) => ({
      ...{ test: id, at: 1, problem: null, detail: null, facts: {} },
      verdict: changes[id] ?? 'passed',
    }))
  expect(readinessVerdict(all({ lamp: 'absent', 'test-vote': 'absent', wifi: 'absent' }))).toBe('ready')
  expect(readinessVerdict(all({ wifi: 'absent', modem: 'absent' }))).toBe('not-ready')
  expect(readinessVerdict(all({ scanner: 'absent' }))).toBe('not-ready')
  expect(readinessVerdict(all({ keypad: 'not-done' }))).toBe('not-ready')
  expect(readinessVerdict(all({ disk: 'failed' }))).toBe('not-ready')
  expect(readinessVerdict(all({}).slice(1))).toBe('not-ready')
})

test('a signed report verifies under the machine’s key, and not once a verdict in it was changed', () => {
  const seed = new Uint8Array(32).fill(7)
  const keyName = 'log.example/2026/kiosk/3'
  const ed25519 = nobleEd25519
  const note = signReadiness({ ed25519, keyName, seed, report: exampleReport() })
  const verifier = expectOk(noteVerifier(ed25519, vkeyOf(ed25519, keyName, seed)))
  expect(expectOk(verifyReadiness(note, verifier))).toEqual(exampleReport())
  const forged = note.replace('"verdict":"not-ready"', '"verdict":"ready"')
  expect(forged).not.toBe(note)
  expect(verifyReadiness(forged, verifier)).toMatchObject({ ok: false, error: 'readiness-signature' })
  expect(parseReadiness(readinessText({ ...exampleReport(), verdict: 'ready' }))).toMatchObject({ ok: false })
})

test('the report comes out as a PDF, and in short for the receipt printer with every test on it', async () => {
  const pdf = await readinessPdf(exampleReport(), 'signed\n')
  expect(new TextDecoder('latin1').decode(pdf.subarray(0, 5))).toBe('%PDF-')
  const { parts } = readinessReceipt(exampleReport())
  expect(parts.filter(({ kind }) => kind === 'pair')).toHaveLength(SELF_TESTS.length)
})

function exampleReport() {
  return makeReadiness({
    kiosk: 3,
    centre: { ko: '서초1동', en: 'Seocho 1' },
    election: 'log.example/2026',
    isTestElection: true,
    at: 1_795_000_000,
    software: { version: '0.1.0', hash: null },
    results: [
      { test: 'disk', verdict: 'passed', at: 1, problem: null, detail: null, facts: { freeMegabytes: 900 } },
      { test: 'lamp', verdict: 'failed', at: 2, problem: 'lamp-dark', detail: 'blink', facts: {} },
    ],
  })
}

test('a finished key test listens no longer', async () => {
  const keypad = fakeKeys()
  const run = createRun()
  const result = runSelfTest('keypad', { keypad }, run.options)
  expect(keypad.listeners).toBe(1)
  run.stop()
  await result
  expect(keypad.listeners).toBe(0)
})

test('what a modem says of itself fits the report, however long and strange it is', async () => {
  const firmware = `\u0007${'가'.normalize('NFD').repeat(300)}\ud800`
  const facts = {
    dialect: 'rui3',
    firmware,
    region: 'KR920',
    devEui: '',
    isJoined: true,
    dataRate: 5,
    lastDownlink: null,
  }
  const modem = { facts: async () => facts, linkCheck: async () => err('no-answer' as const) }
  const result = await runSelfTest('modem', { modem }, createRun().options)
  expect(result.verdict).toBe('passed')
  const report = makeReadiness({ ...exampleReport(), results: [result] })
  expect(parseReadiness(readinessText(report))).toMatchObject({ ok: true })
})
