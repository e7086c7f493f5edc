import type { Result } from '@hanpyo/protocol/result.ts'
import { testHeadphones, testSpeaker } from './chimes.ts'
import { testKeypad, testSwitches } from './keys.ts'
import { testLamp, testPrinter, testScanner } from './peripherals.ts'
import type { Facts, SelfTestOptions, SelfTestPorts } from './ports.ts'
import type { SelfTestProblem } from './problems.ts'
import { testLink, testModem } from './radio.ts'
import type { TestResult } from './readiness.ts'
import {
  testBridge,
  testClock,
  testDisk,
  testOutbox,
  testScreen,
  testVote,
  testWifi,
} from './surroundings.ts'
import { SELF_TEST_TITLES } from './texts.ts'

export type SelfTestId = keyof typeof SELF_TEST_TITLES

export interface SelfTest {
  readonly id: SelfTestId
  /** Somebody has to press, listen, look or scan. */
  readonly needsPerson: boolean
  run(ports: SelfTestPorts, options: SelfTestOptions): Promise<Result<Facts, SelfTestProblem>>
}

const BY_ID: Readonly<Record<SelfTestId, Omit<SelfTest, 'id'>>> = {
  screen: { needsPerson: false, run: testScreen },
  keypad: { needsPerson: true, run: testKeypad },
  switches: { needsPerson: true, run: testSwitches },
  headphones: { needsPerson: true, run: testHeadphones },
  speaker: { needsPerson: true, run: testSpeaker },
  printer: { needsPerson: true, run: testPrinter },
  scanner: { needsPerson: true, run: testScanner },
  lamp: { needsPerson: true, run: testLamp },
  modem: { needsPerson: false, run: testModem },
  link: { needsPerson: false, run: testLink },
  wifi: { needsPerson: false, run: testWifi },
  bridge: { needsPerson: false, run: testBridge },
  clock: { needsPerson: false, run: testClock },
  disk: { needsPerson: false, run: testDisk },
  outbox: { needsPerson: false, run: testOutbox },
  'test-vote': { needsPerson: true, run: testVote },
}

/** Every test, in the order a technician goes through: what people touch, the radio, the networks, the machine, a vote. */
export const SELF_TESTS: readonly SelfTest[] = (Object.keys(SELF_TEST_TITLES) as SelfTestId[]).map((id) => ({
  id,
  ...BY_ID[id],
}))

/** Runs one test and notes how it went and when. A test whose signal is aborted ends soon, mostly as not done. */
export async function runSelfTest(
  id: SelfTestId,
  ports: SelfTestPorts,
  options: SelfTestOptions,
): Promise<TestResult> {
  const outcome = await BY_ID[id].run(ports, options)
  const at = Math.floor(options.clock.now() / 1000)
  if (outcome.ok)
    return { test: id, verdict: 'passed', at, problem: null, detail: null, facts: clipped(outcome.value) }
  const { error: problem, detail = null } = outcome
  return { test: id, verdict: verdictOf(problem), at, problem, detail: clip(detail), facts: {} }
}

function verdictOf(problem: SelfTestProblem): TestResult['verdict'] {
  if (problem === 'absent' || problem === 'not-a-test-election') return 'absent'
  return problem === 'stopped' ? 'not-done' : 'failed'
}

/** What a modem says of itself is as long as it likes. */
function clipped(facts: Facts): TestResult['facts'] {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      name,
      typeof value === 'string' ? (clip(value) ?? '') : value,
    ]),
  )
}

/** What a device said goes into a signed document: one line of bounded length without control characters. */
function clip(text: string | null): string | null {
  if (text === null) return null
  const plain = text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .normalize('NFC')
    .slice(0, 200)
    .toWellFormed()
  return plain === '' ? null : plain
}
