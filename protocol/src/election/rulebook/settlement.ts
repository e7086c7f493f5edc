/** What kiosks said against what the log holds: used when the authority seals and when the log is checked. */
import { equalBytes } from '../../bytes.ts'
import { rootOf } from '../../log/merkle.ts'
import type { UnmatchedId } from '../state.ts'
import { type Device, type ElectionData, keyBytes, type ListedInterval } from './data.ts'

/** Whether the device could have taken ballots: it was live while the polls were open or later. */
export function hasServed(data: ElectionData, device: Device): boolean {
  if (data.openedAt === undefined) return false
  return device.revokedAt === undefined || device.revokedAt > data.openedAt
}

/** The incident that explains what a device left open: one logged after its enrolment. */
export function coveringIncident(device: Device): number | undefined {
  const { coveredAt } = device.slot
  return coveredAt !== undefined && coveredAt > device.index ? coveredAt : undefined
}

export function allDevices(data: ElectionData): Device[] {
  return [...data.slots.values()].flatMap((slot) => slot.devices)
}

/** Kiosks that may still deliver something: no final manifest, listed ids or counted challenges missing. */
export function unsettledKiosks(data: ElectionData): number[] {
  const waiting = allDevices(data).filter(
    (device) =>
      hasServed(data, device) &&
      coveringIncident(device) === undefined &&
      (device.finalAt === undefined ||
        device.challengedCount < device.challengedTotal ||
        device.manifests.some((interval) => missingPrefixes(device, interval).length > 0)),
  )
  return [...new Set(waiting.map((device) => device.slot.id))]
}

/** Prefixes of an interval that the log does not hold as a ballot or refusal of that device. */
export function missingPrefixes(device: Device, interval: ListedInterval): string[] {
  return interval.prefixes.filter((prefix) => !device.logged.has(prefix))
}

/** Every id that a kiosk listed and the log does not hold, with the incident that explains it. */
export function unmatchedIds(data: ElectionData): UnmatchedId[] {
  return allDevices(data).flatMap((device) =>
    device.manifests.flatMap((interval) =>
      missingPrefixes(device, interval).map((prefix) => ({
        kiosk: device.slot.id,
        index: interval.index,
        prefix: keyBytes(prefix),
        coveredBy: coveringIncident(device),
      })),
    ),
  )
}

/** Whether the root of an interval whose ids are all logged is the root over those ids. */
export function rootHolds(device: Device, interval: ListedInterval): boolean {
  const ids = interval.prefixes.map((prefix) => keyBytes(device.logged.get(prefix)?.id ?? ''))
  return equalBytes(rootOf(ids), interval.root)
}
