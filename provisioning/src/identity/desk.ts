import { join } from 'node:path'
import { readIfPresent } from '@hanpyo/platform/durable-file.ts'
import { readSealableKeyFile, type SealableError } from '@hanpyo/platform/sealable-key-file.ts'
import type { Openers } from '@hanpyo/platform/sealed-file.ts'
import type { Credentials } from '@hanpyo/platform/x509.ts'
import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import { manifestHash, parseManifest } from '@hanpyo/protocol/election/manifest.ts'
import { deviceCaSchema, signingKeySchema } from '@hanpyo/protocol/election/office-files.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { noteVerifier, parseNote, verifyNote } from '@hanpyo/protocol/log/note.ts'
import { parseSkey } from '@hanpyo/protocol/log/vkey.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { DeskElection, DeskFiles, DeskKey } from './device-authority.ts'

/**
 * The folder the device authority works in: an election folder, or a copy of the few files of one that concern devices
 * (`hanpyo device desk`), so that the key can lie on a machine that never sees a network.
 */
export interface DeskFolder extends DeskFiles {
  readonly root: string
  readonly manifestNote: string
  readonly deviceAuthorityKey: string
  readonly deviceCa: string
  /** Every certificate given out, with the time it was revoked, and the list made of that. */
  readonly issued: string
  readonly crl: string
  /** Certificates of technicians. */
  readonly technicians: string
  /** Journal and work log of what is done at the desk. */
  readonly work: string
  certificate(kiosk: number): string
  revocation(kiosk: number): string
}

export interface Desk {
  readonly folder: DeskFolder
  readonly election: DeskElection
}

export type DeskError = 'election-missing' | 'election-damaged'

/** The layout; creates nothing. */
export function deskFolder(root: string): DeskFolder {
  const at = (...parts: string[]) => join(root, ...parts)
  return {
    root,
    manifestNote: at('manifest.note'),
    deviceCaCertificate: at('device-ca.crt.pem'),
    deviceAuthorityKey: at('secret', 'keys', 'devices.json'),
    deviceCa: at('secret', 'keys', 'device-ca.json'),
    issued: at('devices', 'certificates.json'),
    crl: at('devices', 'device-ca.crl.pem'),
    technicians: at('devices', 'technicians'),
    work: at('devices', 'work'),
    enrolment: (kiosk) => at('devices', `kiosk-${kiosk}.enrol.note`),
    certificate: (kiosk) => at('devices', `kiosk-${kiosk}.crt.pem`),
    revocation: (kiosk) => at('devices', `kiosk-${kiosk}.revoke.note`),
  }
}

/** Loads a desk whose manifest is signed by the authority it names. Reads no secret. */
export async function openDesk(root: string, ed25519: Ed25519): Promise<Result<Desk, DeskError>> {
  const folder = deskFolder(root)
  const bytes = await readIfPresent(folder.manifestNote)
  if (bytes === null) return err('election-missing', folder.manifestNote)
  const note = parseNote(bytes)
  const manifest = note.ok ? parseManifest(note.value.text) : note
  if (!note.ok || !manifest.ok) return err('election-damaged', folder.manifestNote)
  const verifier = noteVerifier(ed25519, manifest.value.keys.authority)
  if (!verifier.ok || !verifyNote(note.value, [verifier.value], { exactly: true }).ok) {
    return err('election-damaged', 'signature of the authority')
  }
  const hash = manifestHash(note.value.text)
  return ok({ folder, election: { ed25519, manifest: manifest.value, manifestHash: hash } })
}

/** The device authority's key, checked against the manifest. Sealed files are opened. */
export async function readDeskKey(
  { folder, election }: Desk,
  openers: Openers,
): Promise<Result<DeskKey & { readonly vkey: string }, SealableError>> {
  const path = folder.deviceAuthorityKey
  const file = await readSealableKeyFile(path, 'hanpyo-signing-key', signingKeySchema, openers)
  if (!file.ok) return file
  const { skey, vkey } = file.value
  const key = parseSkey(election.ed25519, skey)
  if (!key.ok) return err('key-file-malformed', `${path}: skey`)
  if (vkey !== election.manifest.keys.deviceAuthority) {
    return err('key-file-type', `${path}: not this election's device authority`)
  }
  return ok({ name: key.value.name, seed: key.value.seed, vkey })
}

/** The device CA: certificate and key, PEM. */
export async function readDeviceCa(
  { folder }: Pick<Desk, 'folder'>,
  openers: Openers,
): Promise<Result<Credentials, SealableError>> {
  const file = await readSealableKeyFile(folder.deviceCa, 'hanpyo-device-ca', deviceCaSchema, openers)
  return file.ok ? ok({ cert: file.value.cert, key: file.value.key }) : file
}

/** The CA's certificate, PEM. */
export async function readCaCertificate(folder: DeskFiles): Promise<Result<string, 'election-missing'>> {
  const bytes = await readIfPresent(folder.deviceCaCertificate)
  return bytes === null ? err('election-missing', folder.deviceCaCertificate) : ok(decodeUtf8(bytes))
}
