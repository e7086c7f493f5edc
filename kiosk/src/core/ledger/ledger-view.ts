import { toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import { parseLeaf, parsePolls, parseVoidSlips, RECORD } from '@hanpyo/protocol/election/records.ts'
import { bitmapSlips } from '@hanpyo/protocol/election/void-bitmap.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { parseCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { type NoteVerifier, noteVerifier, parseNote, verifyNote } from '@hanpyo/protocol/log/note.ts'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'
import { bundlesOf, decodeBundle, TILE_WIDTH, TileSet } from '@hanpyo/protocol/log/tiles.ts'
import { err, expectOk, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { ElectionPolls } from '../polls/polls-rules.ts'

/**
 * `ledger-inconsistent`: what was read does not fit the signed tree head, or the log went back. Nothing of it was believed.
 * `ledger-malformed`: it is not this election's log.
 */
export type LedgerReadError = 'ledger-inconsistent' | 'ledger-malformed'

/** A leaf of a log whose root fits its signed tree head. */
export interface LedgerLeaf {
  readonly index: number
  readonly type: number
  readonly body: Uint8Array
}

/** What proposals are made of: devices that sign moderations, proposals, supports, moderations. */
const STATEMENT_TYPES: ReadonlySet<number> = new Set([
  RECORD.device,
  RECORD.proposal,
  RECORD.support,
  RECORD.moderation,
])
/** Leaves kept of one read; a log with more of them is not read further for proposals. */
const MAX_STATEMENTS = 400_000

interface Seen {
  readonly statements: LedgerLeaf[]
  polls: Exclude<ElectionPolls, 'unknown'>
  readonly voided: Set<number>
}

const ORDER = ['not-open', 'open', 'closed', 'sealed'] as const

/**
 * What a kiosk takes from the public ledger: the authority's polls state (0x02) and the registrar's void slips (0x04), each
 * signed by them, and hands on what proposals are made of. Reads only what is new, rebuilds the root over all leaves, and believes nothing of a step before the root
 * fits. In memory: one bundle of at most 256 leaves, the tree's right edge, the void slips (at most the key list), and while it
 * reads the bodies it hands on.
 */
export class LedgerView {
  readonly #reader: Pick<LogReader, 'checkpoint' | 'entries' | 'blob'>
  readonly #manifestField: string
  readonly #slipCount: number
  readonly #keys: Readonly<Record<'log' | 'authority' | 'registrar', NoteVerifier>>
  readonly #onStatements: (leaves: readonly LedgerLeaf[], isFromStart: boolean) => void
  #tree = new TileSet()
  #size = 0
  #root: Uint8Array | null = null
  #polls: ElectionPolls = 'unknown'
  #voided: ReadonlySet<number> = new Set()

  constructor(deps: {
    readonly reader: Pick<LogReader, 'checkpoint' | 'entries' | 'blob'>
    readonly ed25519: Ed25519
    readonly manifest: Manifest
    readonly manifestHash: Uint8Array
    /** Gets what proposals are made of, in order, once the root fits. `isFromStart`: the log was read anew from leaf 0. */
    readonly onStatements?: (leaves: readonly LedgerLeaf[], isFromStart: boolean) => void
  }) {
    const { keys, credentials } = deps.manifest
    const verifier = (vkey: string) => expectOk(noteVerifier(deps.ed25519, vkey))
    this.#reader = deps.reader
    this.#manifestField = toBase64(deps.manifestHash)
    this.#slipCount = credentials.count
    this.#onStatements = deps.onStatements ?? (() => {})
    this.#keys = {
      log: verifier(keys.log),
      authority: verifier(keys.authority),
      registrar: verifier(keys.registrar),
    }
  }

  /** `unknown` until the ledger was read once. */
  get polls(): ElectionPolls {
    return this.#polls
  }

  get voidCount(): number {
    return this.#voided.size
  }

  isVoid(slipNumber: number): boolean {
    return this.#voided.has(slipNumber)
  }

  /** Reads up to the newest checkpoint. Rejects when the ledger cannot be reached; what is known already stays. */
  async refresh(): Promise<Result<void, LedgerReadError>> {
    const text = await this.#reader.checkpoint()
    if (text === null) return err('ledger-malformed', 'no checkpoint')
    const note = parseNote(text)
    if (!note.ok) return err('ledger-malformed', note.error)
    const signed = verifyNote(note.value, [this.#keys.log])
    const checkpoint = parseCheckpoint(note.value.text)
    if (!signed.ok || !checkpoint.ok) return err('ledger-malformed', 'checkpoint')
    const { size, root, origin } = checkpoint.value
    if (origin !== this.#keys.log.name) return err('ledger-malformed', origin)
    if (size < this.#size) return err('ledger-inconsistent', `size ${size} after ${this.#size}`)
    if (size === this.#size && this.#root !== null) {
      return toHex(root) === toHex(this.#root) ? ok(undefined) : err('ledger-inconsistent', `size ${size}`)
    }
    return this.#read(size, root)
  }

  async #read(size: number, root: Uint8Array): Promise<Result<void, LedgerReadError>> {
    const before = this.#size
    const seen: Seen = {
      polls: this.#polls === 'unknown' ? 'not-open' : this.#polls,
      voided: new Set(this.#voided),
      statements: [],
    }
    const tree = this.#tree
    // Until the root fits, the next read begins at the first leaf again.
    this.#forget()
    for (const bundle of bundlesOf(size)) {
      const first = bundle.index * TILE_WIDTH
      if (first + bundle.width <= before) continue
      const bytes = await this.#reader.entries(bundle.index, bundle.width)
      const leaves = bytes === null ? null : decodeBundle(bytes, bundle.width)
      if (leaves === null || !leaves.ok) return err('ledger-inconsistent', `bundle ${bundle.index}`)
      const known = Math.max(0, before - first)
      const fresh = leaves.value.slice(known)
      tree.append(fresh.map(leafHash))
      for (const [i, leaf] of fresh.entries()) await this.#take(leaf, first + known + i, seen)
    }
    if (toHex(tree.root()) !== toHex(root)) return err('ledger-inconsistent', `root of ${size}`)
    this.#tree = tree
    this.#size = size
    this.#root = root
    this.#polls = seen.polls
    this.#voided = seen.voided
    this.#onStatements(seen.statements, before === 0)
    return ok(undefined)
  }

  /** Only the place in the tree; what was believed with a good root stays. */
  #forget(): void {
    this.#tree = new TileSet()
    this.#size = 0
    this.#root = null
  }

  async #take(bytes: Uint8Array, index: number, seen: Seen): Promise<void> {
    const leaf = parseLeaf(bytes)
    if (!leaf.ok) return
    const { type, body } = leaf.value
    if (STATEMENT_TYPES.has(type) && seen.statements.length < MAX_STATEMENTS) {
      seen.statements.push({ index, type, body: body.slice() })
    }
    if (type === RECORD.polls) {
      const record = this.#signed(body, 'authority', parsePolls)
      if (record !== null && ORDER.indexOf(record.state) > ORDER.indexOf(seen.polls))
        seen.polls = record.state
    } else if (type === RECORD.voidSlips) {
      const record = this.#signed(body, 'registrar', parseVoidSlips)
      if (record === null) return
      const slips = 'slips' in record ? record.slips : await this.#slipsOfBlob(record.blob)
      for (const slip of slips) if (slip < this.#slipCount) seen.voided.add(slip)
    }
  }

  #signed<T extends { readonly manifest: string }>(
    body: Uint8Array,
    role: 'authority' | 'registrar',
    parse: (text: string) => Result<T, string>,
  ): T | null {
    const note = parseNote(body)
    if (!note.ok || !verifyNote(note.value, [this.#keys[role]], { exactly: true }).ok) return null
    const record = parse(note.value.text)
    return record.ok && record.value.manifest === this.#manifestField ? record.value : null
  }

  /** A blob that is missing or another one leaves its slips to the bridge, which refuses their ballots. */
  async #slipsOfBlob(hash: string): Promise<readonly number[]> {
    const bytes = await this.#reader.blob(hash)
    if (bytes === null || toHex(sha256(bytes)) !== hash) return []
    return bitmapSlips(bytes, this.#slipCount) ?? []
  }
}
