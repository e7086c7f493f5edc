import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { DiskEvent } from './disk-trace.ts'

/** A write or truncation that no sync has covered yet. */
type Change =
  | { readonly kind: 'write'; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly length: number }

class Inode {
  /** What survives for certain. */
  durable: Buffer = Buffer.alloc(0)
  /** What the process sees. */
  current: Buffer = Buffer.alloc(0)
  pending: Change[] = []
  /** Where a plain `write` goes; enough for files that are written once from the start. */
  position = 0
}

/** A name that came, went or moved and whose folder was not synced since. */
interface NameChange {
  readonly folder: string
  apply(names: Map<string, Inode>): void
}

/** Which of the unsynced changes reach the disk. `torn` keeps a random half of the 512-byte sectors. */
export type Survival = 'nothing' | 'everything' | 'torn'

const SECTOR_BYTES = 512

/**
 * A disk that keeps what was synced and, of the rest, what chance leaves of it: contents after an fsync of the file, names
 * after an fsync of the folder, as POSIX promises and no more.
 */
export class SimulatedDisk {
  readonly #root: string
  readonly #isVolatile: (path: string) => boolean
  readonly #names = new Map<string, Inode>()
  readonly #durableNames = new Map<string, Inode>()
  #nameChanges: NameChange[] = []

  /** Follows the files below `root`; `isVolatile` says which of them are rebuilt after every crash. */
  constructor(root: string, isVolatile: (path: string) => boolean = () => false) {
    this.#root = root
    this.#isVolatile = isVolatile
  }

  apply(event: DiskEvent): void {
    switch (event.kind) {
      case 'create':
        this.#create(event.path, event.truncates)
        break
      case 'write':
        this.#write(event.path, event.offset, event.bytes)
        break
      case 'truncate':
        this.#truncate(event.path, event.length)
        break
      case 'sync':
        this.#sync(event.path)
        break
      case 'rename':
        this.#move(event.from, event.to)
        break
      case 'link':
        this.#name(event.to, this.#names.get(event.from))
        break
      case 'unlink':
        this.#name(event.path, undefined)
        break
      case 'mkdir':
      case 'said':
        break
    }
  }

  /** Writes what a machine would find after its power failed now into a folder. */
  crashInto(folder: string, survival: Survival, random: () => number): void {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    const names = new Map(this.#durableNames)
    // A folder's changes reach the disk in their order, up to some point.
    const cut = new Map<string, boolean>()
    for (const change of this.#nameChanges) {
      const isKept =
        survival === 'everything' ||
        (survival === 'torn' && cut.get(change.folder) !== true && random() < 0.7)
      if (!isKept) cut.set(change.folder, true)
      if (isKept) change.apply(names)
    }
    for (const [path, inode] of names) {
      const target = join(folder, relative(this.#root, path))
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, contentAfter(inode, survival, random))
    }
  }

  #follows(path: string): boolean {
    return path.startsWith(`${this.#root}/`) && !this.#isVolatile(path)
  }

  #create(path: string, truncates: boolean): void {
    if (!this.#follows(path)) return
    const known = this.#names.get(path)
    if (known === undefined) {
      this.#name(path, new Inode())
      return
    }
    known.position = 0
    if (truncates) this.#change(known, { kind: 'truncate', length: 0 })
  }

  #write(path: string, offset: number | null, bytes: Uint8Array): void {
    if (!this.#follows(path)) return
    const inode = this.#at(path)
    const at = offset ?? inode.position
    this.#change(inode, { kind: 'write', offset: at, bytes })
    if (offset === null) inode.position = at + bytes.length
  }

  #truncate(path: string, length: number): void {
    if (this.#follows(path)) this.#change(this.#at(path), { kind: 'truncate', length })
  }

  #sync(path: string): void {
    const inode = this.#names.get(path)
    if (inode !== undefined) {
      inode.durable = inode.current
      inode.pending = []
    }
    for (const change of this.#nameChanges) if (change.folder === path) change.apply(this.#durableNames)
    this.#nameChanges = this.#nameChanges.filter(({ folder }) => folder !== path)
  }

  #move(from: string, to: string): void {
    const inode = this.#names.get(from)
    const below = [...this.#names].filter(([path]) => path.startsWith(`${from}/`))
    if (below.length > 0) throw new Error(`cannot replay the renaming of the folder ${from}`)
    if (inode === undefined) return
    this.#names.delete(from)
    this.#names.set(to, inode)
    const apply = (names: Map<string, Inode>): void => {
      names.delete(from)
      names.set(to, inode)
    }
    this.#nameChanges.push({ folder: dirname(to), apply })
    if (dirname(from) === dirname(to)) return
    this.#nameChanges.push({ folder: dirname(from), apply: (names) => void names.delete(from) })
  }

  #name(path: string, inode: Inode | undefined): void {
    if (!this.#follows(path)) return
    const apply = (names: Map<string, Inode>): void => {
      if (inode === undefined) names.delete(path)
      else names.set(path, inode)
    }
    apply(this.#names)
    this.#nameChanges.push({ folder: dirname(path), apply })
  }

  #change(inode: Inode, change: Change): void {
    inode.current = changed(inode.current, change)
    inode.pending.push(change)
  }

  #at(path: string): Inode {
    const inode = this.#names.get(path)
    if (inode === undefined) throw new Error(`the trace writes to ${path} before it opens it`)
    return inode
  }
}

function contentAfter(inode: Inode, survival: Survival, random: () => number): Buffer {
  if (survival === 'nothing') return inode.durable
  if (survival === 'everything') return inode.current
  let content = inode.durable
  for (const change of inode.pending) {
    if (change.kind === 'truncate') {
      if (random() < 0.5) content = changed(content, change)
      continue
    }
    const { offset, bytes } = change
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + SECTOR_BYTES - ((offset + at) % SECTOR_BYTES))
      if (random() < 0.5)
        content = changed(content, { kind: 'write', offset: offset + at, bytes: bytes.subarray(at, end) })
      at = end
    }
  }
  return content
}

function changed(content: Buffer, change: Change): Buffer {
  const length =
    change.kind === 'truncate' ? change.length : Math.max(content.length, change.offset + change.bytes.length)
  const next = Buffer.alloc(length)
  content.copy(next, 0, 0, Math.min(content.length, length))
  if (change.kind === 'write') next.set(change.bytes, change.offset)
  return next
}
