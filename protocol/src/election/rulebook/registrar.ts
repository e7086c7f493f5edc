import { equalBytes, fromBase64, fromHex } from '../../bytes.ts'
import { sha256 } from '../../hash.ts'
import {
  parseIncident,
  parseTestSlips,
  parseTurnout,
  parseVoidSlips,
  type VoidSlipsRecord,
} from '../records.ts'
import type { ApplyOptions } from '../state.ts'
import { testSlipCommitment } from '../test-slips.ts'
import { bitmapSlips } from '../void-bitmap.ts'
import { type ElectionData, type Examine, type Finding, finding, unmet } from './data.ts'
import { examineOfficial } from './note.ts'

/** How many slip numbers a sentence names before it only counts. */
const NAMED = 100

/** 0x04: blocks later ballots of these slips. One that voted before is a question for people, not for the log. */
export const examineVoidSlips: Examine = (data, body, options) =>
  examineOfficial(data, body, parseVoidSlips, 'registrar', options, (record) => {
    const slips = voidedSlips(data, record, options)
    if (!Array.isArray(slips)) return { findings: [slips] }
    const voted = slips.filter((slip) => data.spent[slip] !== 0 && !data.voided.has(slip))
    return {
      findings: unmet([voted.length === 0, 'void.ballot-earlier', listSlips(voted)]),
      effect: () => {
        for (const slip of slips) if (!data.voided.has(slip)) data.voided.set(slip, data.nextIndex)
      },
    }
  })

/** 0x05: what a centre issued and took back; the last record counts. */
export const examineTurnout: Examine = (data, body, options) =>
  examineOfficial(data, body, parseTurnout, 'registrar', options, ({ centre, issued, returned }) => ({
    findings: unmet(
      [data.manifest.centres.some(({ id }) => id === centre), 'turnout.centre', centre],
      [returned <= issued && issued <= data.credentials.length, 'turnout.numbers', `${issued}, ${returned}`],
    ),
    effect: () => data.turnout.set(centre, { index: data.nextIndex, issued, returned }),
  }))

/** 0x06: opens the commitment of the manifest after the polls closed; only one text can, and no text is repeated. */
export const examineTestSlips: Examine = (data, body, options) =>
  examineOfficial(data, body, parseTestSlips, 'authority', options, ({ slips, salt }) => {
    const opened = testSlipCommitment(fromBase64(salt), slips)
    return {
      findings: unmet(
        [data.polls === 'closed' || data.polls === 'sealed', 'test-slips.early'],
        [
          slips.every((slip) => slip < data.credentials.length) &&
            equalBytes(opened, fromBase64(data.manifest.testSlips)),
          'test-slips.commitment',
        ],
      ),
      effect: () => {
        data.testSlips = slips
      },
    }
  })

/** 0x07: explains; it never removes a ballot. */
export const examineIncident: Examine = (data, body, options) =>
  examineOfficial(data, body, parseIncident, 'authority', options, ({ kiosk, covers }) => {
    const slot = kiosk === undefined ? undefined : data.slots.get(kiosk)
    return {
      findings: unmet([kiosk === undefined || slot !== undefined, 'incident.kiosk', `slot ${kiosk}`]),
      effect: () => {
        if (slot !== undefined && covers !== undefined) slot.coveredAt = data.nextIndex
      },
    }
  })

function voidedSlips(
  data: ElectionData,
  record: VoidSlipsRecord,
  { blob: findBlob }: ApplyOptions,
): number[] | Finding {
  if ('slips' in record) {
    const unlisted = record.slips.filter((slip) => slip >= data.credentials.length)
    return unlisted.length === 0 ? record.slips : finding('void.slip', listSlips(unlisted))
  }
  const blob = findBlob?.(record.blob)
  if (blob === undefined) return finding('void.blob', `${record.blob} is not at hand`)
  if (!equalBytes(sha256(blob), fromHex(record.blob))) return finding('void.blob', 'another hash')
  if (record.count !== data.credentials.length) return finding('void.blob', `count ${record.count}`)
  return bitmapSlips(blob, record.count) ?? finding('void.blob', 'wrong length or set bits past the end')
}

function listSlips(slips: readonly number[]): string {
  const named = slips.slice(0, NAMED).join(', ')
  return slips.length > NAMED ? `slips ${named} and ${slips.length - NAMED} more` : `slips ${named}`
}
