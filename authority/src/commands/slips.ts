import { resolve } from 'node:path'
import { type Command, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { writeDurable } from '@hanpyo/platform/durable-file.ts'
import {
  countSlips,
  type EnvelopeRange,
  type SlipAllocation,
} from '@hanpyo/protocol/election/slip-allocation.ts'
import { allocateSlips, allocationPath, readAllocations } from '../slip-allocations.ts'
import { electionOf, guard, keyOf, must, readArguments, timeOf } from './run.ts'

export const electionSlipsAllocate: Command = {
  name: 'election slips allocate',
  summary: 'Note which sealed envelopes of slips a centre gets, signed by the registrar',
  usage: [
    'hanpyo election slips allocate --centre ID --envelopes 1-12 --slips 50 [--style N] [--out FILE]',
    '',
    'Envelopes have serial numbers of their own, written on them when they are filled with slips of one style in printing order, unopened.',
    'The note counts paper: no slip number, key or seed is in it. Its kiosks take it with `provision slips import`, and `election turnout`',
    'is compared with it. Giving the same again changes nothing.',
    '',
    '  --envelopes LIST  serial numbers and ranges: 1-12,20',
    '  --slips N         slips in each of them',
    '  --style N         their ballot style (default: the only one)',
    '  --correct         these are all the centre has; what was noted before was wrong',
    '  --out FILE        a copy of the note, for the stick',
    '  --election DIR    election folder (default: the current folder)',
    '  --at TIME         time in the note, ISO 8601 with offset (default: now)',
  ].join('\n'),
  run: (args, io) =>
    guard(io, async () => {
      const given = readArguments(args, {
        election: { type: 'string' },
        centre: { type: 'string' },
        envelopes: { type: 'string' },
        slips: { type: 'string' },
        style: { type: 'string' },
        correct: { type: 'boolean' },
        out: { type: 'string' },
        at: { type: 'string' },
      })
      const election = await electionOf(given, io)
      const { styles } = election.manifest
      const style = given.integer('style') ?? (styles.length === 1 ? styles[0]?.id : undefined)
      if (style === undefined) throw new UsageError('--style is missing: the election has several')
      given.required('slips')
      const envelopes = parseEnvelopes(given.required('envelopes'), given.integer('slips') ?? 0, style)
      const done = must(
        await allocateSlips(election, await keyOf(election, 'registrar'), {
          centre: given.required('centre'),
          envelopes,
          isCorrection: given.isSet('correct'),
          at: timeOf(given),
        }),
      )
      io.stdout(describe(done.allocation))
      io.stdout(`written ${allocationPath(election, done.allocation.centre)}`)
      const out = given.text('out')
      if (out !== undefined) {
        await writeDurable(resolve(io.cwd, out), done.note)
        io.stdout(`written ${resolve(io.cwd, out)}`)
      }
      return EXIT.ok
    }),
}

export const electionSlipsList: Command = {
  name: 'election slips list',
  summary: 'Show which envelopes of slips each centre has',
  usage: [
    'hanpyo election slips list [--election DIR] [--json]',
    '',
    'Checks the signature of every note.',
    '',
    '  --election DIR    election folder (default: the current folder)',
    '  --json            one JSON array',
  ].join('\n'),
  run: (args, io) =>
    guard(io, async () => {
      const given = readArguments(args, { election: { type: 'string' }, json: { type: 'boolean' } })
      const all = must(await readAllocations(await electionOf(given, io)))
      if (given.isSet('json')) io.stdout(JSON.stringify(all))
      else for (const allocation of all) io.stdout(describe(allocation))
      return EXIT.ok
    }),
}

/** `1-12,20` as ranges of envelopes. Throws `UsageError`. */
export function parseEnvelopes(list: string, slips: number, style: number): EnvelopeRange[] {
  if (!(slips >= 1 && slips <= 10_000)) throw new UsageError('--slips is a number from 1 to 10000')
  return list.split(',').map((part) => {
    const match = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(part.trim())
    const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])]
    if (match === null || first < 1 || last < first)
      throw new UsageError(`--envelopes is not a serial number or range from 1: ${part}`)
    return { first, last, slips, style }
  })
}

function describe({ centre, envelopes, revision }: SlipAllocation): string {
  const ranges = envelopes
    .map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
    .join(', ')
  return `${centre}: ${countSlips(envelopes)} slips in envelopes ${ranges === '' ? '(none)' : ranges}, revision ${revision}`
}
