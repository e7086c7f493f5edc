import { join } from 'node:path'
import { writeDurable } from '@hanpyo/platform/durable-file.ts'
import { decodeUtf8, equalBytes, fromBase64 } from '@hanpyo/protocol/bytes.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { type CeremonyKeys, encodeCeremony, verifyCeremony } from '@hanpyo/protocol/proofs/ceremony.ts'
import { readCeremonyNotes } from '@hanpyo/protocol/proofs/ceremony-notes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { type Agreement, type Roster, type RosterError, readRoster, readTranscript } from './roster.ts'
import type { TrusteeKey } from './sealed-key.ts'
import { initSchema, openStickNote, readAll, readStickFile } from './stick.ts'

export interface FinishedCeremony extends CeremonyKeys {
  readonly roster: Roster
  readonly transcript: Uint8Array
  /** The public notes, published as a blob. */
  readonly document: Uint8Array
}

export type FinishError = RosterError | 'ceremony-dishonest'

/** The name of the whole ceremony on the stick. */
export const CEREMONY_FILE = 'ceremony.json'

/** What the first init file of a stick says, to be confirmed by all the others; for readers who bring no key. */
export async function agreementOf(
  { ed25519 }: Pick<CryptoBackend, 'ed25519'>,
  folder: string,
): Promise<Result<Agreement, 'ceremony-waiting' | 'ceremony-file'>> {
  const text = await readStickFile(folder, 'init-1.note')
  if (!text.ok) return text
  if (text.value === null) return err('ceremony-waiting', 'init-1.note of trustee 1')
  const election = /"election":"([^"]{1,200})"/.exec(text.value)?.[1] ?? ''
  const init = openStickNote(ed25519, initSchema, { election, trustee: 1, file: 'init-1.note' }, text.value)
  return init.ok ? ok(init.value) : init
}

/** Checks a whole ceremony on a stick as anybody can, and writes it as the one document that is published. */
export async function verifyStick(
  backend: CryptoBackend,
  folder: string,
  agreed: Agreement,
): Promise<Result<FinishedCeremony, FinishError>> {
  const roster = await readRoster(backend, folder, agreed)
  if (!roster.ok) return roster
  const read = await readTranscript(backend, folder, roster.value)
  if (!read.ok) return read
  const { setup } = roster.value
  const confirms = await readAll(folder, 'confirm', setup.trustees.length)
  if (!confirms.ok) return confirms
  const checked = readCeremonyNotes(backend.ed25519, setup, 'confirm', confirms.value)
  if (!checked.ok) return err('ceremony-file', `${checked.error}: ${checked.detail}`)
  const { commits, reveals, transcript } = read.value
  const document = encodeCeremony({ commits, reveals, confirms: confirms.value })
  const keys = verifyCeremony(backend, setup, decodeUtf8(document))
  if (!keys.ok) return err('ceremony-dishonest', [keys.error, keys.detail].filter(Boolean).join(', '))
  await writeDurable(join(folder, CEREMONY_FILE), document)
  return ok({ ...keys.value, roster: roster.value, transcript, document })
}

/** Whether a trustee's own key is the one the ceremony ended with. */
export function ownKeyHolds(
  { group }: Pick<CryptoBackend, 'group'>,
  key: TrusteeKey,
  ended: CeremonyKeys,
): boolean {
  const { secretShare } = key.secrets
  const expected = ended.verificationKeys[key.header.trustee - 1]
  return (
    secretShare !== undefined &&
    expected !== undefined &&
    equalBytes(group.multiplyBase(secretShare), expected) &&
    equalBytes(fromBase64(key.header.jointKey ?? ''), ended.jointKey)
  )
}
