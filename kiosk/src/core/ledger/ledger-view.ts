import { equalBytes, fromHex, toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import { parseLeaf, parsePolls, parseVoidSlips, RECORD } from '@hanpyo/protocol/election/records.ts'
import { bitmapSlips } from '@hanpyo/protocol/election/void-bitmap.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { parseCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { InclusionTracker } from '@hanpyo/protocol/log/inclusion-tracker.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { type NoteVerifier, noteVerifier, parseNote, verifyNote } from '@hanpyo/protocol/log/note.ts'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'
import { bundlesOf, decodeBundle, TILE_WIDTH } from '@hanpyo/protocol/log/tiles.ts'
import { err, expectOk, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { LeafProof } from '../box/ballot-box.ts'
import type { ElectionPolls } from '../polls/polls-rules.ts'
import type { HeadKeeper, SignedHead } from './head-keeper.ts'

/**
 * `ledger-inconsistent`: what was read does not fit the signed tree head, or the log went back or forked. Nothing of it was
 * believed.
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
/** What those may take together, twice what as many proposals have. Whoever serves the log chooses the bytes before the root is checked. */
const MAX_STATEMENT_BYTES = 2 * 151 * MAX_STATEMENTS

interface Seen {
  readonly statements: LedgerLeaf[]
  /** Together; further statements are not kept once they would be too much. */
  statementBytes: number
  polls: Exclude<ElectionPolls, 'unknown'>
  readonly voided: Set<number>
}

const ORDER = ['not-open', 'open', 'closed', 'sealed'] as const

/**
 * What a kiosk takes from the public ledger: the authority's polls state (0x02) and the registrar's void slips (0x04), each
 * signed by them, hands on what proposals are made of, and finds the kiosk's own leaves, which it can prove. Reads only what
 * is new, all of it and nothing else, so that the host does not learn which leaves it looks for; rebuilds the root over all
 * leaves, and believes nothing of a step before the root fits. In memory: one bundle of at most 256 leaves, the tree's right
 * edge, the void slips (at most the key list), a path for each own leaf, and while it reads the bodies it hands on.
 */
export class LedgerView {
  readonly #reader: Pick<LogReader, 'checkpoint' | 'entries' | 'blob'>
  readonly #manifestField: string
  readonly #slipCount: number
  readonly #keys: Readonly<Record<'log' | 'authority' | 'registrar', NoteVerifier>>
  readonly #onStatements: (leaves: readonly LedgerLeaf[], isFromStart: boolean) => void
  readonly #heads: HeadKeeper | null
  readonly #followed: () => readonly Uint8Array[]
  #tree = new InclusionTracker()
  /** Index of each own leaf that was found, by the hex of its hash. */
  #found = new Map<string, number>()
  #note: string | null = null
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
    /** Hashes of leaves to prove, asked before each read. A leaf sealed later is not in the tree that is read. */
    readonly followed?: () => readonly Uint8Array[]
    /** Without it a head that is shorter than the one before is refused all the same, until the next start. */
    readonly heads?: HeadKeeper
  }) {
    const { keys, credentials } = deps.manifest
    const verifier = (vkey: string) => expectOk(noteVerifier(deps.ed25519, vkey))
    this.#reader = deps.reader
    this.#manifestField = toBase64(deps.manifestHash)
    this.#slipCount = credentials.count
    this.#onStatements = deps.onStatements ?? (() => {})
    this.#followed = deps.followed ?? (() => [])
    this.#heads = deps.heads ?? null
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

  /** The head whose leaves were read, with the newest signatures; null before the first read. */
  get head(): SignedHead | null {
    return this.#note === null || this.#root === null
      ? null
      : { note: this.#note, size: this.#size, root: this.#root }
  }

  /** Own leaves found so far, with their proofs in the tree of `head`. Nothing is verified here. */
  proofs(): readonly LeafProof[] {
    return [...this.#found].map(([hex, index]) => ({
      leaf: fromHex(hex),
      index,
      hashes: this.#tree.proof(index),
    }))
  }

  /** The proof is kept elsewhere now. */
  forgetProof(leaf: Uint8Array): void {
    const hex = toHex(leaf)
    const index = this.#found.get(hex)
    if (index === undefined) return
    this.#found.delete(hex)
    this.#tree.forget(index)
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
    const shown = { note: text, size, root }
    const conflict = this.#heads?.conflictOf(shown) ?? null
    if (conflict !== null) return err('ledger-inconsistent', `${conflict} at ${size}`)
    if (size < this.#size) return err('ledger-inconsistent', `size ${size} after ${this.#size}`)
    if (size === this.#size && this.#root !== null) {
      if (!equalBytes(root, this.#root)) return err('ledger-inconsistent', `size ${size}`)
      this.#note = text
      return ok(undefined)
    }
    return this.#read(shown)
  }

  async #read(shown: SignedHead): Promise<Result<void, LedgerReadError>> {
    const { size, root } = shown
    const before = this.#size
    const seen: Seen = {
      polls: this.#polls === 'unknown' ? 'not-open' : this.#polls,
      voided: new Set(this.#voided),
      statements: [],
      statementBytes: 0,
    }
    const [tree, found] = [this.#tree, this.#found]
    const followed = new Set(this.#followed().map(toHex))
    const held = this.#heads?.held ?? null
    let isForked = false
    // Until the root fits, the next read begins at the first leaf again.
    this.#forget()
    for (const bundle of bundlesOf(size)) {
      const first = bundle.index * TILE_WIDTH
      if (first + bundle.width <= before) continue
      const bytes = await this.#reader.entries(bundle.index, bundle.width)
      const leaves = bytes === null ? null : decodeBundle(bytes, bundle.width)
      if (leaves === null || !leaves.ok) return err('ledger-inconsistent', `bundle ${bundle.index}`)
      const known = Math.max(0, before - first)
      for (const [i, leaf] of leaves.value.slice(known).entries()) {
        const hash = leafHash(leaf)
        const hex = toHex(hash)
        const isOwn = followed.has(hex) && !found.has(hex)
        if (isOwn) found.set(hex, tree.size)
        tree.append(hash, isOwn)
        if (tree.size === held?.size && !equalBytes(tree.root(), held.root)) isForked = true
        await this.#take(leaf, first + known + i, seen)
      }
    }
    if (!equalBytes(tree.root(), root)) {
      // What was read before may be what does not fit: only all of it shows whether the log was rewritten.
      return before > 0 ? this.#read(shown) : err('ledger-inconsistent', `root of ${size}`)
    }
    if (isForked) {
      this.#heads?.forked(shown)
      return err('ledger-inconsistent', `forked at ${held?.size}`)
    }
    await this.#heads?.accept(shown)
    this.#tree = tree
    this.#found = found
    this.#note = shown.note
    this.#size = size
    this.#root = root
    this.#polls = seen.polls
    this.#voided = seen.voided
    this.#onStatements(seen.statements, before === 0)
    return ok(undefined)
  }

  /** Only the place in the tree; what was believed with a good root stays. */
  #forget(): void {
    this.#tree = new InclusionTracker()
    this.#found = new Map()
    this.#note = null
    this.#size = 0
    this.#root = null
  }

  async #take(bytes: Uint8Array, index: number, seen: Seen): Promise<void> {
    const leaf = parseLeaf(bytes)
    if (!leaf.ok) return
    const { type, body } = leaf.value
    if (STATEMENT_TYPES.has(type) && seen.statements.length < MAX_STATEMENTS) {
      seen.statementBytes += body.length
      if (seen.statementBytes <= MAX_STATEMENT_BYTES)
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
