import { equalBytes } from '@hanpyo/protocol/bytes.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import type { PromiseEvidence } from '@hanpyo/protocol/link/promise-judgement.ts'
import { openCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { consistencyProofFromTiles } from '@hanpyo/protocol/log/hash-reader.ts'
import { verifyConsistency } from '@hanpyo/protocol/log/merkle.ts'
import { type NoteVerifier, noteVerifier } from '@hanpyo/protocol/log/note.ts'
import { type Policy, parsePolicy, quorumMet } from '@hanpyo/protocol/log/policy.ts'
import { verifyWitnessed } from '@hanpyo/protocol/log/witnessed.ts'
import { OversizeError, type Source, SourceError } from '../source/source.ts'
import { askParty, type Head, type Party, partiesOf } from './parties.ts'
import { type PromiseCounts, type PromiseFile, PromiseWatch } from './promise-watch.ts'
import { RecordWatch } from './record-watch.ts'

export const FINDING_KINDS = [
  /** The log shows no checkpoint, or none that it has signed. */
  'log-unreadable',
  /** A witness or mirror gives no checkpoint with its signature. */
  'vanished',
  /** Two signed checkpoints of one size with different roots: proof against the log. */
  'two-histories',
  /** Two signed checkpoints, and nobody's tiles lead from the smaller to the larger one. */
  'not-consistent',
  /** The log shows the asker less than others have cosigned for a while, or than it has shown before. */
  'slow-down',
  /** The quorum has not cosigned what the log shows. */
  'below-quorum',
  /** The polls are open and the quorum's cosignatures on what the log shows are old. */
  'stale',
  /** A witness or mirror has had an older head than the log for too long: it is not fed, or does not follow. */
  'left-behind',
  /** A witness or mirror signs with a time that has not come yet. */
  'clock-wrong',
  /** The records are not those that the checkpoint commits to. */
  'records-missing',
  /** A record that may not come after `sealed`. */
  'growth-after-sealed',
  /** A kiosk lists ballots that the ledger has to hold by now and does not. */
  'unmatched-ballots',
  /** A bridge did not publish what it had promised. */
  'promise-broken',
  /** A file in the folder of promises is none of this election. */
  'promise-invalid',
] as const
export type FindingKind = (typeof FINDING_KINDS)[number]

export interface Finding {
  readonly finding: FindingKind
  readonly who: string
  readonly detail: string
  /** The signed notes that show it, as they were served. */
  readonly notes: readonly string[]
  /** A broken promise with all it takes to check it; the first time it is told. */
  readonly promise?: PromiseEvidence
}

export interface Look {
  readonly findings: readonly Finding[]
  /** Sizes shown now, by name. */
  readonly heads: Readonly<Record<string, number>>
  /** POSIX seconds that each witness and mirror put under its head, by name. */
  readonly cosignedAt: Readonly<Record<string, number>>
  /** Ballots that kiosks list and the ledger does not hold, due or not. */
  readonly unmatched: number
  readonly promises: PromiseCounts
}

export interface MonitorOptions {
  readonly ed25519: Ed25519
  /** Of the election that the reader trusts. */
  readonly manifest: Manifest
  readonly source: Source
  /** Mirrors are read as logs. */
  readonly openMirror: (url: string) => Source
  readonly fetch: typeof fetch
  readonly timeoutMs: number
  /** POSIX seconds. */
  readonly now: () => number
  /** How old the quorum's cosignatures may be while the polls are open. */
  readonly maxAgeSeconds: number
  /** How long a witness may be ahead of what the log shows: the log publishes after its witnesses have signed. */
  readonly graceSeconds: number
  /** Promises to watch, read anew for each look. */
  readonly promises?: () => Promise<readonly PromiseFile[]>
}

/** How far a clock may be ahead of this machine's. */
const CLOCK_SKEW_SECONDS = 300
/** How many missing ballots of a kiosk a finding names. */
const NAMED_BALLOTS = 5

/** Compares what log, witnesses and mirrors of an election show, again and again. It believes signatures and nothing else. */
export class Monitor {
  readonly #options: MonitorOptions
  readonly #log: NoteVerifier
  readonly #seen: Policy
  readonly #parties: readonly Party[]
  readonly #records: RecordWatch
  /** The largest checkpoint that the log has shown. */
  #largest: Head | null = null
  readonly #promises: PromiseWatch
  /** POSIX seconds, by this machine's clock, at which a size was first seen at somebody; since the last larger one. */
  readonly #sizesSeen = new Map<number, number>()

  /** Throws for a manifest whose keys or policies cannot be used. */
  constructor(options: MonitorOptions) {
    const { ed25519, manifest } = options
    const log = noteVerifier(ed25519, manifest.keys.log)
    const seen = parsePolicy(manifest.policies.seen)
    const official = parsePolicy(manifest.policies.official)
    if (!log.ok || !seen.ok || !official.ok) throw new RangeError('"manifest" has unusable keys or policies')
    this.#options = options
    this.#log = log.value
    this.#seen = seen.value
    this.#parties = partiesOf(ed25519, seen.value, official.value)
    this.#records = new RecordWatch(ed25519, manifest)
    this.#promises = new PromiseWatch(ed25519, manifest)
  }

  /** Asks everybody once. What cannot be reached is a finding; this rejects for bugs only. */
  async look(): Promise<Look> {
    const findings: Finding[] = []
    const asked = await Promise.all(
      this.#parties.map(async (party) => ({
        party,
        answer: await askParty(party, this.#log, this.#options),
      })),
    )
    const others: Head[] = []
    for (const { party, answer } of asked) {
      if (typeof answer !== 'string') others.push(answer)
      else findings.push({ finding: 'vanished', who: party.name, detail: answer, notes: [] })
    }
    this.#noteSizes(others)
    // The log is asked last: what its witnesses had before, it has to show now.
    const log = await this.#logHead()
    if (typeof log === 'string')
      findings.push({ finding: 'log-unreadable', who: 'log', detail: log, notes: [] })
    else {
      findings.push(...this.#freshness(log, others), ...(await this.#newRecords(log)))
      findings.push(...this.#unmatched(), ...(await this.#duePromises(log)))
    }
    findings.push(...this.#clocks(log, others))
    const before = this.#largest === null ? [] : [this.#largest]
    const heads = [...(typeof log === 'string' ? [] : [log]), ...others]
    findings.push(...(await this.#consistency([...heads, ...before])))
    if (typeof log !== 'string' && log.checkpoint.size >= (this.#largest?.checkpoint.size ?? 0)) {
      this.#largest = { ...log, who: 'log before' }
    }
    const missing = [...this.#records.lists.missing.values()]
    return {
      findings,
      heads: Object.fromEntries(heads.map(({ who, checkpoint }) => [who, checkpoint.size])),
      cosignedAt: Object.fromEntries(others.map(({ who, at }) => [who, at ?? 0])),
      unmatched: missing.reduce((sum, ids) => sum + ids.length, 0),
      promises: this.#promises.counts,
    }
  }

  async #logHead(): Promise<Head | string> {
    try {
      const note = await this.#options.source.checkpoint()
      if (note === null) return 'no checkpoint'
      const opened = openCheckpoint(note, this.#log)
      return opened.ok ? { who: 'log', checkpoint: opened.value.checkpoint, note, at: null } : opened.error
    } catch (error) {
      return mediumFailure(error)
    }
  }

  #freshness(log: Head, others: readonly Head[]): Finding[] {
    const { ed25519, now, maxAgeSeconds, graceSeconds } = this.#options
    const findings: Finding[] = []
    const { size } = log.checkpoint
    const ahead = others.filter(({ checkpoint, at }) => {
      // A witness's own clock counts only where it can be right; what was seen here first counts always.
      const signed = at !== null && at <= now() + CLOCK_SKEW_SECONDS ? at : now()
      const since = Math.min(signed, this.#sizesSeen.get(checkpoint.size) ?? now())
      return checkpoint.size > size && since + graceSeconds < now()
    })
    for (const head of [...ahead, ...(this.#largest ? [this.#largest] : [])]) {
      if (head.checkpoint.size <= size) continue
      const detail = `the log shows ${size} records, ${head.who} has ${head.checkpoint.size}`
      findings.push({ finding: 'slow-down', who: head.who, detail, notes: [log.note, head.note] })
    }
    for (const { who, checkpoint, at, note } of others) {
      if (checkpoint.size >= size || (at ?? 0) + maxAgeSeconds >= now()) continue
      const detail = `it has ${checkpoint.size} records since ${timeOf(at ?? 0)}, the log shows ${size}`
      findings.push({ finding: 'left-behind', who, detail, notes: [log.note, note] })
    }
    if (this.#seen.quorum === null) return findings
    const witnessed = verifyWitnessed(ed25519, this.#seen, log.note)
    if (!witnessed.ok) {
      findings.push({ finding: 'below-quorum', who: 'log', detail: witnessed.error, notes: [log.note] })
      return findings
    }
    // A time that has not come yet does not make a cosignature fresh.
    const fresh = witnessed.value.cosignatures.filter(
      ({ timestamp }) => timestamp > now() - maxAgeSeconds && timestamp <= now() + CLOCK_SKEW_SECONDS,
    )
    if (
      this.#records.polls === 'open' &&
      !quorumMet(this.#seen, new Set(fresh.map(({ witness }) => witness)))
    ) {
      const detail = `no quorum has cosigned it in the last ${maxAgeSeconds} seconds`
      findings.push({ finding: 'stale', who: 'log', detail, notes: [log.note] })
    }
    return findings
  }

  #noteSizes(heads: readonly Head[]): void {
    const now = this.#options.now()
    for (const { checkpoint } of heads) {
      if (!this.#sizesSeen.has(checkpoint.size)) this.#sizesSeen.set(checkpoint.size, now)
    }
    const shown = new Set(heads.map(({ checkpoint }) => checkpoint.size))
    for (const size of this.#sizesSeen.keys()) if (!shown.has(size)) this.#sizesSeen.delete(size)
  }

  /** Witnesses whose times have not come yet: by what they show themselves, or by their lines under the log's head. */
  #clocks(log: Head | string, others: readonly Head[]): Finding[] {
    const { ed25519, now } = this.#options
    const times = new Map(others.map(({ who, at, note }) => [who, { at: at ?? 0, note }]))
    const witnessed = typeof log === 'string' ? null : verifyWitnessed(ed25519, this.#seen, log.note)
    for (const { witness, timestamp } of witnessed?.ok ? witnessed.value.cosignatures : []) {
      if (timestamp > (times.get(witness)?.at ?? 0))
        times.set(witness, { at: timestamp, note: (log as Head).note })
    }
    return [...times]
      .filter(([, { at }]) => at > now() + CLOCK_SKEW_SECONDS)
      .map(([who, { at, note }]) => {
        const ahead = Math.round(at - now())
        const detail = `it signs with the time ${timeOf(at)}, ${ahead} seconds ahead of this machine's clock`
        return { finding: 'clock-wrong', who, detail, notes: [note] }
      })
  }

  /** Every listed ballot has to be in the ledger once the polls are sealed, and no later than the deadline of deliveries. */
  #unmatched(): Finding[] {
    const { manifest, now } = this.#options
    if (this.#records.polls !== 'sealed' && now() <= manifest.deliveryDeadline) return []
    return [...this.#records.lists.missing].map(([kiosk, ids]) => {
      const more = ids.length > NAMED_BALLOTS ? ` and ${ids.length - NAMED_BALLOTS} more` : ''
      const named = ids.slice(0, NAMED_BALLOTS).join(', ')
      const detail = `it lists ${ids.length} ballots that the ledger does not hold: ${named}${more}`
      return { finding: 'unmatched-ballots', who: `kiosk ${kiosk}`, detail, notes: [] }
    })
  }

  async #duePromises({ checkpoint, note }: Head): Promise<Finding[]> {
    const { source, now } = this.#options
    const files = (await this.#options.promises?.()) ?? []
    const log = { source, checkpoint, checkpointNote: note }
    try {
      return (await this.#promises.look(files, log, now())).map((found): Finding => {
        if (found.is === 'invalid') {
          return { finding: 'promise-invalid', who: found.name, detail: found.detail, notes: [] }
        }
        const { bridge, name, evidence } = found
        const detail = `the promise in ${name} was not kept: the ledger that the witnesses signed after the deadline does not hold the record`
        return {
          finding: 'promise-broken',
          who: `bridge ${bridge}`,
          detail,
          notes: [note],
          ...(evidence && { promise: evidence }),
        }
      })
    } catch (error) {
      return [{ finding: 'records-missing', who: 'log', detail: mediumFailure(error), notes: [note] }]
    }
  }

  async #newRecords({ checkpoint, note }: Head): Promise<Finding[]> {
    if (checkpoint.size < (this.#largest?.checkpoint.size ?? 0)) return []
    const missing = (detail: string): Finding[] => [
      { finding: 'records-missing', who: 'log', detail, notes: [note] },
    ]
    try {
      const late = await this.#records.read(this.#options.source, checkpoint.size, checkpoint.root)
      if (late === null) return missing('the records do not lead to the signed root')
      return late.map(({ index, type }) => {
        const detail = `record ${index} is of type 0x${type.toString(16).padStart(2, '0')}`
        return { finding: 'growth-after-sealed', who: 'log', detail, notes: [note] }
      })
    } catch (error) {
      return missing(mediumFailure(error))
    }
  }

  /** Each head with the next larger one: what holds for neighbours holds for all. */
  async #consistency(heads: readonly Head[]): Promise<Finding[]> {
    const findings: Finding[] = []
    const sorted = heads.toSorted((a, b) => a.checkpoint.size - b.checkpoint.size)
    for (const [at, older] of sorted.slice(0, -1).entries()) {
      const newer = sorted[at + 1] as Head
      if (older.checkpoint.size === newer.checkpoint.size) {
        if (equalBytes(older.checkpoint.root, newer.checkpoint.root)) continue
        findings.push(conflict('two-histories', older, newer))
      } else if (!(await this.#isProved(older, newer))) {
        findings.push(conflict('not-consistent', older, newer))
      }
    }
    return findings
  }

  /** By the tiles of the log or of any mirror; the first proof that holds is enough. */
  async #isProved(older: Head, newer: Head): Promise<boolean> {
    const { source, openMirror } = this.#options
    const { size: oldSize, root: oldRoot } = older.checkpoint
    const { size: newSize, root: newRoot } = newer.checkpoint
    const mirrors = this.#parties.filter(({ isMirror }) => isMirror).map(({ url }) => openMirror(url))
    for (const tiles of [source, ...mirrors]) {
      const proof = await consistencyProofFromTiles(tiles, oldSize, newSize).catch(mediumFailure)
      if (typeof proof === 'string' || !proof.ok) continue
      if (verifyConsistency({ oldSize, oldRoot, newSize, newRoot, proof: proof.value })) return true
    }
    return false
  }
}

function conflict(finding: 'two-histories' | 'not-consistent', older: Head, newer: Head): Finding {
  const detail = `${older.who} shows ${older.checkpoint.size} records, ${newer.who} ${newer.checkpoint.size}`
  return { finding, who: newer.who, detail, notes: [older.note, newer.note] }
}

function timeOf(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString()
}

/** A word for a medium that failed; other errors are thrown on. */
function mediumFailure(error: unknown): string {
  if (error instanceof SourceError) return error.code
  if (error instanceof OversizeError) return 'an answer that is too long'
  throw error
}
