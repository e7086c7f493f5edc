import { fromBase64, toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { keyName, type Manifest } from '@hanpyo/protocol/election/manifest.ts'
import { parseDevice, RECORD } from '@hanpyo/protocol/election/records.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import {
  encodeVkey,
  type NoteVerifier,
  noteVerifier,
  parseNote,
  SIGNATURE_TYPE,
  verifyNote,
} from '@hanpyo/protocol/log/note.ts'
import { parseProposal, parseSupport, proposalId } from '@hanpyo/protocol/proposal/layout.ts'
import { parseModeration } from '@hanpyo/protocol/proposal/moderation.ts'
import { expectOk, type Result } from '@hanpyo/protocol/result.ts'
import type { LedgerLeaf } from '../ledger/ledger-view.ts'

/** A proposal as the ledger has it. */
export interface BookedProposal {
  /** Lower-case hex. */
  readonly id: string
  readonly index: number
  readonly topic: number
  readonly centre: string
  /** 32 bytes. */
  readonly textCommitment: Uint8Array
  /** Slips behind it, the author's included. */
  readonly supports: number
  readonly isHidden: boolean
  readonly isErased: boolean
  /** Reason of the newest moderation; `at` is the latest time (unix seconds) that any named, 0 when none did. */
  readonly moderation: { readonly reason: string; readonly at: number } | null
}

/** Beyond this a kiosk lists no more: its screens are for people. */
export const MAX_PROPOSALS = 5_000
/** Supports remembered one by one, so that a slip is told at once; beyond it only the bridge knows. */
const MAX_STANDS = 300_000

type Changing = { -readonly [Key in keyof BookedProposal]: BookedProposal[Key] }

/**
 * What the ledger says about proposals. It is given the leaves of a log whose root fits the signed tree head, and believes
 * the log that each statement was proven (mirrors and `hanpyo verify` prove it again); moderations it checks itself.
 */
export class ProposalBook {
  readonly #deps: {
    readonly ed25519: Ed25519
    readonly manifest: Manifest
    readonly manifestHash: Uint8Array
  }
  readonly #authority: NoteVerifier
  readonly #deviceAuthority: NoteVerifier
  readonly #centres: ReadonlyMap<number, string>
  #proposals = new Map<string, Changing>()
  #kiosks = new Map<number, NoteVerifier>()
  #stands = new Set<string>()
  #handedIn = new Map<number, string[]>()

  constructor(deps: {
    readonly ed25519: Ed25519
    readonly manifest: Manifest
    readonly manifestHash: Uint8Array
  }) {
    const { manifest, ed25519 } = deps
    this.#deps = deps
    this.#authority = expectOk(noteVerifier(ed25519, manifest.keys.authority))
    this.#deviceAuthority = expectOk(noteVerifier(ed25519, manifest.keys.deviceAuthority))
    this.#centres = new Map(manifest.kioskSlots.map(({ id, centre }) => [id, centre]))
  }

  /** Leaves in the order of the log; a first leaf that is number 0 begins the book anew. */
  take(leaves: readonly LedgerLeaf[], isFromStart: boolean): void {
    if (isFromStart) {
      this.#proposals = new Map()
      this.#kiosks = new Map()
      this.#stands = new Set()
      this.#handedIn = new Map()
    }
    for (const leaf of leaves) this.#takeLeaf(leaf)
  }

  /** In the order of the ledger. */
  all(): readonly BookedProposal[] {
    return [...this.#proposals.values()]
  }

  find(id: string): BookedProposal | undefined {
    return this.#proposals.get(id)
  }

  /** Ids of the proposals a slip handed in. */
  handedInBy(supportIndex: number): readonly string[] {
    return this.#handedIn.get(supportIndex) ?? []
  }

  /** Whether a slip is behind a proposal. */
  stands(supportIndex: number, id: string): boolean {
    return this.#stands.has(standKey(supportIndex, id))
  }

  #takeLeaf({ index, type, body }: LedgerLeaf): void {
    if (type === RECORD.proposal) this.#takeProposal(index, body)
    else if (type === RECORD.support) this.#takeSupport(body)
    else if (type === RECORD.moderation) this.#takeModeration(body)
    else if (type === RECORD.device) this.#takeDevice(body)
  }

  #takeProposal(index: number, body: Uint8Array): void {
    const parsed = parseProposal(body)
    if (!parsed.ok || this.#proposals.size >= MAX_PROPOSALS) return
    const { supportIndex, kioskId, topic, textCommitment } = parsed.value
    const id = toHex(proposalId(this.#deps.manifestHash, body))
    if (this.#proposals.has(id)) return
    this.#proposals.set(id, {
      id,
      index,
      topic,
      centre: this.#centres.get(kioskId) ?? '',
      textCommitment,
      supports: 1,
      isHidden: false,
      isErased: false,
      moderation: null,
    })
    this.#handedIn.set(supportIndex, [...this.handedInBy(supportIndex), id])
    this.#stands.add(standKey(supportIndex, id))
  }

  #takeSupport(body: Uint8Array): void {
    const parsed = parseSupport(body)
    if (!parsed.ok) return
    const { supportIndex } = parsed.value
    const id = toHex(parsed.value.proposalId)
    const proposal = this.#proposals.get(id)
    if (proposal === undefined || this.stands(supportIndex, id)) return
    proposal.supports++
    if (this.#stands.size < MAX_STANDS) this.#stands.add(standKey(supportIndex, id))
  }

  #takeModeration(body: Uint8Array): void {
    const note = parseNote(body)
    if (!note.ok) return
    const record = this.#ours(parseModeration(note.value.text))
    if (record === null) return
    const { action, kiosk, reason, at } = record
    const proposal = this.#proposals.get(toHex(fromBase64(record.proposal)))
    const signer = kiosk === undefined ? this.#authority : this.#kiosks.get(kiosk)
    if (proposal === undefined || signer === undefined || proposal.isErased) return
    if (kiosk !== undefined && this.#centres.get(kiosk) !== proposal.centre) return
    if (!verifyNote(note.value, [signer], { exactly: true }).ok) return
    proposal.isHidden = action !== 'show'
    proposal.isErased = action === 'erase'
    proposal.moderation = { reason, at: Math.max(at ?? 0, proposal.moderation?.at ?? 0) }
  }

  #takeDevice(body: Uint8Array): void {
    const { ed25519, manifest } = this.#deps
    const note = parseNote(body)
    if (!note.ok || !verifyNote(note.value, [this.#deviceAuthority], { exactly: true }).ok) return
    const record = this.#ours(parseDevice(note.value.text))
    if (record === null) return
    const { action, kiosk } = record
    if (action === 'revoke') {
      this.#kiosks.delete(kiosk)
      return
    }
    const vkey = encodeVkey(
      keyName.kiosk(manifest.id, kiosk),
      SIGNATURE_TYPE.ed25519,
      fromBase64(record.ed25519),
    )
    const verifier = noteVerifier(ed25519, vkey)
    if (verifier.ok) this.#kiosks.set(kiosk, verifier.value)
  }

  #ours<T extends { readonly manifest: string }>(record: Result<T, string>): T | null {
    return record.ok && record.value.manifest === toBase64(this.#deps.manifestHash) ? record.value : null
  }
}

function standKey(supportIndex: number, id: string): string {
  return `${supportIndex}:${id}`
}
