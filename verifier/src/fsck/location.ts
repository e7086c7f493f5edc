import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { COPY_FOLDER, MIRROR_STORE_FILE } from '../mirror/folder.ts'
import type { HeldLog } from '../source/held.ts'
import { checkedUrl, isUrl, openHeld } from '../source/open.ts'
import { type Source, SourceError } from '../source/source.ts'
import { COSIGNER_KEY_FILE, WITNESS_STORE_FILE } from '../witness/commands.ts'

/** What lies at a location: a log, a cosigner's memory, or both. */
export interface Place {
  readonly name: string
  readonly log?: { readonly source: Source; readonly held?: HeldLog }
  readonly store?: { readonly dir: string; readonly file: string }
}

/** Finds out what a URL, folder or zip file is. Rejects with `SourceError` for what nobody can check here. */
export async function locate(
  location: string,
  cwd: string,
  openAddress: (url: string) => Source,
): Promise<Place> {
  if (isUrl(location)) return { name: location, log: { source: openAddress(checkedUrl(location)) } }
  const path = resolve(cwd, location)
  const holds = (name: string): boolean => existsSync(join(path, name))
  if (holds(COSIGNER_KEY_FILE) && holds(COPY_FOLDER)) {
    const held = await openHeld(join(path, COPY_FOLDER))
    const store = { dir: path, file: MIRROR_STORE_FILE }
    // A mirror that has cosigned nothing yet has a memory and no checkpoint.
    if ((await held.source.checkpoint()) === null) return { name: location, store }
    return { name: location, log: { source: held.source, held }, store }
  }
  if (holds(COSIGNER_KEY_FILE)) {
    const file = holds(MIRROR_STORE_FILE) ? MIRROR_STORE_FILE : WITNESS_STORE_FILE
    return { name: location, store: { dir: path, file } }
  }
  if (holds('ledger.db')) {
    throw new SourceError(
      'not-a-log',
      `${location} is the data folder of a bridge`,
      'Run "hanpyo bridge fsck --config bridge.toml" on its machine.',
    )
  }
  const held = await openHeld(path)
  return { name: location, log: { source: held.source, held } }
}
