import { parseBallot } from '@hanpyo/protocol/ballot/layout.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { parseResult } from '@hanpyo/protocol/count/records.ts'
import {
  parseIncident,
  parseLeaf,
  parseTurnout,
  RECORD,
  recordName,
} from '@hanpyo/protocol/election/records.ts'
import { parseRefusal, type RefusalName, refusalName } from '@hanpyo/protocol/election/refusal.ts'
import { recordId } from '@hanpyo/protocol/link/record-id.ts'
import type { AnnouncedContest } from '@hanpyo/protocol/public/facts-page.ts'
import { blobsNamedBy, noteText } from '../records/named-blob.ts'

/** Slips a centre says it issued and took back. */
export interface CentreTurnout {
  readonly issued: number
  readonly returned: number
}

/**
 * Facts read off the published leaves, and from nothing else: for `/status`, for the limits of refusals, and to
 * recognise records that were sent again. Grows with the log, leaf by leaf, at restart as in service.
 */
export class LedgerFacts {
  readonly #recordPositions = new Map<string, number>()
  readonly #refusalsOfCredential = new Map<number, number>()
  readonly #refusalsByReason = new Map<RefusalName, number>()
  readonly #countsByType = new Map<string, number>()
  readonly #turnout = new Map<string, CentreTurnout>()
  readonly #namedBlobs = new Set<string>()
  readonly #incidents: { readonly position: number; readonly text: string }[] = []
  #size = 0
  /** The result as the authority announced it, the last one when there are several; `null` before. */
  result: readonly AnnouncedContest[] | null = null

  /** Takes the next leaf of the log. */
  add(bytes: Uint8Array): void {
    const position = this.#size++
    const leaf = parseLeaf(bytes)
    if (!leaf.ok) return
    const { type, body } = leaf.value
    const name = recordName(type) ?? 'unknown'
    this.#countsByType.set(name, (this.#countsByType.get(name) ?? 0) + 1)
    switch (type) {
      case RECORD.ballot:
      case RECORD.batch:
        return
      case RECORD.refusal:
        this.#addRefusal(body)
        return
      case RECORD.turnout: {
        const record = parseTurnout(noteText(body))
        if (record.ok) this.#turnout.set(record.value.centre, record.value)
        break
      }
      case RECORD.incident: {
        const record = parseIncident(noteText(body))
        if (record.ok) this.#incidents.push({ position, text: record.value.text })
        break
      }
      case RECORD.result: {
        const record = parseResult(noteText(body))
        if (record.ok) this.result = record.value.contests as readonly AnnouncedContest[]
      }
    }
    this.#recordPositions.set(toHex(recordId(bytes)), position)
    for (const name of blobsNamedBy(bytes)) this.#namedBlobs.add(name)
  }

  /** Position of a record that is not a ballot, by hex record id. */
  positionOf(recordIdHex: string): number | undefined {
    return this.#recordPositions.get(recordIdHex)
  }

  /** 0x13 leaves of a credential. */
  refusalsOf(credential: number): number {
    return this.#refusalsOfCredential.get(credential) ?? 0
  }

  /** Hex SHA-256 of every blob a logged record names. */
  get blobNames(): string[] {
    return [...this.#namedBlobs]
  }

  /** Whether a logged record, the manifest included, names a blob in a `blob` field. */
  namesBlob(hashHex: string): boolean {
    return this.#namedBlobs.has(hashHex)
  }

  turnoutOf(centre: string): CentreTurnout | undefined {
    return this.#turnout.get(centre)
  }

  get refusalsByReason(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#refusalsByReason)
  }

  get countsByType(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#countsByType)
  }

  get incidents(): readonly { readonly position: number; readonly text: string }[] {
    return this.#incidents
  }

  #addRefusal(body: Uint8Array): void {
    const refusal = parseRefusal(body)
    if (!refusal.ok) return
    const name = refusalName(refusal.value.reason) as RefusalName
    this.#refusalsByReason.set(name, (this.#refusalsByReason.get(name) ?? 0) + 1)
    const ballot = parseBallot(refusal.value.canonical)
    if (!ballot.ok) return
    const { credentialIndex } = ballot.value
    this.#refusalsOfCredential.set(credentialIndex, this.refusalsOf(credentialIndex) + 1)
  }
}
