import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { parseBallot } from '@hanpyo/protocol/ballot/layout.ts'
import { fromBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { keyName, type Manifest } from '@hanpyo/protocol/election/manifest.ts'
import { idPrefixes, parseDevice, parseKioskManifest, RECORD } from '@hanpyo/protocol/election/records.ts'
import { parseRefusal } from '@hanpyo/protocol/election/refusal.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import {
  encodeVkey,
  type NoteVerifier,
  noteVerifier,
  parseNote,
  SIGNATURE_TYPE,
  verifyNote,
} from '@hanpyo/protocol/log/note.ts'

/** What one record says about which ballots there should be, small enough to keep until the tree's root is right. */
export type ListedFact =
  | { readonly is: 'ballot'; readonly listed: string }
  | { readonly is: 'device'; readonly kiosk: number; readonly verifier: NoteVerifier }
  | { readonly is: 'note'; readonly body: Uint8Array }

/**
 * The ballots that kiosks list in their signed manifests (0x12) and that no record holds, as ballot (0x10) or refusal (0x13).
 * Only manifests count that a device of that kiosk has signed, and only for its own ballots: another kiosk can list what it has
 * read in the ledger. Memory: 22 characters for each ballot that is not listed yet, and for each listed one that is missing.
 */
export class KioskLists {
  readonly #ed25519: Ed25519
  readonly #manifest: Manifest
  readonly #devices = new Map<number, NoteVerifier[]>()
  /** Listed, and not in the ledger. */
  readonly #missing = new Set<string>()
  /** In the ledger, and listed by nobody yet. */
  readonly #unlisted = new Set<string>()

  constructor(ed25519: Ed25519, manifest: Manifest) {
    this.#ed25519 = ed25519
    this.#manifest = manifest
  }

  /** Hex of the first 8 bytes of ids that are listed and not in the ledger, by kiosk; kiosks without any are left out. */
  get missing(): ReadonlyMap<number, readonly string[]> {
    const byKiosk = new Map<number, string[]>()
    for (const listed of [...this.#missing].sort()) {
      const [kiosk, prefix] = listed.split(' ') as [string, string]
      const prefixes = byKiosk.get(Number(kiosk))
      if (prefixes === undefined) byKiosk.set(Number(kiosk), [prefix])
      else prefixes.push(prefix)
    }
    return byKiosk
  }

  /** What there is to remember of a record; `null` for most types. */
  factOf(type: number, body: Uint8Array): ListedFact | null {
    if (type === RECORD.ballot) return ballotFact(body)
    if (type === RECORD.refusal) {
      const refusal = parseRefusal(body)
      return refusal.ok ? ballotFact(refusal.value.canonical) : null
    }
    if (type === RECORD.kioskManifest) return { is: 'note', body: body.slice() }
    return type === RECORD.device ? this.#device(body) : null
  }

  /** Takes in a fact; in the order of the ledger. */
  apply(fact: ListedFact): void {
    if (fact.is === 'device') {
      this.#devices.set(fact.kiosk, [...(this.#devices.get(fact.kiosk) ?? []), fact.verifier])
    } else if (fact.is === 'note') this.#list(fact.body)
    else if (!this.#missing.delete(fact.listed)) this.#unlisted.add(fact.listed)
  }

  #list(body: Uint8Array): void {
    const note = parseNote(body)
    const record = note.ok ? parseKioskManifest(note.value.text) : note
    if (!note.ok || !record.ok) return
    const { kiosk, ids } = record.value
    const isSigned = (this.#devices.get(kiosk) ?? []).some((key) => verifyNote(note.value, [key]).ok)
    if (!isSigned) return
    for (const prefix of idPrefixes(ids) ?? []) {
      const listed = listedAs(kiosk, prefix)
      if (!this.#unlisted.delete(listed)) this.#missing.add(listed)
    }
  }

  #device(body: Uint8Array): ListedFact | null {
    const note = parseNote(body)
    const authority = noteVerifier(this.#ed25519, this.#manifest.keys.deviceAuthority)
    if (!note.ok || !authority.ok || !verifyNote(note.value, [authority.value]).ok) return null
    const record = parseDevice(note.value.text)
    if (!record.ok || record.value.action !== 'enrol') return null
    const { kiosk, ed25519 } = record.value
    const name = keyName.kiosk(this.#manifest.id, kiosk)
    const vkey = encodeVkey(name, SIGNATURE_TYPE.ed25519, fromBase64(ed25519))
    const verifier = noteVerifier(this.#ed25519, vkey)
    return verifier.ok ? { is: 'device', kiosk, verifier: verifier.value } : null
  }
}

function ballotFact(canonical: Uint8Array): ListedFact | null {
  const ballot = parseBallot(canonical)
  if (!ballot.ok) return null
  return { is: 'ballot', listed: listedAs(ballot.value.kioskId, ballotId(canonical).subarray(0, 8)) }
}

/** A ballot as one kiosk lists it: the kiosk in decimal, and the first 8 bytes of the id in hex. */
function listedAs(kiosk: number, prefix: Uint8Array): string {
  return `${kiosk} ${toHex(prefix)}`
}
