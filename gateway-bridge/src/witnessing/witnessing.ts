import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { equalBytes } from '@hanpyo/protocol/bytes.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import type { Checkpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { cosignatureTimestamp, cosignatureVerifier } from '@hanpyo/protocol/log/cosignature.ts'
import { rootFromTiles } from '@hanpyo/protocol/log/hash-reader.ts'
import type { NoteSignature, NoteVerifier } from '@hanpyo/protocol/log/note.ts'
import type { Policy } from '@hanpyo/protocol/log/policy.ts'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import {
  type Candidate,
  candidate,
  isPublishable,
  readServed,
  servedNote,
  withCosignature,
  withCosignaturesOf,
} from './publication.ts'
import { WitnessClient, type WitnessProblem } from './witness-client.ts'

/** One witness or mirror as the public sees it; a failed one is never left out. */
export interface WitnessView {
  readonly name: string
  readonly kind: 'witness' | 'mirror'
  readonly url: string | null
  /** Size and POSIX seconds of its last cosignature that we hold. */
  readonly size: number | null
  readonly at: number | null
  readonly problem: WitnessProblem | null
}

export interface WitnessingOptions {
  readonly origin: string
  readonly ed25519: Ed25519
  readonly log: NoteVerifier
  /** What makes a checkpoint public, and what makes it official. Witnesses only the second names are mirrors. */
  readonly seen: Policy
  readonly official: Policy
  /** Tiles up to the newest head, published or not. */
  readonly reader: Pick<LogReader, 'tile'>
  readonly clock: Clock
  readonly logger: Logger
  readonly fetch: typeof fetch
  /** Real milliseconds a witness may take. */
  readonly timeoutMs: number
  /** Without growth the newest checkpoint is cosigned again after this time, so that nobody mistakes silence for calm. */
  readonly republishMs: number
  /** How soon a witness that failed, and a mirror that lags, are asked again. */
  readonly retryMs: number
  /** The note that was published last, kept on disk. */
  readonly store: { load(): Promise<string | null>; save(note: string, size: number): Promise<void> }
  /** Whether this replica brings heads to the witnesses; one that follows shows what the leader has published. */
  isLeading(): boolean
  /** The newest head note of the store, which another replica may have moved. Waits while no quorum confirms it. */
  newestHead(): Promise<string>
  /** A checkpoint of this size is public now, or has one more cosignature. */
  onPublished(size: number): void | Promise<void>
  /** The world has seen another history of this log than we hold; going on would fork it. */
  onForked(detail: string): void
}

interface Member {
  /** The policy name of a witness; no policy name for a mirror, so that it never counts as a witness. */
  readonly id: string
  readonly name: string
  readonly kind: 'witness' | 'mirror'
  readonly url: string | null
  readonly client: WitnessClient | null
  isBusy: boolean
  /** What it cosigned last. */
  line: NoteSignature | null
  size: number | null
  problem: WitnessProblem | null
}

/** How often a proof of another history is compared with a head that others are moving. */
const MOST_LOOKS = 5

/** Heads that still collect cosignatures. */
const MOST_RECENT = 16

/**
 * Brings every new head to all witnesses, publishes it when the policy's quorum has cosigned, and takes cosignatures in
 * that come later. No witness can stop the log from taking ballots; together they decide what is shown.
 */
export class Witnessing {
  readonly #options: WitnessingOptions
  readonly #members: readonly Member[]
  readonly #verifiers = new Map<string, NoteVerifier>()
  /** The newest heads, newest last: a slow witness may answer for one that has been overtaken. */
  #recent: readonly Candidate[] = []
  #published: Candidate | null = null
  #timer: Timer | undefined
  #lastRoundMs = 0
  #isClosed = false
  #saving: Promise<void> = Promise.resolve()
  /** By size, one for all who wait for it: while witnesses are away requests come and go. */
  readonly #waiters = new Map<number, { readonly published: Promise<void>; resolve(): void }>()

  constructor(options: WitnessingOptions) {
    this.#options = options
    const first = new Set(options.seen.witnesses.map(({ vkey }) => vkey.keyId))
    const later = options.official.witnesses.filter(({ vkey }) => !first.has(vkey.keyId))
    const member = (kind: Member['kind']) => (one: Policy['witnesses'][number]) => {
      const verifier = cosignatureVerifier(options.ed25519, one.vkey)
      if (!verifier.ok) throw new Error(`the key of ${one.name} is unusable: ${verifier.error}`)
      // A name is the policy's own: the same one in the other policy may be somebody else's.
      const id = kind === 'witness' ? one.name : `${kind} ${one.name}`
      this.#verifiers.set(id, verifier.value)
      const { origin, log, reader, fetch, timeoutMs } = options
      const client =
        one.url === undefined
          ? null
          : new WitnessClient({
              url: one.url,
              verifier: verifier.value,
              origin,
              log,
              reader,
              fetch,
              timeoutMs,
            })
      const unknown = { isBusy: false, line: null, size: null, problem: null }
      return { id, name: one.name, kind, url: one.url ?? null, client, ...unknown }
    }
    this.#members = [...options.seen.witnesses.map(member('witness')), ...later.map(member('mirror'))]
  }

