import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { noteVerifier } from '@hanpyo/protocol/log/note.ts'
import { parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import { askParty, partiesOf } from '../monitor/parties.ts'
import type { OpenedLog } from '../open-log.ts'
import { openHeldFolder } from '../source/held.ts'
import type { Enclosure } from './archive.ts'

/** A source map or picture of the board larger than this is not for a stick. */
const MAX_BOARD_FILE_BYTES = 32 << 20

/** The board's built files, below `board/`. Rejects with `SourceError` when there is no such folder. */
export async function boardFiles(folder: string): Promise<Enclosure[]> {
  const { paths, read } = await openHeldFolder(folder)
  const names: string[] = []
  for await (const path of paths()) names.push(path)
  return names.toSorted().map((path) => ({
    path: `board/${path}`,
    read: async () => (await read(path, MAX_BOARD_FILE_BYTES)) ?? new Uint8Array(0),
  }))
}

/** One file of this house, when it is there. */
export async function instructions(file: string, path: string): Promise<Enclosure[]> {
  const bytes = await readFile(file).catch(() => null)
  return bytes === null ? [] : [{ path, read: async () => new Uint8Array(bytes) }]
}

/**
 * What each witness and mirror of the manifest's policies shows of this log itself, as far as it answers and is signed by the
 * log and by it. A witness that does not keeps nobody from making an archive: `onSilent` is told its name.
 */
export async function witnessNotes(
  { manifest }: OpenedLog,
  ed25519: Ed25519,
  options: Parameters<typeof askParty>[2],
  onSilent: (name: string) => void,
): Promise<Enclosure[]> {
  const seen = parsePolicy(manifest.policies.seen)
  const official = parsePolicy(manifest.policies.official)
  const log = noteVerifier(ed25519, manifest.keys.log)
  if (!seen.ok || !official.ok || !log.ok) return []
  const notes: Enclosure[] = []
  for (const party of partiesOf(ed25519, seen.value, official.value)) {
    const head = await askParty(party, log.value, options)
    if (typeof head === 'string') onSilent(party.name)
    else
      notes.push({ path: `witnesses/${fileName(party.name)}.checkpoint`, read: async () => utf8(head.note) })
  }
  return notes
}

/** A key name as a file name on any system. */
function fileName(name: string): string {
  return name.replace(/[^a-zA-Z0-9.-]+/g, '_')
}

/** Where this house keeps a file. */
export function inHouse(...path: readonly string[]): string {
  return join(import.meta.dirname, '..', '..', '..', ...path)
}
