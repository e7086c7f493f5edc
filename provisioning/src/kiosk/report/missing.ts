import type { ProvisionReport } from './schema.ts'

/** Steps of this machine that have to be done; radio's are judged by what they left in `radio.json`. */
const REQUIRED_STEPS = ['init', 'keygen', 'enrol-import', 'bundle-import', 'kiosk-file'] as const

/**
 * What a device lacks to be ready. Every test must have passed or be of something this machine does not have; slips must scan, a way
 * out must work, nothing may have been simulated, and a vote must have come through on this very election when it is a test election.
 */
export function missingParts(
  facts: Omit<ProvisionReport, 'missing' | 'verdict'>,
  allowSimulated = false,
): readonly string[] {
  const { certificate, chirpstack, election, modem, results, state, steps, workLog } = facts
  const done = new Set(steps.filter((step) => step.state === 'done').map(({ id }) => id))
  const verdictOf = (id: string) => results.find(({ test }) => test === id)?.verdict ?? 'not-done'
  const missing: string[] = []
  const need = (isThere: boolean, name: string): void => void (isThere || missing.push(name))
  need(state === 'active', `device is ${state}`)
  for (const id of REQUIRED_STEPS) need(done.has(id), `step ${id}`)
  for (const { id, state: how } of steps) {
    if (how !== 'done' && !(REQUIRED_STEPS as readonly string[]).includes(id))
      missing.push(`step ${id} ${how}`)
  }
  need(workLog.isIntact, 'intact work log')
  need(workLog.lines !== 0, 'work log')
  need(certificate?.isValid === true, 'valid certificate')
  need(certificate === null || certificate.cn === String(facts.kiosk), 'certificate of this kiosk')
  need(certificate?.isOnLedger === true, 'enrolment on the ledger')
  need(election !== null, 'election')
  if (modem !== null) {
    need(modem.isProgrammed, 'programmed modem')
    need(modem.isJoined, 'join with the present key')
    need(chirpstack !== null, 'ChirpStack registration')
  }
  need(chirpstack?.now !== 'disabled' && chirpstack?.now !== 'missing', 'device let in by ChirpStack')
  for (const { test, verdict } of results) {
    if (verdict === 'failed') missing.push(`test ${test}`)
  }
  for (const result of results) {
    if (isSimulated(result) && !allowSimulated) missing.push(`test ${result.test} with a real device`)
  }
  need(verdictOf('scanner') === 'passed', 'test scanner passed')
  need(
    ['wifi', 'link', 'modem'].some((id) => verdictOf(id) === 'passed'),
    'test of Wi-Fi or LoRa passed',
  )
  if (election?.isTest === true) need(verdictOf('test-vote') === 'passed', 'acknowledged test vote')
  return missing
}

/** Whether a test was run on something that only plays a device; `selftest --simulated` says so in the result. */
export function isSimulated({ facts }: ProvisionReport['results'][number]): boolean {
  return facts.simulated === true
}
