import { join } from 'node:path'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { readDevice, updateDevice } from '../frame/device-folder.ts'
import { defineStep, type Step, type StepContext } from '../frame/step.ts'
import type { BoxCounts } from './hanpyo-command.ts'

/** Keys are overwritten before they are deleted; on flash memory that is a courtesy, the sealing of the files is the protection. */
const SECRET = ['keys', 'selftest', 'data'] as const
const DATA = [
  'election',
  'content',
  'cert',
  'requests',
  'kiosk.toml',
  'radio.json',
  'readiness.json',
  'readiness.note',
  'readiness.pdf',
  'provision-report.json',
  'provision-report.note',
  'provision-report.pdf',
  'selftest.json',
  'selftest-results.json',
  'slips.note',
] as const

export interface WipeContext extends StepContext {
  readonly box: () => Promise<Result<BoxCounts, 'box-unreadable'>>
  /** Unix seconds from which the device may be wiped; null: the authority released it, or no election was ever loaded. */
  readonly allowedFrom: number | null
  /** Unix seconds from which ballots need no proof of their place in the ledger any more; null: they never counted. */
  readonly archivedFrom: number | null
}

/**
 * Takes everything off a device but its work log, journal and `device.json`. Refused while anything waits for an acknowledgement, whatever
 * anybody signed; before the archive date without a release, and with one while the ledger has not proven a recorded ballot.
 */
export const wipeStep: Step<WipeContext> = defineStep<WipeContext>({
  id: 'wipe',
  title: { ko: '단말기 비우기', en: 'Wipe the device' },
  confirm: {
    ko: '이 단말기의 열쇠와 투표 자료를 모두 지웁니다. 계속할까요?',
    en: 'All keys and election data on this device will be deleted. Continue?',
  },
  async inspect({ allowedFrom, archivedFrom, box, clock, files, folder }) {
    const device = await readDevice(files, folder)
    if (!device.ok) return device
    const names = new Set(await files.list(folder.root))
    const there = [...SECRET, ...DATA].filter((name) => names.has(name))
    if (there.length === 0 && device.value.state === 'wiped') return ok('done')
    const rest = { changes: there.map((name) => ({ what: name, from: 'present', to: 'deleted' })) }
    // A wipe that was allowed and cut off: the box may be half overwritten by now.
    if (device.value.state === 'wiped') return ok(rest)
    const counts = await box()
    if (!counts.ok) return counts
    if (counts.value.waiting > 0) return err('votes-waiting', String(counts.value.waiting))
    const isArchived = archivedFrom === null || clock.now() / 1000 >= archivedFrom
    if (counts.value.unproven > 0 && !isArchived) return err('votes-unproven', String(counts.value.unproven))
    if (allowedFrom !== null && clock.now() / 1000 < allowedFrom)
      return err('archive-period', new Date(allowedFrom * 1000).toISOString())
    return ok({
      changes: [...rest.changes, { what: 'device.json: state', from: device.value.state, to: 'wiped' }],
    })
  },
  async apply({ files, folder }) {
    const updated = await updateDevice(files, folder, { state: 'wiped' })
    if (!updated.ok) return updated
    for (const name of SECRET) await files.removeAll(join(folder.root, name), { overwrite: true })
    for (const name of DATA) await files.removeAll(join(folder.root, name))
    return ok(undefined)
  },
})
