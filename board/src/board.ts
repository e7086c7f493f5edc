import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import type { Stage } from '@hanpyo/protocol/election/state.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { type Policy, parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import { verifyWitnessed } from '@hanpyo/protocol/log/witnessed.ts'
import type { CheckOrder, CheckWord } from './check/check-worker.ts'
import type { ElectionInput, FullCheckState } from './check/full-check.ts'
import { checkLines, type LinesInput } from './check/lines.ts'
import { type Host, HostError, type HostOptions } from './host/host.ts'
import type { BundleStore, HeadStore } from './host/stores.ts'
import { ElectionReader, electionView } from './ledger/election-reader.ts'
import { FollowedLog } from './ledger/followed-log.ts'
import { History } from './ledger/history.ts'
import { readLists, readNamed } from './ledger/lists.ts'
import { ballotsByHour, mergeCentres, mergeHours } from './ledger/turnout.ts'
import {
  askWatcher,
  cosignatureTimes,
  medianTime,
  parseHostWitnesses,
  type Watcher,
  watchersOf,
} from './ledger/watchers.ts'
import { Questions } from './questions.ts'
import type {
  DirectWord,
  PinStatus,
  Problem,
  Snapshot,
  StartOptions,
  TurnoutView,
  WatcherView,
} from './snapshot.ts'

export interface BoardPorts {
  readonly host: Host
  readonly stores: BundleStore & HeadStore
  readonly backend: CryptoBackend
  /** For witnesses and mirrors elsewhere. */
  readonly fetch: HostOptions['fetch']
  readonly timeoutMs: number
  readonly nowMs: () => number
  /** Lets messages and timers that wait have their turn. */
  readonly takeTurns: () => Promise<void>
  /** The thread that does the whole check; it answers through `heard`. */
  readonly check: (order: CheckOrder) => void
  /** Told that the snapshot is another one. */
  readonly onChange: () => void
}

const MAX_WITNESSES_BYTES = 1 << 20
/** Without growth, what a host offers besides the ledger is asked for this often. */
const EXTRAS_EVERY_MS = 60_000
/** Leaves handed to the other thread in one message. */
const LEAVES_IN_ORDER = 2048
/** Records are read this long without a break; then questions are answered and the page hears how far it came. */
const BREAK_AFTER_MS = 100

/**
 * Everything the page knows about one election as one host shows it. `look` reads, `snapshot` says what is known; the questions
 * are answered from the records at hand and never reach the host, except for texts of proposals.
 */
export class Board {
  readonly #ports: BoardPorts
  readonly #pin: StartOptions['pin']
  readonly #log: FollowedLog
  /** What may be asked about the records at hand. */
  readonly questions: Questions
  #reader: ElectionReader | null = null
  #input: ElectionInput | null = null
  #listsProblem: Problem | null = null
  #full: FullCheckState | null = null
  #checkEnded: Problem | null = null
  #handedOver: number | null = null
  #isPaused = false
  /** Whether all that was at hand was counted once: half of a count says something wrong about the polls. */
  #hasCounted = false
  #watchers: readonly Watcher[] = []
  #times: ReadonlyMap<string, number> = new Map()
  #hostSays: ReturnType<typeof parseHostWitnesses> = null
  readonly #direct = new Map<string, DirectWord>()
  #history: History | null = null
  #extrasAt = { size: 0, ms: Number.NEGATIVE_INFINITY }
  #policies: LinesInput['policies'] = null
  #readAtMs: number | null = null
  #follows: Snapshot['follows'] = 'not-yet'
  #looking: Promise<void> | null = null

