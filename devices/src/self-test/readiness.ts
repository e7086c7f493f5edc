import {
  hexBytes,
  kioskId,
  optionalBilingual,
  origin,
  text,
  unixSeconds,
} from '@hanpyo/protocol/election/fields.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { canonicalJson, type Json, parseCanonicalJson } from '@hanpyo/protocol/json.ts'
import { type NoteVerifier, parseNote, signNote, verifyNote } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import { SELF_TEST_PROBLEMS, type SelfTestProblem } from './problems.ts'
import { SELF_TEST_TITLES } from './texts.ts'

type Id = keyof typeof SELF_TEST_TITLES
const ids = Object.keys(SELF_TEST_TITLES) as [Id, ...Id[]]
const problems = Object.keys(SELF_TEST_PROBLEMS) as [SelfTestProblem, ...SelfTestProblem[]]
const factValue = z.union([
  z.string().max(200),
  z.int(),
  z.boolean(),
  z.null(),
  z.array(z.string().max(40)).max(16).readonly(),
])

/** How one test went, newest time only. */
export const testResultSchema = z.strictObject({
  test: z.enum(ids),
  /** `absent`: this machine has no such thing. `not-done`: never run, or not to its end. */
  verdict: z.enum(['passed', 'failed', 'absent', 'not-done']),
  /** When it ended, by the machine's clock; null when it was never run. */
  at: unixSeconds.nullable(),
  problem: z.enum(problems).nullable(),
  /** What a device said, or which keys are meant. */
  detail: text(200).nullable(),
  facts: z.record(z.string().max(40), factValue),
})
export type TestResult = z.infer<typeof testResultSchema>

/** The readiness report of one machine: what was tried, when, how it went, and with which software. */
export const readinessSchema = z.strictObject({
  version: z.literal(1),
  kiosk: kioskId,
  centre: optionalBilingual(200),
  /** Election the machine is loaded with; null before any. */
  election: origin.nullable(),
  /** Nothing in this election counts. */
  isTestElection: z.boolean(),
  at: unixSeconds,
  software: z.strictObject({
    version: text(40),
    /** SHA-256 over the sorted list of the files' hashes; null while it is being computed. */
    hash: hexBytes(32).nullable(),
  }),
  results: z.array(testResultSchema).max(ids.length),
  verdict: z.enum(['ready', 'not-ready']),
})
export type Readiness = z.infer<typeof readinessSchema>

/** A test that was never run. */
export function notDone(test: Id): TestResult {
  return { test, verdict: 'not-done', at: null, problem: null, detail: null, facts: {} }
}

/**
 * Ready: nothing failed, everything there was tried, slips can be scanned, and there is a way out (Wi-Fi or LoRaWAN).
 * What a machine does not have is no fault. A test counts as not done when it is missing from `results`.
 */
export function readinessVerdict(results: readonly TestResult[]): Readiness['verdict'] {
  const verdictOf = (test: Id) => results.find((result) => result.test === test)?.verdict ?? 'not-done'
  const isSettled = ids.every((test) => ['passed', 'absent'].includes(verdictOf(test)))
  const hasWayOut = verdictOf('wifi') === 'passed' || verdictOf('modem') === 'passed'
  return isSettled && hasWayOut && verdictOf('scanner') === 'passed' ? 'ready' : 'not-ready'
}

/** Puts a report together: every test once, in the order of the list, and the verdict that follows. */
export function makeReadiness(facts: Omit<Readiness, 'version' | 'verdict'>): Readiness {
  const results = ids.map((id) => facts.results.find(({ test }) => test === id) ?? notDone(id))
  return readinessSchema.parse({ ...facts, version: 1, results, verdict: readinessVerdict(results) })
}

/**
 * Signs a report as a C2SP note whose text is its canonical JSON, like every other signed document; `keyName` is
 * `<origin>/kiosk/<id>` for a kiosk. It is written beside `readiness.json` as `readiness.note`.
 */
export function signReadiness(signer: {
  readonly ed25519: Ed25519
  readonly keyName: string
  readonly seed: Uint8Array
  readonly report: Readiness
}): string {
  const { ed25519, keyName: name, seed, report } = signer
  return signNote({ ed25519, name, seed, text: readinessText(report) })
}

/** Canonical JSON and a line feed: the text that is signed, and the file `readiness.json`. */
export function readinessText(report: Readiness): string {
  return `${canonicalJson(report as unknown as Json)}\n`
}

export type ReadinessError = 'readiness-malformed' | 'readiness-signature'

/** Reads `readiness.json` or the text of a signed one. The verdict must be the one that follows from the results. */
export function parseReadiness(json: string): Result<Readiness, 'readiness-malformed'> {
  const value = parseCanonicalJson(json.replace(/\n$/, ''))
  if (!value.ok) return err('readiness-malformed', value.error)
  const parsed = readinessSchema.safeParse(value.value)
  if (!parsed.success) return err('readiness-malformed', parsed.error.issues[0]?.message)
  if (parsed.data.verdict !== readinessVerdict(parsed.data.results))
    return err('readiness-malformed', 'the verdict does not follow from the results')
  return ok(parsed.data)
}

/** Reads a signed report and checks that the machine's key, and no other, signed it. */
export function verifyReadiness(note: string, verifier: NoteVerifier): Result<Readiness, ReadinessError> {
  const parsed = parseNote(note)
  if (!parsed.ok) return err('readiness-malformed', parsed.error)
  const verified = verifyNote(parsed.value, [verifier], { exactly: true })
  if (!verified.ok) return err('readiness-signature', verified.error)
  return parseReadiness(parsed.value.text)
}
