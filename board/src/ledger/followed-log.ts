import { decodeUtf8, equalBytes, fromBase64, toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { parseLeaf, RECORD } from '@hanpyo/protocol/election/leaf.ts'
import { type Manifest, manifestHash, parseManifest } from '@hanpyo/protocol/election/manifest.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { type Checkpoint, openCheckpoint, parseCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { consistencyProofFromTiles } from '@hanpyo/protocol/log/hash-reader.ts'
import { leafHash, verifyConsistency } from '@hanpyo/protocol/log/merkle.ts'
import { type NoteVerifier, noteVerifier, parseNote } from '@hanpyo/protocol/log/note.ts'
import { decodeBundle, decodeTile, TILE_WIDTH, tileWidth } from '@hanpyo/protocol/log/tiles.ts'
import { type Host, HostError } from '../host/host.ts'
import type { BundleStore, HeadStore, RememberedHead } from '../host/stores.ts'
import type { ForkEvidence, MemoryStatus, Problem, ProblemCode } from '../snapshot.ts'
import { readLeaves } from './read-leaves.ts'
import { TreeHashes } from './tree-hashes.ts'

/** Records that a browser holds in memory; above that, `hanpyo verify` is the tool. */
const MOST_LEAVES = 1_000_000

export interface FollowedLogPorts {
  readonly host: Host
  readonly stores: BundleStore & HeadStore
  readonly ed25519: Ed25519
  /** POSIX seconds. */
  readonly now: () => number
  /** Told while records are being read. */
  readonly onProgress: () => void
}

/** The election that leaf 0 announces; its signature is the rule book's concern. */
export interface AnnouncedElection {
  readonly manifest: Manifest
  readonly manifestNote: string
  readonly manifestHash: Uint8Array
  /** H_m in hex. */
  readonly name: string
  readonly log: NoteVerifier
}

export interface SignedHead {
  readonly checkpoint: Checkpoint
  readonly note: string
}

export interface Memory {
  readonly status: MemoryStatus
  readonly remembered: RememberedHead | null
  readonly fork: ForkEvidence | null
  readonly otherElection: string | null
}

/**
 * One log as one host shows it, look after look. `leaves` holds proven records only: they are those under the root of
 * `head`, which the log of the manifest signed, or a prefix of them when the host does not serve the rest.
 */
export class FollowedLog {
  readonly leaves: Uint8Array[] = []
  readonly tree = new TreeHashes()
  election: AnnouncedElection | null = null
  head: SignedHead | null = null
  /** What was wrong at the last look. */
  problems: readonly Problem[] = []
  memory: Memory = { status: 'first', remembered: null, fork: null, otherElection: null }
  /** Leaves read so far at a look that is under way. */
  reached = 0
  /** Size that the host claims; null before its first answer. */
  claimed: number | null = null
  readonly #ports: FollowedLogPorts

  constructor(ports: FollowedLogPorts) {
    this.#ports = ports
  }

  /** Looks at the host once. Never rejects for what the host does: `problems` says it. */
  async look(): Promise<void> {
    try {
      this.problems = (await this.#look()) ?? []
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      const code = error.code === 'too-large' ? 'checkpoint-garbage' : error.code
      this.problems = [{ code, detail: error.message }]
    }
  }

  async #look(): Promise<readonly Problem[] | undefined> {
    const { host } = this.#ports
    const note = await host.checkpoint()
    if (note === null) return problem('no-checkpoint', 'checkpoint')
    const parsed = parseNote(note)
    const checkpoint = parsed.ok ? parseCheckpoint(parsed.value.text) : parsed
    if (!checkpoint.ok) return problem('checkpoint-garbage', checkpoint.error)
    const { size } = checkpoint.value
    if (size === 0) return problem('log-empty')
    this.claimed = size
    if (size > MOST_LEAVES) return problem('log-too-large', `${size}`)
    if (this.election === null) {
      const failed = await this.#readManifest(size)
      if (failed !== null) return [failed]
    }
    const election = this.election as unknown as AnnouncedElection
    const opened = openCheckpoint(note, election.log)
    if (!opened.ok) return problem('checkpoint-signature', opened.detail ?? opened.error)
    const head = { checkpoint: opened.value.checkpoint, note }
    await this.#recall(election)
    if (this.#isOtherRoot(head)) return undefined
    if (size < this.leaves.length) return this.#smaller(head)
    const read = await this.#readTo(head, election)
    if (read !== null && this.leaves.length < size) {
      if (this.head === null || size > this.head.checkpoint.size) this.#keepUnlessForked(head)
      return [read]
    }
    if (read !== null) return [read]
    this.#keepUnlessForked(head)
    await this.#remember(election)
    return this.memory.status === 'older' ? problem('head-older', `${size}`) : undefined
  }

  /** The head of a tree that is proven as far as `leaves` goes. */
  #keepUnlessForked(head: SignedHead): void {
    this.#compare(head)
    this.head = head
  }

  /** Leaf 0 without proof: it names the log's key, and the root over it is checked right after. */
  async #readManifest(size: number): Promise<Problem | null> {
    const width = tileWidth(size, 0, 0)
    const exact = await this.#ports.host.entries(0, width)
    const bytes = exact ?? (width < TILE_WIDTH ? await this.#ports.host.entries(0) : null)
    if (bytes === null) return { code: 'records-missing', detail: 'tile/entries/000' }
    const leaves = decodeBundle(bytes, exact === null ? TILE_WIDTH : width)
    if (!leaves.ok) return { code: 'records-garbage', detail: `tile/entries/000: ${leaves.error}` }
    const election = announced(this.#ports.ed25519, leaves.value[0] as Uint8Array)
    if (typeof election === 'string') return { code: 'manifest-invalid', detail: election }
    this.election = election
    return null
  }

  /** Reads up to the head and proves what was read; once more without the store if that was wrong. */
  async #readTo(head: SignedHead, election: AnnouncedElection): Promise<Problem | null> {
    const { stores } = this.#ports
    const { size, root } = head.checkpoint
    for (const attempt of ['with store', 'from host'] as const) {
      if (attempt === 'from host') await stores.drop(election.name)
      const from = this.leaves.length
      const read = await readLeaves({
        ...this.#ports,
        store: stores,
        log: election.name,
        from,
        size,
        onProgress: (leaves) => {
          this.reached = leaves
          this.#ports.onProgress()
        },
      })
      for (const leaf of read.leaves) this.tree.append(leafHash(leaf))
      if (read.problem === null && equalBytes(this.tree.root(), root)) {
        for (const leaf of read.leaves) this.leaves.push(leaf)
        return null
      }
      if (read.problem !== null && (await this.#isPrefix(head))) {
        for (const leaf of read.leaves) this.leaves.push(leaf)
        return read.problem
      }
      const changed = read.problem === null ? await this.#firstChanged(from, size) : null
      this.tree.truncate(from)
      this.reached = from
      if (read.usedStore && attempt === 'with store') continue
      return (
        read.problem ?? { code: 'records-changed', ...(changed === null ? {} : { detail: `${changed}` }) }
      )
    }
    throw new Error('the second attempt always answers')
  }

  /** Whether the hash tiles prove that what was read is the beginning of the head's tree. */
  async #isPrefix({ checkpoint }: SignedHead): Promise<boolean> {
    const oldSize = this.tree.size
    if (oldSize === 0) return false
    try {
      const proof = await consistencyProofFromTiles(this.#ports.host, oldSize, checkpoint.size)
      if (!proof.ok) return false
      const { size: newSize, root: newRoot } = checkpoint
      return verifyConsistency({ oldSize, oldRoot: this.tree.root(), newSize, newRoot, proof: proof.value })
    } catch (error) {
      if (error instanceof HostError) return false
      throw error
    }
  }

  /** The first record whose hash is not the one in its tile; null when the tiles do not say. */
  async #firstChanged(from: number, size: number): Promise<number | null> {
    try {
      for (let index = Math.floor(from / TILE_WIDTH); index * TILE_WIDTH < size; index++) {
        const width = tileWidth(size, 0, index)
        const bytes = await this.#ports.host.tile(0, index, width)
        const tile = bytes === null ? null : decodeTile(bytes, width)
        if (tile === null || !tile.ok) return null
        const at = tile.value.findIndex((hash, i) => {
          const own = this.tree.leafHash(index * TILE_WIDTH + i)
          return own === undefined || !equalBytes(own, hash)
        })
        if (at >= 0) return index * TILE_WIDTH + at
      }
      return null
    } catch (error) {
      if (error instanceof HostError) return null
      throw error
    }
  }

  /** Two signed roots for one size are a fork by themselves, whatever the records say. */
  #isOtherRoot(head: SignedHead): boolean {
    const { size, root } = head.checkpoint
    const earlier = this.head?.checkpoint.size === size ? this.head : null
    if (earlier !== null && !equalBytes(earlier.checkpoint.root, root)) {
      this.#fork(earlier, head)
      return true
    }
    const { remembered } = this.memory
    if (remembered?.size === size && remembered.root !== toBase64(root)) this.#fork(remembered, head)
    return false
  }

  /** A head below what is at hand: an older one of the same tree, or a fork. */
  #smaller(head: SignedHead): readonly Problem[] {
    const { size, root } = head.checkpoint
    if (!equalBytes(this.tree.root(size), root)) this.#fork(this.head as SignedHead, head)
    return problem('head-older', `${size}`)
  }

  async #recall({ name }: AnnouncedElection): Promise<void> {
    const { stores, host } = this.#ports
    if (this.memory.remembered !== null || this.memory.status === 'fork') return
    const remembered = await stores.head(name)
    const before = await stores.electionAt(host.base)
    const otherElection = before !== null && before !== name ? before : null
    const status = stores.isLasting ? 'first' : 'unavailable'
    this.memory = { ...this.memory, status, remembered, otherElection }
  }

  /** Compares a head with the remembered one, as far as the proven leaves reach. */
  #compare(head: SignedHead): void {
    const { remembered, status } = this.memory
    if (remembered === null || status === 'fork') return
    const { size } = head.checkpoint
    const own = remembered.size <= this.leaves.length ? this.tree.root(remembered.size) : null
    if (own !== null && !equalBytes(own, fromBase64(remembered.root))) {
      this.#fork(remembered, head)
      return
    }
    this.memory = { ...this.memory, status: own === null && size < remembered.size ? 'older' : 'consistent' }
  }

  #fork(earlier: Pick<SignedHead, 'note'>, now: Pick<SignedHead, 'note'>): void {
    this.memory = { ...this.memory, status: 'fork', fork: { earlier: earlier.note, now: now.note } }
  }

  /** A forked or older head never replaces the one that is remembered. */
  async #remember({ name }: AnnouncedElection): Promise<void> {
    const { stores, host, now } = this.#ports
    await stores.saveElectionAt(host.base, name)
    const { status, remembered } = this.memory
    if (status === 'fork' || status === 'older' || this.head === null) return
    const { checkpoint, note } = this.head
    const kept = {
      size: checkpoint.size,
      root: toBase64(checkpoint.root),
      note,
      firstSeen: remembered?.firstSeen ?? now(),
    }
    await stores.saveHead(name, kept)
    this.memory = { ...this.memory, remembered: kept }
  }
}

function problem(code: ProblemCode, detail?: string): readonly Problem[] {
  return [detail === undefined ? { code } : { code, detail }]
}

/** The manifest in leaf 0, or why there is none. */
function announced(ed25519: Ed25519, leaf: Uint8Array): AnnouncedElection | string {
  const parsed = parseLeaf(leaf)
  if (!parsed.ok || parsed.value.type !== RECORD.manifest) return 'leaf-0'
  const note = parseNote(parsed.value.body)
  if (!note.ok) return note.error
  const manifest = parseManifest(note.value.text)
  if (!manifest.ok) return manifest.detail ?? manifest.error
  const log = noteVerifier(ed25519, manifest.value.keys.log)
  if (!log.ok) return log.error
  const hash = manifestHash(note.value.text)
  return {
    manifest: manifest.value,
    manifestNote: decodeUtf8(parsed.value.body),
    manifestHash: hash,
    name: toHex(hash),
    log: log.value,
  }
}
