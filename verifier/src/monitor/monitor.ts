import { equalBytes } from '@hanpyo/protocol/bytes.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { openCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { consistencyProofFromTiles } from '@hanpyo/protocol/log/hash-reader.ts'
import { verifyConsistency } from '@hanpyo/protocol/log/merkle.ts'
import { type NoteVerifier, noteVerifier } from '@hanpyo/protocol/log/note.ts'
import { type Policy, parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import { verifyWitnessed } from '@hanpyo/protocol/log/witnessed.ts'
import { OversizeError, type Source, SourceError } from '../source/source.ts'
import { askParty, type Head, type Party, partiesOf } from './parties.ts'
import { RecordWatch } from './record-watch.ts'

export type FindingKind =
  /** The log shows no checkpoint, or none that it has signed. */
  | 'log-unreadable'
  /** A witness or mirror gives no checkpoint with its signature. */
  | 'vanished'
  /** Two signed checkpoints of one size with different roots: proof against the log. */
  | 'two-histories'
  /** Two signed checkpoints, and nobody's tiles lead from the smaller to the larger one. */
  | 'not-consistent'
  /** The log shows the asker less than others have cosigned for a while, or than it has shown before. */
  | 'slow-down'
  /** The quorum has not cosigned what the log shows. */
  | 'below-quorum'
  /** The polls are open and the quorum's cosignatures on what the log shows are old. */
  | 'stale'
  /** The records are not those that the checkpoint commits to. */
  | 'records-missing'
  /** A record that may not come after `sealed`. */
  | 'growth-after-sealed'

export interface Finding {
  readonly finding: FindingKind
  readonly who: string
  readonly detail: string
  /** The signed notes that show it, as they were served. */
  readonly notes: readonly string[]
}

export interface Look {
  readonly findings: readonly Finding[]
  /** Sizes shown now, by name. */
  readonly heads: Readonly<Record<string, number>>
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
}

/** Compares what log, witnesses and mirrors of an election show, again and again. It believes signatures and nothing else. */
export class Monitor {
  readonly #options: MonitorOptions
  readonly #log: NoteVerifier
  readonly #seen: Policy
  readonly #parties: readonly Party[]
  readonly #records: RecordWatch
  /** The largest checkpoint that the log has shown. */
  #largest: Head | null = null

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
    // The log is asked last: what its witnesses had before, it has to show now.
    const log = await this.#logHead()
    if (typeof log === 'string')
      findings.push({ finding: 'log-unreadable', who: 'log', detail: log, notes: [] })
    else findings.push(...this.#freshness(log, others), ...(await this.#newRecords(log)))
    const before = this.#largest === null ? [] : [this.#largest]
    const heads = [...(typeof log === 'string' ? [] : [log]), ...others]
    findings.push(...(await this.#consistency([...heads, ...before])))
    if (typeof log !== 'string' && log.checkpoint.size >= (this.#largest?.checkpoint.size ?? 0)) {
      this.#largest = { ...log, who: 'log before' }
    }
    return { findings, heads: Object.fromEntries(heads.map(({ who, checkpoint }) => [who, checkpoint.size])) }
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
    const ahead = others.filter(
      ({ checkpoint, at }) => checkpoint.size > size && (at ?? 0) + graceSeconds < now(),
    )
    for (const head of [...ahead, ...(this.#largest ? [this.#largest] : [])]) {
      if (head.checkpoint.size <= size) continue
      const detail = `the log shows ${size} records, ${head.who} has ${head.checkpoint.size}`
      findings.push({ finding: 'slow-down', who: head.who, detail, notes: [log.note, head.note] })
    }
    if (this.#seen.quorum === null) return findings
    const witnessed = verifyWitnessed(ed25519, this.#seen, log.note)
    if (!witnessed.ok) {
      findings.push({ finding: 'below-quorum', who: 'log', detail: witnessed.error, notes: [log.note] })
      return findings
    }
    const laterThan = now() - maxAgeSeconds
    if (this.#records.polls === 'open' && !verifyWitnessed(ed25519, this.#seen, log.note, { laterThan }).ok) {
      const detail = `no quorum has cosigned it in the last ${maxAgeSeconds} seconds`
      findings.push({ finding: 'stale', who: 'log', detail, notes: [log.note] })
    }
    return findings
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

/** A word for a medium that failed; other errors are thrown on. */
function mediumFailure(error: unknown): string {
  if (error instanceof SourceError) return error.code
  if (error instanceof OversizeError) return 'an answer that is too long'
  throw error
}