  constructor(ports: BoardPorts, pin: StartOptions['pin']) {
    this.#ports = ports
    this.#pin = pin
    const { host, stores, backend, nowMs, onChange } = ports
    const now = (): number => Math.floor(nowMs() / 1000)
    this.#log = new FollowedLog({ host, stores, ed25519: backend.ed25519, now, onProgress: onChange })
    this.questions = new Questions(host, this.#log, () => this.#reader)
  }

  /** Reads what is new. Looks at the same time are one look. Never rejects for what the host does. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null
    })
    return this.#looking
  }

  /** How the page learns about news. */
  followsBy(way: Snapshot['follows']): void {
    this.#follows = way
    this.#ports.onChange()
  }

  /** A word of the thread that does the whole check. */
  heard(word: CheckWord): void {
    if ('failed' in word) this.#checkEnded = { code: 'check-ended', detail: word.failed }
    else this.#full = word.state
    this.#ports.onChange()
  }

  /** Seconds between two ticks of the log, once the manifest is read. */
  get tickSeconds(): number | null {
    return this.#log.election?.manifest.tickSeconds ?? null
  }

  async #look(): Promise<void> {
    const { onChange, nowMs } = this.#ports
    await this.#log.look()
    const isAnswer = !this.#log.problems.some(
      ({ code }) => code === 'host-unreachable' || code === 'host-slow',
    )
    if (isAnswer) this.#readAtMs = nowMs()
    onChange()
    // Before the records are gone through: who signed is known by now, and lists may be long in coming.
    this.#judgeHead()
    onChange()
    await this.#readElection()
    onChange()
    if (this.#areExtrasDue()) {
      await Promise.all([this.#askHost(), this.#readHistory()])
      onChange()
    }
  }

  /** Applies the proven leaves that are new, and hands them to the other thread. */
  async #readElection(): Promise<void> {
    const { election, leaves } = this.#log
    const { backend, host, nowMs, takeTurns, onChange } = this.#ports
    if (election === null || leaves.length === 0) return
    if (this.#reader === null) {
      const lists = await readLists(host, election.manifest)
      const { credentials, support } = lists
      if (credentials === null || (support === null && election.manifest.proposals !== undefined)) {
        const { blob } = credentials === null ? election.manifest.credentials : election.manifest.supportKeys
        this.#listsProblem = { code: lists.trouble ?? 'lists-missing', detail: `blob/${blob}` }
        return
      }
      const input = { manifestNote: election.manifestNote, credentials, support, ceremony: lists.ceremony }
      const opened = ElectionReader.open(backend, input, (hash, most) => readNamed(host, hash, most))
      if (!opened.ok) {
        const detail = `${opened.error} ${opened.detail ?? ''}`.trim()
        this.#listsProblem = { code: 'manifest-invalid', detail }
        return
      }
      this.#listsProblem = null
      this.#reader = opened.value
      this.#input = input
      this.#reader.facts.take(leaves[0] as Uint8Array, 0)
    }
    let beganMs = nowMs()
    while (this.#reader.nextIndex < leaves.length) {
      await this.#reader.take(leaves[this.#reader.nextIndex] as Uint8Array)
      if (nowMs() - beganMs < BREAK_AFTER_MS) continue
      onChange()
      await takeTurns()
      beganMs = nowMs()
    }
    this.#hasCounted = true
    this.#handOver(this.#input as ElectionInput)
  }

