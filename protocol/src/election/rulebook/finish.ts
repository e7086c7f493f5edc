import { toHex } from '../../bytes.ts'
import { RECORD } from '../leaf.ts'
import { REFUSAL } from '../refusal.ts'
import { type RuleId, type Violation, violationOf } from '../rules.ts'
import type { Stage } from '../state.ts'
import { type Device, type ElectionData, keyBytes } from './data.ts'
import { allDevices, coveringIncident, hasServed, missingPrefixes, rootHolds } from './settlement.ts'

/** Which polls states a log may be in when it is checked for a stage. */
const REACHED: Readonly<Record<Stage, readonly ElectionData['polls'][]>> = {
  setup: ['not-open', 'open', 'closed', 'sealed'],
  open: ['open', 'closed', 'sealed'],
  closed: ['closed', 'sealed'],
  sealed: ['sealed'],
  final: ['sealed'],
}

/** Rules about the log as a whole, at a checkpoint. From sealing on everything a kiosk said must be settled. */
export function finishLog(data: ElectionData, stage: Stage): Violation[] {
  const last = data.nextIndex - 1
  const violations: Violation[] = []
  if (data.batch.first !== data.nextIndex) violations.push(violationOf(last, 0, 'batch.unfinished'))
  if (!REACHED[stage].includes(data.polls)) {
    violations.push(violationOf(last, 0, 'polls.stage', `${data.polls}, checked for ${stage}`))
  }
  if (stage !== 'sealed' && stage !== 'final') return violations
  const unexplained = allDevices(data).filter((device) => coveringIncident(device) === undefined)
  return [
    ...violations,
    ...unexplained.flatMap((device) => deviceViolations(data, device)),
    ...turnoutViolations(data, stage),
  ]
}

function deviceViolations(data: ElectionData, device: Device): Violation[] {
  const kiosk = `kiosk ${device.slot.id}`
  const violations: Violation[] = []
  const add = (index: number, type: number, rule: RuleId, detail: string): void => {
    violations.push(violationOf(index, type, rule, `${kiosk}: ${detail}`))
  }
  if (hasServed(data, device) && device.finalAt === undefined) {
    add(device.index, RECORD.device, 'kiosk-manifest.final-missing', 'no final manifest')
  }
  for (const interval of device.manifests) {
    const missing = missingPrefixes(device, interval).map((prefix) => toHex(keyBytes(prefix)))
    if (missing.length > 0) {
      add(interval.index, RECORD.kioskManifest, 'kiosk-manifest.unmatched', missing.join(', '))
    } else if (!rootHolds(device, interval)) {
      add(interval.index, RECORD.kioskManifest, 'kiosk-manifest.root', `interval ${interval.interval}`)
    }
  }
  const unlisted = [...device.logged]
    .filter(([prefix]) => !device.listed.has(prefix))
    .map(([, logged]) => logged)
  for (const { index, status } of [...unlisted, ...device.collided]) {
    if (status === REFUSAL.notInFinalManifest) continue
    add(index, status === 0 ? RECORD.ballot : RECORD.refusal, 'kiosk-manifest.unlisted', `leaf ${index}`)
  }
  if (device.challengedCount !== device.challengedTotal) {
    const index = device.finalAt ?? device.manifests.at(-1)?.index ?? device.index
    const detail = `${device.challengedCount} in the log, ${device.challengedTotal} counted`
    add(index, RECORD.kioskManifest, 'kiosk-manifest.challenged', detail)
  }
  return violations
}

/** Ballots of a centre against the slips it issued and did not take back. */
function turnoutViolations(data: ElectionData, stage: Stage): Violation[] {
  return data.manifest.centres.flatMap(({ id }) => {
    const ballots = [...data.slots.values()]
      .filter((slot) => slot.centre === id)
      .reduce((sum, slot) => sum + slot.ballotCount, 0)
    const turnout = data.turnout.get(id)
    if (turnout === undefined) {
      const isMissing = stage === 'final' && ballots > 0
      return isMissing ? [violationOf(data.nextIndex - 1, 0, 'turnout.missing', `centre ${id}`)] : []
    }
    const { index, issued, returned } = turnout
    if (ballots <= issued - returned) return []
    const detail = `centre ${id}: ${ballots} ballots, ${issued} issued, ${returned} returned`
    return [violationOf(index, RECORD.turnout, 'turnout.exceeded', detail)]
  })
}