  /**
   * Compares with what the witnesses have seen before anything is taken or signed. A witness that holds a checkpoint signed
   * by this log beyond `head`, or with another root, proves that records were lost; one that cannot be reached does not
   * keep the log from starting.
   */
  async start(headNote: string): Promise<Result<void, 'ledger-behind-witnesses'>> {
    const compared = await this.compare(headNote)
    if (!compared.ok) return compared
    const head = candidate(headNote)
    const kept = await this.#options.store.load()
    const published = kept === null ? null : readServed(kept, this.#options.log, this.#verifiers)
    const lost = published && (await this.#difference('the note published last', published.checkpoint, head))
    if (lost) return err('ledger-behind-witnesses', lost)
    this.#published = published && isPublishable(published, this.#options.seen) ? published : null
    this.headMoved(headNote)
    this.#schedule()
    return ok(undefined)
  }

  /** Whether no witness that answers holds another history than this head. */
  async compare(headNote: string): Promise<Result<void, 'ledger-behind-witnesses'>> {
    const head = candidate(headNote)
    const findings = await Promise.all(this.#members.map((member) => this.#evidence(member, head)))
    const forked = findings.find((finding) => finding !== null)
    return forked ? err('ledger-behind-witnesses', forked) : ok(undefined)
  }

  /**
   * Shows what the leader has published, unless this replica has shown a newer one: what is public never goes back. Newer
   * cosignatures of the head that is shown are taken over.
   */
  adopt(note: string): void {
    const { log, seen } = this.#options
    const adopted = readServed(note, log, this.#verifiers)
    if (adopted === null || !isPublishable(adopted, seen)) return
    const { size } = adopted.checkpoint
    const shown = this.#published
    if (size < this.publishedSize) return
    const next = shown?.checkpoint.size === size ? withCosignaturesOf(shown, adopted) : adopted
    if (next === shown) return
    for (const member of this.#members) {
      const line = next.cosignatures.get(member.id)
      if (line === undefined) continue
      member.line = line
      member.size = size
    }
    this.#show(next)
  }

  /** The checkpoint note for the public: `null` until a quorum has cosigned one. */
  note(): string | null {
    return this.#published === null ? null : servedNote(this.#published, [...this.#verifiers.keys()])
  }

  get publishedSize(): number {
    return this.#published?.checkpoint.size ?? 0
  }

  /** A new head was committed. */
  headMoved(note: string): void {
    const head = candidate(note)
    this.#recent = [...this.#recent, head].slice(-MOST_RECENT)
    if (isPublishable(head, this.#options.seen)) this.#publish(head)
    this.#askAll()
  }

  /** Resolves when a checkpoint of at least this size is public, or on closing. */
  whenPublished(size: number): Promise<void> {
    if (this.publishedSize >= size || this.#isClosed) return Promise.resolve()
    const known = this.#waiters.get(size)
    if (known !== undefined) return known.published
    const { promise: published, resolve } = deferred()
    this.#waiters.set(size, { published, resolve })
    return published
  }

  view(): WitnessView[] {
    return this.#members.map(({ name, kind, url, line, size, problem }) => {
      const at = line === null ? null : cosignatureTimestamp(line.signature)
      return { name, kind, url, size, at, problem }
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#options.clock.clearTimeout(this.#timer)
    this.#release()
    await this.#saving
  }

  #schedule(): void {
    const { clock, retryMs } = this.#options
    if (this.#isClosed) return
    this.#timer = clock.setTimeout(() => {
      this.#askAll()
      this.#schedule()
    }, retryMs)
  }

  #askAll(): void {
    const { clock, republishMs } = this.#options
    if (!this.#options.isLeading()) return
    const isDue = clock.now() - this.#lastRoundMs >= republishMs
    if (isDue) this.#lastRoundMs = clock.now()
    for (const member of this.#members) this.#askSoon(member, isDue)
  }

  /** What goes wrong on our side with one of them, a store that cannot be read, is tried again and ends nothing else. */
  #askSoon(member: Member, isDue: boolean): void {
    this.#ask(member, isDue).catch((error: unknown) => {
      member.problem ??= 'unreachable'
      if (!this.#isClosed) this.#options.logger.error('witness-not-asked', { witness: member.name, error })
    })
  }

  /** One conversation at a time with each: a slow one is asked for the newest head when it has answered. */
  async #ask(member: Member, isDue: boolean): Promise<void> {
    const target = this.#targetOf(member)
    const { client } = member
    if (this.#isClosed || client === null || target === null || member.isBusy) return
    const { size } = target.checkpoint
    if (size === 0 || (member.size === size && member.problem === null && !isDue)) return
    member.isBusy = true
    const asked =
      member.kind === 'witness'
        ? client.submit(target.note, size)
        : client.servedCosignature(target.note.slice(0, target.note.lastIndexOf('\n\n') + 1))
    const answer = await asked.finally(() => {
      member.isBusy = false
    })
    if (this.#isClosed) return
    if (answer.ok) {
      member.problem = null
      if (answer.value !== null) this.#take(member, target, answer.value)
      if ((this.#targetOf(member)?.checkpoint.size ?? 0) > size) this.#askSoon(member, false)
      return
    }
    if (member.problem !== answer.error) {
      this.#options.logger.warn('witness-failed', { witness: member.name, problem: answer.error })
    }
    member.problem = answer.error
    if (answer.error !== 'other-history') return
    member.isBusy = true
    await this.#examine(member).finally(() => {
      member.isBusy = false
    })
  }

  /** Mirrors copy what is public; witnesses are shown the newest head first. */
  #targetOf(member: Member): Candidate | null {
    return member.kind === 'mirror' ? this.#published : (this.#recent.at(-1) ?? null)
  }

  #take(member: Member, target: Candidate, line: NoteSignature): void {
    member.line = line
    member.size = target.checkpoint.size
    const { size } = target.checkpoint
    const add = (of: Candidate): Candidate =>
      of.checkpoint.size === size ? withCosignature(of, member.id, line) : of
    this.#recent = this.#recent.map(add)
    if (this.#published?.checkpoint.size === size) {
      this.#publish(add(this.#published))
      return
    }
    const grown = this.#recent.find(({ checkpoint }) => checkpoint.size === size)
    const isNew = grown !== undefined && size > this.publishedSize
    if (isNew && isPublishable(grown, this.#options.seen)) this.#publish(grown)
  }

  #publish(next: Candidate): void {
    const { store, logger, isLeading } = this.#options
    const isNewer = next.checkpoint.size > this.publishedSize
    const note = servedNote(next, [...this.#verifiers.keys()])
    // Saved for the next start and for other replicas; what was published once can be asked for again.
    if (isLeading()) {
      this.#saving = this.#saving
        .then(() => store.save(note, next.checkpoint.size))
        .catch((error: unknown) => logger.error('published-note-not-saved', { error }))
    }
    this.#show(next)
    if (!isNewer || !isLeading()) return
    for (const member of this.#members) if (member.kind === 'mirror') this.#askSoon(member, false)
  }

  #show(next: Candidate): void {
    const { logger, onPublished } = this.#options
    this.#published = next
    this.#saving = this.#saving
      .then(() => onPublished(next.checkpoint.size))
      .catch((error: unknown) => logger.error('publication-not-told', { error }))
    this.#release()
  }

  #release(): void {
    for (const [size, { resolve }] of this.#waiters) {
      if (!this.#isClosed && size > this.publishedSize) continue
      this.#waiters.delete(size)
      resolve()
    }
  }

  /** A sentence when a witness holds proof of another history than `head`; `null` otherwise. */
  async #evidence(member: Member, head: Candidate): Promise<string | null> {
    if (member.client === null) return null
    const newest = await member.client.newest()
    if (!newest.ok) {
      member.problem = newest.error
      return null
    }
    return newest.value === null ? null : this.#difference(member.name, newest.value.checkpoint, head)
  }

  /** A sentence when a checkpoint signed by this log is not of the tree under `head`. */
  async #difference(who: string, { size, root }: Checkpoint, head: Candidate): Promise<string | null> {
    if (size > head.checkpoint.size) {
      return `${who}: ${size} records were signed by this log, the store holds ${head.checkpoint.size}`
    }
    if (size === 0) return null
    const ours = await rootFromTiles(this.#options.reader, size)
    if (!ours.ok) throw new Error(`no root of size ${size}: ${ours.error}`)
    return equalBytes(ours.value, root)
      ? null
      : `${who}: other records were signed by this log than the store holds, up to size ${size}`
  }

  async #examine(member: Member): Promise<void> {
    for (let looked = 0; looked < MOST_LOOKS; looked++) {
      const head = await this.#options.newestHead()
      const proof = await this.#evidence(member, candidate(head))
      if (proof === null || this.#isClosed) return
      // Another replica may have moved the head, and had it cosigned, after it was read.
      if ((await this.#options.newestHead()) === head) return this.#options.onForked(proof)
    }
  }
}

function deferred(): { readonly promise: Promise<void>; resolve(): void } {
  let resolve = (): void => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