  /** The slow check begins when the quick one is through: on few cores they would hold each other up. */
  #handOver(input: ElectionInput): void {
    const { check, host, timeoutMs } = this.#ports
    if (this.#handedOver === null) check({ begin: input, host: host.base, timeoutMs })
    let from = this.#handedOver ?? 0
    for (; from < this.#log.leaves.length; from += LEAVES_IN_ORDER) {
      check({ leaves: this.#log.leaves.slice(from, from + LEAVES_IN_ORDER) })
    }
    this.#handedOver = this.#log.leaves.length
  }

  /** Stops the slow check, for the sake of a battery, and lets it go on. */
  pauseProofs(isPaused: boolean): void {
    this.#isPaused = isPaused
    this.#ports.check({ isPaused })
    this.#ports.onChange()
  }

  /** Cosignatures of the head and the policies they satisfy. */
  #judgeHead(): void {
    const { election, head } = this.#log
    if (election === null || head === null) return
    const { ed25519 } = this.#ports.backend
    if (this.#watchers.length === 0) this.#watchers = watchersOf(ed25519, election.manifest)
    this.#times = cosignatureTimes(this.#watchers, head.note)
    const { seen, official } = election.manifest.policies
    const judge = (text: string): string | null => {
      const policy = parsePolicy(text)
      const witnessed = policy.ok ? verifyWitnessed(ed25519, policy.value, head.note) : policy
      return witnessed.ok ? null : (witnessed.detail ?? witnessed.error)
    }
    const policy = parsePolicy(seen)
    const isNone = policy.ok && policy.value.quorum === null
    this.#policies = { seen: judge(seen), official: judge(official), isNone }
  }

  /** What the host says about witnesses. Mirrors and plain web servers have no such list. */
  async #askHost(): Promise<void> {
    const bytes = await this.#optional('witnesses', MAX_WITNESSES_BYTES)
    this.#hostSays = bytes === null ? null : parseHostWitnesses(bytes)
  }

  /** Asks every witness and mirror itself, one word after another as they come. */
  async askWatchers(): Promise<void> {
    const { election, tree } = this.#log
    if (election === null) return
    const { fetch, timeoutMs, onChange } = this.#ports
    await Promise.all(
      this.#watchers.map(async (watcher) => {
        const word = await askWatcher(watcher, { log: election.log, tree, fetch, timeoutMs })
        this.#direct.set(watcher.name, word)
        onChange()
      }),
    )
  }

  /** Plain web servers have neither history nor witnesses: they are not asked for them at every look. */
  #areExtrasDue(): boolean {
    const ms = this.#ports.nowMs()
    const { size } = this.#log.tree
    if (size === this.#extrasAt.size && ms - this.#extrasAt.ms < EXTRAS_EVERY_MS) return false
    this.#extrasAt = { size, ms }
    return true
  }

  async #readHistory(): Promise<void> {
    const { election, tree } = this.#log
    const policy = election === null ? null : seenPolicy(election.manifest)
    if (policy === null) return
    const { host, backend } = this.#ports
    this.#history ??= new History(host, { ed25519: backend.ed25519, policy, tree })
    try {
      await this.#history.update()
    } catch (error) {
      if (!(error instanceof HostError)) throw error
    }
  }

  async #optional(path: string, maxBytes: number): Promise<Uint8Array | null> {
    try {
      return await this.#ports.host.read(path, maxBytes)
    } catch (error) {
      if (error instanceof HostError) return null
      throw error
    }
  }

  snapshot(): Snapshot {
    const { election, head, memory, leaves, claimed, reached } = this.#log
    const reader = this.#reader
    const own = [this.#listsProblem, this.#checkEnded, this.#missingFiles()].filter((one) => one !== null)
    const problems = [...this.#log.problems, ...own]
    const reading = { done: Math.max(leaves.length, Math.min(reached, claimed ?? 0)), total: claimed ?? 0 }
    const pin = this.#pinStatus()
    return {
      host: this.#ports.host.base,
      readAtMs: this.#readAtMs,
      problems,
      follows: this.#follows,
      election: election && electionView(election.manifest, election.name),
      head: head && {
        origin: head.checkpoint.origin,
        size: head.checkpoint.size,
        root: toBase64(head.checkpoint.root),
        at: medianTime(this.#times.values()),
        note: head.note,
      },
      pin,
      memory: {
        status: memory.status,
        firstSeen: memory.remembered?.firstSeen ?? null,
        lastSize: memory.remembered?.size ?? null,
        fork: memory.fork,
        otherElection: memory.otherElection,
      },
      reading,
      counted: { done: reader?.nextIndex ?? 0, total: leaves.length },
      proofs: { done: this.#full?.done ?? 0, total: leaves.length, isPaused: this.#isPaused },
      counting: this.#full?.counting ?? null,
      polls: reader?.polls ?? 'not-open',
      turnout: reader && this.#hasCounted ? this.#turnout(reader) : null,
      incidents: reader?.facts.incidents ?? [],
      batchCount: reader?.facts.batches.length ?? 0,
      lastBatchBallots: reader?.facts.lastBatchBallots ?? 0,
      watchers: this.#watcherViews(),
      checks: checkLines({
        stage: this.#stage(),
        problems,
        pin,
        pinned: this.#pin.manifestHash === undefined ? 'key' : 'hash',
        hasManifest: election !== null,
        hasLists: this.#listsProblem === null,
        reading: { done: leaves.length, total: claimed ?? 0 },
        policies: this.#policies,
        quick: reader?.violations ?? [],
        full: this.#full,
      }),
      result: reader?.facts.result ?? null,
      proposals: reader?.proposals() ?? [],
    }
  }

  /** What the slow check asked for and did not get: a copy that is still being made, or lacks its proofs. */
  #missingFiles(): Problem | null {
    const [first] = this.#full?.missingBlobs ?? []
    return first === undefined ? null : { code: 'proofs-missing', detail: `blob/${first}` }
  }

  #pinStatus(): PinStatus {
    const { manifestHash, authorityVkey } = this.#pin
    const { election } = this.#log
    if ((manifestHash === undefined && authorityVkey === undefined) || election === null) return 'none'
    const isHash = manifestHash === undefined || manifestHash === election.name
    const isKey = authorityVkey === undefined || authorityVkey === election.manifest.keys.authority
    return isHash && isKey ? 'match' : 'mismatch'
  }

  #stage(): Stage {
    const polls = this.#reader?.polls ?? 'not-open'
    if (polls === 'sealed') return this.#reader?.facts.result == null ? 'sealed' : 'final'
    return polls === 'not-open' ? 'setup' : polls
  }

  #turnout(reader: ElectionReader): TurnoutView {
    const minimum = this.#log.election?.manifest.minimumCount ?? 1
    const moments = this.#history?.heads?.map(({ size, at }) => ({
      at,
      ballots: reader.facts.ballotsBefore(size),
    }))
    return {
      ballots: reader.ballotCount,
      challenged: reader.facts.challenged,
      refused: reader.facts.refused,
      centres: mergeCentres(reader.centres(), minimum),
      hours: moments === undefined ? null : mergeHours(ballotsByHour(moments), minimum),
    }
  }

  #watcherViews(): WatcherView[] {
    return this.#watchers.map(({ name, kind, url }) => ({
      name,
      kind,
      url,
      cosignedAt: this.#times.get(name) ?? null,
      hostSays: this.#hostSays?.get(name) ?? null,
      direct: this.#direct.get(name) ?? { status: url === null ? 'no-address' : 'waiting' },
    }))
  }

  async forget(): Promise<void> {
    const { host, stores } = this.#ports
    await stores.forget(this.#log.election?.name ?? '', host.base)
  }
}

function seenPolicy({ policies }: Manifest): Policy | null {
  const policy = parsePolicy(policies.seen)
  return policy.ok ? policy.value : null
}
