import type { BallotElection } from '@hanpyo/protocol/ballot/create.ts'
import { equalBytes, fromBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { checkManifestKeys } from '@hanpyo/protocol/election/key-checks.ts'
import {
  type CredentialEntry,
  findCredential,
  findSupportKey,
  keyListRoot,
  parseCredentialList,
  parseSupportList,
  SUPPORT_ENTRY_BYTES,
} from '@hanpyo/protocol/election/keylist.ts'
import {
  type Manifest,
  type ManifestContest,
  manifestHash,
  parseManifest,
} from '@hanpyo/protocol/election/manifest.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { noteVerifier, parseNote, verifyNote } from '@hanpyo/protocol/log/note.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { BilingualText } from '../contract/views.ts'

export type ElectionError =
  | 'manifest-note'
  | 'manifest-signature'
  | 'manifest-text'
  | 'manifest-schema'
  | 'manifest-inconsistent'
  | 'manifest-keys'
  | 'authority-not-trusted'
  | 'credential-list-mismatch'
  | 'support-list-mismatch'
  | 'kiosk-slot-missing'

/** What a kiosk knows about the one election it serves. Immutable; holds no secret. */
export interface KioskElection extends BallotElection {
  readonly manifest: Manifest
  /** As the authority signed it. */
  readonly manifestNote: string
  readonly kioskId: number
  readonly centre: BilingualText
  /** Slip number of a credential key, `undefined` when it is not listed. */
  find(publicKey: Uint8Array): number | undefined
  /** Position of a support key in its list; always `undefined` in an election without proposals. */
  findSupport(publicKey: Uint8Array): number | undefined
  /** The contests of a slip's style, in the manifest's order. */
  contestsOf(slipNumber: number): readonly ManifestContest[]
}

/**
 * Checks the signed manifest and the credential list against each other.
 * @param input.trustedAuthority vkey the technician pinned; without it the manifest's own authority key is believed.
 */
export function loadElection(input: {
  readonly backend: CryptoBackend
  readonly kioskId: number
  readonly manifestNote: string
  readonly credentialList: Uint8Array
  /** Needed when the manifest takes proposals. */
  readonly supportList?: Uint8Array
  readonly trustedAuthority?: string
}): Result<KioskElection, ElectionError> {
  const note = parseNote(input.manifestNote)
  if (!note.ok) return err('manifest-note', note.error)
  const manifest = parseManifest(note.value.text)
  if (!manifest.ok) return manifest
  const { keys, credentials, kioskSlots, centres, contests, styles } = manifest.value
  if (input.trustedAuthority !== undefined && input.trustedAuthority !== keys.authority) {
    return err('authority-not-trusted', keys.authority)
  }
  const authority = noteVerifier(input.backend.ed25519, keys.authority)
  if (!authority.ok) return err('manifest-signature', authority.error)
  const signed = verifyNote(note.value, [authority.value], { exactly: true })
  if (!signed.ok) return err('manifest-signature', signed.error)

  const keysHold = checkManifestKeys(input.backend, manifest.value)
  if (!keysHold.ok) return err('manifest-keys', [keysHold.error, keysHold.detail].join(' '))

  const list = checkedList(input.credentialList, credentials)
  if (!list.ok) return list
  const supportKeys = checkedSupportList(input.supportList, manifest.value)
  if (!supportKeys.ok) return supportKeys
  const slot = kioskSlots.find(({ id }) => id === input.kioskId)
  if (slot === undefined) return err('kiosk-slot-missing', `kiosk ${input.kioskId} has no slot`)

  const contestById = new Map(contests.map((contest) => [contest.id, contest]))
  const contestsByStyle = new Map(
    styles.map((style) => [style.id, style.contests.map((id) => contestById.get(id) as ManifestContest)]),
  )
  return ok({
    manifest: manifest.value,
    manifestNote: input.manifestNote,
    manifestHash: manifestHash(note.value.text),
    jointKey: fromBase64(manifest.value.jointKey),
    kioskId: input.kioskId,
    centre: centres.find(({ id }) => id === slot.centre)?.name ?? { ko: slot.centre, en: slot.centre },
    find: (publicKey) => findCredential(list.value, publicKey),
    findSupport: (publicKey) => findSupportKey(supportKeys.value, publicKey),
    contestsOf(slipNumber) {
      const entry = list.value[slipNumber]
      const found = entry === undefined ? undefined : contestsByStyle.get(entry.style)
      if (found === undefined) throw new RangeError('"slipNumber" has no style in this election')
      return found
    },
  })
}

function checkedList(
  bytes: Uint8Array,
  commitment: Manifest['credentials'],
): Result<readonly CredentialEntry[], 'credential-list-mismatch'> {
  const list = parseCredentialList(bytes)
  if (!list.ok) return err('credential-list-mismatch', list.error)
  const matches =
    list.value.length === commitment.count &&
    toHex(sha256(bytes)) === commitment.blob &&
    equalBytes(keyListRoot(bytes), fromBase64(commitment.root))
  return matches ? ok(list.value) : err('credential-list-mismatch', 'not the list the manifest commits to')
}

function checkedSupportList(
  bytes: Uint8Array | undefined,
  manifest: Manifest,
): Result<readonly Uint8Array[], 'support-list-mismatch'> {
  if (manifest.proposals === undefined) return ok([])
  const commitment = manifest.supportKeys
  const list = bytes === undefined ? err('keylist-length') : parseSupportList(bytes)
  if (!list.ok || bytes === undefined) return err('support-list-mismatch', list.ok ? 'missing' : list.error)
  const matches =
    list.value.length === commitment.count &&
    toHex(sha256(bytes)) === commitment.blob &&
    equalBytes(keyListRoot(bytes, SUPPORT_ENTRY_BYTES), fromBase64(commitment.root))
  return matches ? list : err('support-list-mismatch', 'not the list the manifest commits to')
}
