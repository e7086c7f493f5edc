import { type Command, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { readKeyFile } from '@hanpyo/platform/keyfile.ts'
import { testSlipFileSchema } from '../key-files.ts'
import { incidentRecord, testSlipsRecord, turnoutRecord, voidSlipsRecord } from '../official-records.ts'
import { checkTurnout } from '../slip-allocations.ts'
import {
  deliver,
  electionOf,
  guard,
  keyOf,
  must,
  RECORD_OPTIONS,
  RECORD_USAGE,
  readArguments,
  timeOf,
} from './run.ts'

export const electionIncident: Command = {
  name: 'election incident',
  summary: 'Record in public what went wrong',
  usage: [
    'hanpyo election incident --text TEXT [--kiosk ID [--covers-final-manifest]] --bridge URL',
    '',
    'Never removes a ballot. The text is public: name no person.',
    '',
    '  --text TEXT                what happened, and what was done',
    '  --kiosk ID                 the kiosk it is about',
    '  --covers-final-manifest    the kiosk will not send its final manifest; this record explains why',
    RECORD_USAGE,
  ].join('\n'),
  run: (args, io) =>
    guard(io, async () => {
      const given = readArguments(args, {
        ...RECORD_OPTIONS,
        text: { type: 'string' },
        kiosk: { type: 'string' },
        'covers-final-manifest': { type: 'boolean' },
      })
      const kiosk = given.integer('kiosk')
      const covers = given.isSet('covers-final-manifest')
      if (covers && kiosk === undefined) throw new UsageError('--covers-final-manifest needs --kiosk')
      const election = await electionOf(given, io)
      const record = incidentRecord(election, await keyOf(election, 'authority'), {
        text: given.required('text').normalize('NFC'),
        at: timeOf(given),
        ...(kiosk === undefined ? {} : { kiosk }),
        ...(covers ? { covers: 'final-manifest' } : {}),
      })
      await deliver(must(record), given, io)
      return EXIT.ok
    }),
}

export const electionTurnout: Command = {
  name: 'election turnout',
  summary: "Record a centre's slips: how many were issued, how many came back unused",
  usage: [
    'hanpyo election turnout --centre ID --issued N --returned N --bridge URL',
    '',
    'Running totals of the centre; the last record of a centre counts. Not more than the envelopes of `election slips allocate` hold.',
    '',
    RECORD_USAGE,
  ].join('\n'),
  run: (args, io) =>
    guard(io, async () => {
      const given = readArguments(args, {
        ...RECORD_OPTIONS,
        centre: { type: 'string' },
        issued: { type: 'string' },
        returned: { type: 'string' },
      })
      given.required('issued')
      const election = await electionOf(given, io)
      const turnout = {
        centre: given.required('centre'),
        issued: given.integer('issued') ?? 0,
        returned: given.integer('returned') ?? 0,
      }
      must(await checkTurnout(election, turnout))
      const key = await keyOf(election, 'registrar')
      const record = turnoutRecord(election, key, { ...turnout, at: timeOf(given) })
      await deliver(must(record), given, io)
      return EXIT.ok
    }),
}

export const electionVoidSlips: Command = {
  name: 'election void-slips',
  summary: 'Block slips that were lost or came back unused',
  usage: [
    'hanpyo election void-slips --slips 3,17,40-59 --bridge URL',
    '',
    'Ballots of these slips that come later are refused. A ballot that came earlier stays, and shows in verify.',
    '',
    '  --slips LIST     slip numbers and ranges',
    RECORD_USAGE,
  ].join('\n'),
  run: (args, io) =>
    guard(io, async () => {
      const given = readArguments(args, { ...RECORD_OPTIONS, slips: { type: 'string' } })
      const numbers = parseSlipList(given.required('slips'))
      const election = await electionOf(given, io)
      const key = await keyOf(election, 'registrar')
      await deliver(must(voidSlipsRecord(election, key, numbers, timeOf(given))), given, io)
      return EXIT.ok
    }),
}

export const electionTestSlips: Command = {
  name: 'election test-slips',
  summary: 'Open the test slips that observers voted with',
  usage: [
    'hanpyo election test-slips --bridge URL [--election DIR]',
    '',
    'Publishes which slips were test slips, so that their ballots can be compared with the script. After closing.',
    '',
    RECORD_USAGE,
  ].join('\n'),
  run: (args, io) =>
    guard(io, async () => {
      const given = readArguments(args, RECORD_OPTIONS)
      const election = await electionOf(given, io)
      const key = await keyOf(election, 'authority')
      const { testSlips } = election.folder
      const opening = must(await readKeyFile(testSlips, 'hanpyo-test-slips', testSlipFileSchema))
      await deliver(testSlipsRecord(election, key, opening), given, io)
      return EXIT.ok
    }),
}

/** `3,17,40-59` to numbers; ranges include both ends. */
export function parseSlipList(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const range = /^\s*(\d{1,8})(?:\s*-\s*(\d{1,8}))?\s*$/.exec(part)
    if (range === null) throw new UsageError(`not a slip number or range: ${part.trim()}`)
    const first = Number(range[1])
    const last = Number(range[2] ?? range[1])
    if (last < first || last - first >= 1 << 24) throw new UsageError(`not a range: ${part.trim()}`)
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
}
