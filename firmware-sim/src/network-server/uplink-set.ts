import { type DataRate, dataRateOf } from '../radio/kr920.ts'
import type { UplinkSet } from './deduplicator.ts'

/** Data rate of a received frame; frames of other spreading factors never get this far. */
export function dataRateOfSet(set: UplinkSet): DataRate {
  const dataRate = dataRateOf(set.frames[0]!.spreadingFactor)
  if (dataRate === undefined) throw new RangeError(`no data rate for SF${set.frames[0]!.spreadingFactor}`)
  return dataRate
}
