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
})

/** What a kiosk's box holds, in numbers. */
export interface BoxCounts {
  readonly stored: number
  readonly waiting: number
}

/** Asks `hanpyo kiosk box`; a kiosk that never ran holds nothing. */
export async function readBox(
  { run, files }: Pick<Ports, 'run' | 'files'>,
  paths: { readonly config: string; readonly box: string },
): Promise<Result<BoxCounts, 'box-unreadable'>> {
  if ((await files.read(paths.box)) === null) return ok({ stored: 0, waiting: 0 })
  const done = await run(process.execPath, [HANPYO, 'kiosk', 'box', '--config', paths.config])
  if (done === null || done.code !== 0) return err('box-unreadable', done?.stderr.trim().slice(0, 500))
  const listing = parseJsonWith(listingSchema, done.stdout)
  if (!listing.ok) return err('box-unreadable', decodeUtf8(done.stdout).slice(0, 100))
  const { ballots, challenged, kioskManifests, statements = [] } = listing.value
  const all = [...ballots, ...challenged, ...kioskManifests, ...statements]
  return ok({ stored: all.length, waiting: all.filter(({ state }) => state === 'waiting').length })
}
