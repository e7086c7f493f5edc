import { resolve } from 'node:path'
import { type Command, UsageError } from '@hanpyo/platform/command.ts'
import { countSlips } from '@hanpyo/protocol/election/slip-allocation.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { COMMON_USAGE, provisionCommand, type Session } from '../../frame/command.ts'
import { readDevice } from '../../frame/device-folder.ts'
import type { Ports } from '../../frame/ports.ts'
import { openSigner } from '../../identity/signer.ts'
import { checkSlips, describeSlips, slipsStep } from '../slips.ts'
import { loadedElection } from './selftest.ts'

/** A note of 2000 ranges takes a fifth of it. */
const MOST_BYTES = 1024 * 1024

/** `provision slips import`. */
export function slipsCommands(ports: () => Ports): readonly Command[] {
  return [
    provisionCommand({
      name: 'provision slips import',
      summary: 'Take in which envelopes of slips the centre of this kiosk got, as the registrar signed it.',
      usage: [
        'hanpyo provision slips import FILE --dir DIR',
        '',
        'FILE is the note of `hanpyo election slips allocate`. Its signature is checked by the registrar key of the loaded election, its',
        "centre by the kiosk's. It counts paper only: a kiosk never holds the seed or the number of a slip. Load the election first.",
        '',
        COMMON_USAGE,
      ].join('\n'),
      ports,
      openSigner,
      body: importSlips,
    }),
  ]
}

async function importSlips(session: Session): Promise<number> {
  const { ctx, must } = session
  const [given] = session.positionals
  if (given === undefined || session.positionals.length > 1) throw new UsageError('one FILE is missing')
  const device = must(await readDevice(ctx.files, ctx.folder))
  const election = must(await loadedElection(ctx, ctx.folder.root))
  const path = resolve(session.io.cwd, given)
  const note = must(await readNote(session, path))
  const allocation = must(checkSlips(note, election, device.centre))
  const code = await session.run([slipsStep], { ...ctx, election, slips: { note, allocation } })
  if (code !== 0) return code
  const { centre, envelopes, revision } = allocation
  session.report.fact(
    { centre, envelopes: envelopes.length, slips: countSlips(envelopes), revision },
    describeSlips(allocation),
  )
  return 0
}

async function readNote(
  { ctx }: Session,
  path: string,
): Promise<Result<Uint8Array, 'slips-missing' | 'slips-malformed'>> {
  const bytes = await ctx.files.read(path)
  if (bytes === null) return err('slips-missing', path)
  return bytes.length > MOST_BYTES ? err('slips-malformed', `${bytes.length} bytes`) : ok(bytes)
}
