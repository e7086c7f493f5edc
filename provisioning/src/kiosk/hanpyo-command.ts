import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import { parseJsonWith } from '../frame/parse-json.ts'
import type { Ports } from '../frame/ports.ts'

/** The `hanpyo` of this installation: other rooms are reached through it, never by import. */
export const HANPYO = fileURLToPath(new URL('../../../cli/bin/hanpyo.mjs', import.meta.url))

const items = z.array(z.looseObject({ state: z.enum(['waiting', 'recorded', 'refused']) }))
const listingSchema = z.looseObject({
  kiosk: z.int(),
  ballots: items,
  challenged: items,
  kioskManifests: items,
  statements: items.optional(),
  unproven: z.int().optional(),
})

/** What a kiosk's box holds, in numbers. */
export interface BoxCounts {
  readonly stored: number
  readonly waiting: number
  /** Recorded ballots whose place in the ledger was not proven to the kiosk. */
  readonly unproven: number
}

/** Asks `hanpyo kiosk box`; a kiosk that never ran holds nothing. */
export async function readBox(
  { run, files }: Pick<Ports, 'run' | 'files'>,
  paths: { readonly box: string } & ({ readonly config: string } | { readonly data: string }),
): Promise<Result<BoxCounts, 'box-unreadable'>> {
  if ((await files.read(paths.box)) === null) return ok({ stored: 0, waiting: 0, unproven: 0 })
  const where = 'data' in paths ? ['--data', paths.data] : ['--config', paths.config]
  const done = await run(process.execPath, [HANPYO, 'kiosk', 'box', ...where])
  if (done === null || done.code !== 0) return err('box-unreadable', done?.stderr.trim().slice(0, 500))
  const listing = parseJsonWith(listingSchema, done.stdout)
  if (!listing.ok) return err('box-unreadable', decodeUtf8(done.stdout).slice(0, 100))
  const { ballots, challenged, kioskManifests, statements = [], unproven = 0 } = listing.value
  const all = [...ballots, ...challenged, ...kioskManifests, ...statements]
  const waiting = all.filter(({ state }) => state === 'waiting').length
  return ok({ stored: all.length, waiting, unproven })
}

/** Deepest folder below a device folder that is searched for ballot boxes. */
const DEEPEST = 4

/**
 * Adds up every ballot box below `root`, whatever folder it lies in, and the one of the data folder that `kiosk.toml` names elsewhere. The
 * self-test's own box (`selftest/`) holds votes of test elections only, which count nowhere, and is left out.
 */
export async function readAllBoxes(
  ports: Pick<Ports, 'run' | 'files'>,
  root: string,
  configured: string | undefined,
): Promise<Result<BoxCounts, 'box-unreadable'>> {
  const found = new Set(await boxesBelow(ports.files, root))
  if (configured !== undefined) found.add(join(configured, 'box.sqlite'))
  const sum = { stored: 0, waiting: 0, unproven: 0 }
  for (const box of found) {
    const counts = await readBox(ports, { data: dirname(box), box })
    if (!counts.ok) return err('box-unreadable', `${box}: ${counts.detail ?? ''}`)
    sum.stored += counts.value.stored
    sum.waiting += counts.value.waiting
    sum.unproven += counts.value.unproven
  }
  return ok(sum)
}

/** Paths of the ballot boxes below a folder, but for the self-test's. */
export async function boxesBelow(files: Ports['files'], dir: string, depth = DEEPEST): Promise<string[]> {
  const names = await files.listKinds(dir)
  const below = names.flatMap(({ name, isFolder }) =>
    isFolder && name !== 'selftest' && depth > 0 ? [name] : [],
  )
  const deeper = await Promise.all(below.map((name) => boxesBelow(files, join(dir, name), depth - 1)))
  const here = names.some(({ name, isFolder }) => name === 'box.sqlite' && !isFolder)
  return [...(here ? [join(dir, 'box.sqlite')] : []), ...deeper.flat()]
}
