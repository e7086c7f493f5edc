import { readAtMost } from '@hanpyo/platform/read-at-most.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { monitoringPath } from '@hanpyo/protocol/log/add-checkpoint.ts'
import { type Checkpoint, openCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { cosignatureTimestamp, cosignatureVerifier } from '@hanpyo/protocol/log/cosignature.ts'
import { MAX_NOTE_BYTES, type NoteVerifier, verifyNote } from '@hanpyo/protocol/log/note.ts'
import type { Policy, PolicyWitness } from '@hanpyo/protocol/log/policy.ts'

/** A checkpoint that somebody shows, with verified signatures. */
export interface Head {
  /** `log`, or the policy name of a witness or mirror. */
  readonly who: string
  readonly checkpoint: Checkpoint
  /** As it was served: the evidence. */
  readonly note: string
  /** POSIX seconds of the party's cosignature; `null` for the log. */
  readonly at: number | null
}

/** A witness or mirror of the manifest's policies that says where it can be asked. */
export interface Party {
  readonly name: string
  readonly url: string
  readonly verifier: NoteVerifier
  readonly isMirror: boolean
}

/** Everybody whom the policies name with an address; those of `official` alone are mirrors. */
export function partiesOf(ed25519: Ed25519, seen: Policy, official: Policy): Party[] {
  const isKnown = ({ vkey }: PolicyWitness): boolean =>
    seen.witnesses.some((other) => other.vkey.name === vkey.name && other.vkey.keyId === vkey.keyId)
  const partyOf = (isMirror: boolean) => (one: PolicyWitness) => {
    const verifier = cosignatureVerifier(ed25519, one.vkey)
    if (!verifier.ok || one.url === undefined) return []
    const url = one.url.endsWith('/') ? one.url : `${one.url}/`
    return [{ name: one.name, url, verifier: verifier.value, isMirror }]
  }
  const mirrors = official.witnesses.filter((one) => !isKnown(one))
  return [...seen.witnesses.flatMap(partyOf(false)), ...mirrors.flatMap(partyOf(true))]
}

/** The newest checkpoint that a party has cosigned, or a word for why there is none. Never rejects. */
export async function askParty(
  party: Party,
  log: NoteVerifier,
  options: { readonly fetch: typeof fetch; readonly timeoutMs: number },
): Promise<Head | string> {
  try {
    const signal = AbortSignal.timeout(options.timeoutMs)
    const address = new URL(monitoringPath(log.name), party.url)
    const response = await options.fetch(address, { signal, redirect: 'error' })
    const bytes = await readAtMost(response, MAX_NOTE_BYTES)
    if (response.status !== 200) return `HTTP ${response.status}`
    const opened = bytes === undefined ? 'endless answer' : openCheckpoint(bytes, log)
    if (typeof opened === 'string') return opened
    if (!opened.ok) return opened.error
    const cosigned = verifyNote(opened.value.note, [party.verifier])
    if (!cosigned.ok) return cosigned.error
    const at = cosignatureTimestamp(cosigned.value[0]?.signature ?? new Uint8Array(0))
    if (!at) return 'a cosignature without a time'
    return { who: party.name, checkpoint: opened.value.checkpoint, note: new TextDecoder().decode(bytes), at }
  } catch (error) {
    return error instanceof Error ? error.name : 'unreachable'
  }
}
