import { decodeUtf8, equalBytes } from '@hanpyo/protocol/bytes.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { monitoringPath } from '@hanpyo/protocol/log/add-checkpoint.ts'
import { openCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { cosignatureTimestamp, cosignatureVerifier } from '@hanpyo/protocol/log/cosignature.ts'
import { MAX_NOTE_BYTES, type NoteVerifier, parseNote, verifyNote } from '@hanpyo/protocol/log/note.ts'
import { type PolicyWitness, parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import { HostError, type HostOptions, readBounded } from '../host/host.ts'
import type { DirectWord, WatcherView } from '../snapshot.ts'
import type { TreeHashes } from './tree-hashes.ts'

/** A witness or mirror of the manifest's policies; all of them, reachable or not. */
export interface Watcher {
  readonly name: string
  readonly kind: 'witness' | 'mirror'
  readonly url: string | null
  readonly verifier: NoteVerifier
}

/** Whoever only the policy for official results names is a mirror. */
export function watchersOf(ed25519: Ed25519, { policies }: Pick<Manifest, 'policies'>): Watcher[] {
  const membersOf = (text: string): readonly PolicyWitness[] => {
    const policy = parsePolicy(text)
    return policy.ok ? policy.value.witnesses : []
  }
  const seen = membersOf(policies.seen)
  const isSeen = ({ vkey }: PolicyWitness): boolean =>
    seen.some((other) => other.vkey.name === vkey.name && other.vkey.keyId === vkey.keyId)
  const toWatcher =
    (kind: Watcher['kind']) =>
    ({ name, vkey, url }: PolicyWitness): Watcher[] => {
      const verifier = cosignatureVerifier(ed25519, vkey)
      return verifier.ok ? [{ name, kind, url: url ?? null, verifier: verifier.value }] : []
    }
  const official = membersOf(policies.official).filter((one) => !isSeen(one))
  return [...seen.flatMap(toWatcher('witness')), ...official.flatMap(toWatcher('mirror'))]
}

/** POSIX seconds of each watcher's cosignature on a note, by name; those that do not verify are left out. */
export function cosignatureTimes(watchers: readonly Watcher[], text: string): ReadonlyMap<string, number> {
  const note = parseNote(text)
  const times = new Map<string, number>()
  if (!note.ok) return times
  for (const { name, verifier } of watchers) {
    const signed = verifyNote(note.value, [verifier])
    const at = signed.ok
      ? cosignatureTimestamp((signed.value[0] as { signature: Uint8Array }).signature)
      : null
    if (at !== null) times.set(name, at)
  }
  return times
}

/** The middle of the times: one wrong clock cannot move it far. Null without any. */
export function medianTime(times: Iterable<number>): number | null {
  const sorted = [...times].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null
}

export interface AskInput {
  readonly log: NoteVerifier
  readonly tree: TreeHashes
  readonly fetch: HostOptions['fetch']
  readonly timeoutMs: number
}

/** The newest head that a watcher has cosigned, asked by this browser itself. Never rejects. */
export async function askWatcher(watcher: Watcher, input: AskInput): Promise<DirectWord> {
  if (watcher.url === null) return { status: 'no-address' }
  try {
    const base = watcher.url.endsWith('/') ? watcher.url : `${watcher.url}/`
    const address = URL.parse(monitoringPath(input.log.name), base)
    if (address === null || !/^https?:$/.test(address.protocol)) return { status: 'no-address' }
    const bytes = await readBounded(input, address, MAX_NOTE_BYTES)
    return bytes === null ? { status: 'invalid', detail: 'HTTP 404' } : judge(watcher, input, bytes)
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    return error.code === 'too-large' || error.code === 'host-status'
      ? { status: 'invalid', detail: error.message }
      : { status: 'unreachable' }
  }
}

function judge(watcher: Watcher, { log, tree }: AskInput, bytes: Uint8Array): DirectWord {
  const opened = openCheckpoint(bytes, log)
  if (!opened.ok) return { status: 'invalid', detail: opened.error }
  const signed = verifyNote(opened.value.note, [watcher.verifier])
  if (!signed.ok) return { status: 'invalid', detail: signed.error }
  const at = cosignatureTimestamp((signed.value[0] as { signature: Uint8Array }).signature)
  if (at === null) return { status: 'invalid', detail: 'time' }
  const { size, root } = opened.value.checkpoint
  const word = { size, at, note: decodeUtf8(bytes) }
  if (size > tree.size) return { status: 'ahead', ...word }
  if (!equalBytes(tree.root(size), root)) return { status: 'fork', ...word }
  return { status: size === tree.size ? 'same' : 'behind', ...word }
}

/** What the host's `/witnesses` says, by name; entries that are none are passed over. Null when it is no list. */
export function parseHostWitnesses(
  bytes: Uint8Array,
): ReadonlyMap<string, NonNullable<WatcherView['hostSays']>> | null {
  let list: unknown
  try {
    list = JSON.parse(decodeUtf8(bytes))
  } catch {
    return null
  }
  if (!Array.isArray(list)) return null
  const words = new Map<string, NonNullable<WatcherView['hostSays']>>()
  for (const entry of list.slice(0, 1000)) {
    if (typeof entry !== 'object' || entry === null) continue
    const { name, size, at, problem } = entry as Record<string, unknown>
    if (typeof name !== 'string') continue
    words.set(name, {
      size: Number.isSafeInteger(size) ? (size as number) : null,
      at: Number.isSafeInteger(at) ? (at as number) : null,
      problem: typeof problem === 'string' ? problem.slice(0, 200) : null,
    })
  }
  return words
}
