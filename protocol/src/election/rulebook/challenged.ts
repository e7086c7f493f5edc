import { fromBase64 } from '../../bytes.ts'
import { openingHolds, trackerHolds } from '../challenged.ts'
import { parseChallenged } from '../records.ts'
import { byteKey, type ElectionData, type Examine, unmet } from './data.ts'
import { examineByKiosk } from './note.ts'

/** 0x11: a ballot opened instead of cast. Its randomness is public now, so its C1s are spent for good. */
export const examineChallenged: Examine = (data, body, options) => {
  return examineByKiosk(data, body, parseChallenged, 'challenged.kiosk', options, ({ value }, device) => {
    const tracker = fromBase64(value.tracker)
    const c1s = value.C.map((c) => byteKey(fromBase64(c).subarray(0, 32)))
    const isNew = new Set(c1s).size === c1s.length && !c1s.some((c1) => data.c1s.has(c1))
    const isStyle = formsStyle(
      data,
      value.choices.map(({ contest }) => contest),
    )
    const isComplete = value.C.length === value.choices.length && value.r.length === value.choices.length
    return {
      sortKey: tracker,
      findings: unmet(
        [data.polls !== 'not-open', 'challenged.polls'],
        [isStyle && isComplete, 'challenged.style'],
        [
          !isComplete || options.trusted === true || openingHolds(data.backend.group, data.jointKey, value),
          'challenged.opening',
        ],
        [trackerHolds(data.manifestHash, value), 'challenged.tracker'],
        [isNew, 'challenged.c1-twice'],
        [
          device.finalAt === undefined || device.challengedCount < device.challengedTotal,
          'challenged.after-final',
        ],
      ),
      effect: () => {
        for (const c1 of c1s) data.c1s.set(c1, data.nextIndex)
        device.challengedCount++
        device.slot.challengedCount++
      },
    }
  })
}

/** Whether the contests are those of one style, in its order. */
function formsStyle(data: ElectionData, contests: readonly number[]): boolean {
  return [...data.styles.values()].some(
    (style) => style.length === contests.length && style.every((id, j) => id === contests[j]),
  )
}
