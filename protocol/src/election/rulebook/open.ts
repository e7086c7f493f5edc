import { equalBytes, fromBase64, fromHex, isZero } from '../../bytes.ts'
import type { CryptoBackend } from '../../group/group.ts'
import { sha256 } from '../../hash.ts'
import { type NoteVerifier, parseNote, verifyNote } from '../../log/note.ts'
import { err, ok, type Result } from '../../result.ts'
import { checkManifestKeys, type RoleVerifiers, roleKeys } from '../key-checks.ts'
import {
  type CredentialEntry,
  keyListRoot,
  parseCredentialList,
  parseSupportList,
  SUPPORT_ENTRY_BYTES,
} from '../keylist.ts'
import { MAX_LEAF_BYTES } from '../leaf.ts'
import { keyName, type Manifest, manifestHash, parseManifest } from '../manifest.ts'
import { manifestField, noteLeaf, RECORD } from '../records.ts'
import type { RuleId } from '../rules.ts'
import type { OpenInput } from '../state.ts'
import type { ElectionData, Slot } from './data.ts'

/** Leaf 0 and the credential list, checked as a whole; the state after them is the beginning of the log. */
export function openElection(input: OpenInput): Result<ElectionData, RuleId> {
  const { backend, manifestNote, credentialList } = input
  const note = parseNote(manifestNote)
  if (!note.ok) return err('manifest.note', note.error)
  if (noteLeaf(RECORD.manifest, manifestNote).length > MAX_LEAF_BYTES) return err('leaf.format')
  const parsed = parseManifest(note.value.text)
  if (!parsed.ok) {
    return err(
      parsed.error === 'manifest-inconsistent' ? 'manifest.consistent' : 'manifest.note',
      parsed.detail,
    )
  }
  const manifest = parsed.value
  const keys = checkManifestKeys(backend, manifest)
  if (!keys.ok) return keys
  const authority = verifierOf(keys.value, keyName.authority(manifest.id))
  const signed = verifyNote(note.value, [authority], { exactly: true })
  if (!signed.ok) return err('manifest.signature', signed.error)
  const trusted = input.trust?.authorityVkey
  if (trusted !== undefined && trusted !== manifest.keys.authority) return err('manifest.trust')
  const credentials = readCredentials(manifest, credentialList)
  if (!credentials.ok) return credentials
  const hash = manifestHash(note.value.text)
  const support = readSupportKeys(manifest, input.supportList)
  if (!support.ok) return support
  return ok(initialData(backend, manifest, hash, credentials.value, support.value, keys.value))
}

/** Slip numbers whose key is no ristretto255 element or the identity. Reads the whole list: seconds for a large one. */
export function invalidCredentials({ backend, credentials }: ElectionData): number[] {
  return credentials.flatMap(({ publicKey }, slip) =>
    isZero(publicKey) || !backend.group.isElement(publicKey) ? [slip] : [],
  )
}

function readCredentials(manifest: Manifest, list: Uint8Array): Result<CredentialEntry[], RuleId> {
  const { count, root, blob } = manifest.credentials
  if (!equalBytes(sha256(list), fromHex(blob))) return err('keylist.commitment', 'another hash')
  const parsed = parseCredentialList(list)
  if (!parsed.ok) return err('keylist.entries', parsed.detail ?? parsed.error)
  if (parsed.value.length !== count) return err('keylist.commitment', `${parsed.value.length} entries`)
  if (!equalBytes(keyListRoot(list), fromBase64(root))) return err('keylist.commitment', 'another root')
  const styles = new Set(manifest.styles.map((style) => style.id))
  const unknown = parsed.value.findIndex(({ style }) => !styles.has(style))
  return unknown < 0 ? parsed : err('keylist.entries', `slip ${unknown} names an unknown style`)
}

/** The list that proposals are signed with; without proposals nothing needs it. */
function readSupportKeys(
  manifest: Manifest,
  list: Uint8Array | undefined,
): Result<readonly Uint8Array[], RuleId> {
  if (manifest.proposals === undefined) return ok([])
  if (list === undefined) return err('keylist.commitment', 'the list of support keys is not at hand')
  const { count, root, blob } = manifest.supportKeys
  if (!equalBytes(sha256(list), fromHex(blob)))
    return err('keylist.commitment', 'another hash of support keys')
  const parsed = parseSupportList(list)
  if (!parsed.ok) return err('keylist.entries', parsed.detail ?? parsed.error)
  const isCommitted =
    parsed.value.length === count && equalBytes(keyListRoot(list, SUPPORT_ENTRY_BYTES), fromBase64(root))
  return isCommitted ? parsed : err('keylist.commitment', 'another count or root of support keys')
}

function verifierOf(verifiers: RoleVerifiers, name: string): NoteVerifier {
  const verifier = verifiers.get(name)
  if (verifier === undefined) throw new Error(`the manifest was checked without a key for ${name}`)
  return verifier
}

function initialData(
  backend: CryptoBackend,
  manifest: Manifest,
  hash: Uint8Array,
  credentials: readonly CredentialEntry[],
  supportKeys: readonly Uint8Array[],
  verifiers: RoleVerifiers,
): ElectionData {
  const { id } = manifest
  return {
    backend,
    manifest,
    manifestHash: hash,
    manifestField: manifestField(hash),
    jointKey: fromBase64(manifest.jointKey),
    credentials,
    styles: new Map(manifest.styles.map((style) => [style.id, style.contests])),
    signers: {
      authority: verifierOf(verifiers, keyName.authority(id)),
      registrar: verifierOf(verifiers, keyName.registrar(id)),
      deviceAuthority: verifierOf(verifiers, keyName.deviceAuthority(id)),
    },
    trusteeSigners: manifest.trustees.map((trustee) =>
      verifierOf(verifiers, keyName.trustee(id, trustee.id)),
    ),
    nextIndex: 1,
    polls: 'not-open',
    pollsSince: 0,
    openedAt: undefined,
    sealedAt: undefined,
    slots: new Map(manifest.kioskSlots.map(({ id, centre }) => [id, emptySlot(id, centre)])),
    usedKeys: new Set(roleKeys(manifest)),
    liveDevEuis: new Map(),
    notes: new Set(),
    spent: new Uint32Array(credentials.length),
    voided: new Map(),
    c1s: new Map(),
    ids: new Map(),
    refusalsOf: new Map(),
    credentialsAtLimit: 0,
    turnout: new Map(),
    testSlips: undefined,
    ballotCount: 0,
    counting: undefined,
    hasResult: false,
    proposals: { supportKeys, logged: new Map(), handedIn: new Map(), supportCount: 0 },
    batch: {
      first: 0,
      number: 0,
      hash: new Uint8Array(32),
      section: 0,
      hasBallots: false,
      hasProposals: false,
      lastKey: undefined,
    },
    reserved: new Map(),
    reservedCredentials: new Map(),
    reservedC1s: new Map(),
  }
}

function emptySlot(id: number, centre: string): Slot {
  return {
    id,
    centre,
    devices: [],
    live: undefined,
    ballotCount: 0,
    challengedCount: 0,
    refusalCount: 0,
    refusedMore: 0,
    coveredAt: undefined,
  }
}
