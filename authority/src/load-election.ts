import { readIfPresent } from '@hanpyo/platform/durable-file.ts'
import { type KeyFileError, readKeyFile } from '@hanpyo/platform/keyfile.ts'
import { type Manifest, manifestHash, parseManifest } from '@hanpyo/protocol/election/manifest.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { noteVerifier, parseNote, verifyNote } from '@hanpyo/protocol/log/note.ts'
import { parseSkey } from '@hanpyo/protocol/log/vkey.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { type ElectionFolder, electionFolder } from './election-folder.ts'
import { signingKeySchema } from './key-files.ts'
import type { NoteKey } from './role-keys.ts'

/** An election folder whose manifest is signed by the authority it names. */
export interface LoadedElection {
  readonly folder: ElectionFolder
  readonly ed25519: Ed25519
  readonly manifestNote: string
  readonly manifest: Manifest
  /** H_m, 32 bytes. */
  readonly manifestHash: Uint8Array
}

export type LoadElectionError = 'election-missing' | 'election-damaged'
export type OfficialRole = 'authority' | 'registrar' | 'deviceAuthority'

/** Loads a folder that `createElection` made. Reads no secret. */
export async function loadElection(
  root: string,
  ed25519: Ed25519,
): Promise<Result<LoadedElection, LoadElectionError>> {
  const folder = electionFolder(root)
  const bytes = await readIfPresent(folder.manifestNote)
  if (bytes === null) return err('election-missing', folder.manifestNote)
  const note = parseNote(bytes)
  const manifest = note.ok ? parseManifest(note.value.text) : note
  if (!note.ok || !manifest.ok) return err('election-damaged', manifest.ok ? undefined : manifest.detail)
  const verifier = noteVerifier(ed25519, manifest.value.keys.authority)
  if (!verifier.ok || !verifyNote(note.value, [verifier.value], { exactly: true }).ok) {
    return err('election-damaged', 'signature of the authority')
  }
  return ok({
    folder,
    ed25519,
    manifestNote: new TextDecoder().decode(bytes),
    manifest: manifest.value,
    manifestHash: manifestHash(note.value.text),
  })
}

/** Reads the key of a role and checks that it is the one the manifest names. */
export async function readOfficialKey(
  election: LoadedElection,
  role: OfficialRole,
): Promise<Result<NoteKey, Exclude<KeyFileError, 'key-file-exists'>>> {
  const { folder, manifest, ed25519 } = election
  const path = {
    authority: folder.authorityKey,
    registrar: folder.registrarKey,
    deviceAuthority: folder.deviceAuthorityKey,
  }[role]
  const file = await readKeyFile(path, 'hanpyo-signing-key', signingKeySchema)
  if (!file.ok) return file
  const key = parseSkey(ed25519, file.value.skey)
  if (!key.ok) return err('key-file-malformed', `${path}: skey`)
  if (file.value.vkey !== manifest.keys[role]) return err('key-file-type', `${path}: not the ${role} key`)
  return ok({ name: key.value.name, seed: key.value.seed, vkey: file.value.vkey })
}
