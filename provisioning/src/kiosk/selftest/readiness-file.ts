import {
  makeReadiness,
  parseReadiness,
  type Readiness,
  readinessText,
  type TestResult,
} from '@hanpyo/devices/self-test/readiness.ts'
import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Device, DeviceFolder } from '../../frame/device-folder.ts'
import type { FilePort } from '../../frame/ports.ts'

/** What is known of the machine when results are written. */
export interface MachineFacts {
  readonly device: Device
  readonly election: { readonly id: string; readonly isTest: boolean } | null
  /** Unix seconds. */
  readonly at: number
  readonly software: Readiness['software']
}

/** `readiness.json` of a device folder; null when no test was ever run. */
export async function readReadiness(
  files: FilePort,
  folder: DeviceFolder,
): Promise<Result<Readiness | null, 'folder-damaged'>> {
  const bytes = await files.read(folder.readiness)
  if (bytes === null) return ok(null)
  const parsed = parseReadiness(decodeUtf8(bytes))
  return parsed.ok ? parsed : err('folder-damaged', `${folder.readiness}: ${parsed.detail ?? parsed.error}`)
}

/** Of each test the result that ended last; one that was not done replaces none that was. */
export function mergeResults(...lists: readonly (readonly TestResult[])[]): TestResult[] {
  const newest = new Map<string, TestResult>()
  for (const result of lists.flat()) {
    const before = newest.get(result.test)
    if (before !== undefined && rank(result) < rank(before)) continue
    newest.set(result.test, result)
  }
  return [...newest.values()]
}

/** Not done and not there come before anything that was tried. */
function rank({ at, verdict }: TestResult): number {
  if (verdict === 'not-done') return -2
  return verdict === 'absent' ? -1 : (at ?? 0)
}

/** Merges results into `readiness.json`, the file as a whole or not at all. */
export async function noteResults(
  files: FilePort,
  folder: DeviceFolder,
  results: readonly TestResult[],
  { device, election, at, software }: MachineFacts,
): Promise<Result<Readiness, 'folder-damaged'>> {
  const before = await readReadiness(files, folder)
  if (!before.ok) return before
  // What was tried with another election loaded says nothing about the vote on this one.
  const isSame = before.value?.election === (election?.id ?? null)
  const kept = (before.value?.results ?? []).filter(({ test }) => isSame || test !== 'test-vote')
  const readiness = makeReadiness({
    kiosk: device.id,
    centre: { ko: device.name, en: device.name },
    election: election?.id ?? null,
    isTestElection: election?.isTest ?? false,
    at,
    software,
    results: mergeResults(kept, results),
  })
  await files.write(folder.readiness, readinessText(readiness))
  return ok(readiness)
}
