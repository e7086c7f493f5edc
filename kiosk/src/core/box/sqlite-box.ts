import { type Database, SqliteError } from '@hanpyo/platform/sqlite.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { equalBytes } from '@hanpyo/protocol/bytes.ts'
import {
  changesState,
  type NextKioskManifest,
  nextKioskManifest,
} from '@hanpyo/protocol/election/kiosk-manifest.ts'
import {
  encodeLeaf,
  type KioskManifestRecord,
  noteLeaf,
  parseKioskManifest,
  RECORD,
} from '@hanpyo/protocol/election/records.ts'
import { leafHash, rootOf } from '@hanpyo/protocol/log/merkle.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { err, expectOk, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Polls } from '../../contract/views.ts'
import { AnswerTable, ITEM_TABLES, STATE } from './answer-table.ts'
import { openBridges, standingOf } from './answers.ts'
import type {
  BallotBox,
  BoxCounts,
  LeafProof,
  PromiseVerdict,
  RouteName,
  SealedItem,
  Settlement,
  Statement,
  StoredPromise,
  StoredStatement,
  StoreError,
} from './ballot-box.ts'
import { EvidenceTable } from './evidence-table.ts'
import { nextInterval } from './interval.ts'
import { ballotItem, noteItem } from './sealed-items.ts'
import { StatementTable } from './statement-table.ts'

export interface SqliteBoxDeps {
  /** From `openBoxDatabase`. The box closes it. */
  readonly database: Database
  readonly kioskId: number
  readonly manifestHash: Uint8Array
  /** Bridges this kiosk can send to, by id, the first one first; at least one. */
  readonly bridges: readonly string[]
  /** Signs a kiosk manifest with the kiosk's key; gives back the whole note. */
  readonly signManifest: (record: KioskManifestRecord) => string
  /** Called when a change is stored but the file could not be rebuilt in key order; it is retried with the next. */
  readonly onNotRebuilt: (reason: string) => void
}

/** Thrown inside a transaction to roll it back and answer with a code. */
class Abort extends Error {
  readonly code: 'slip-used' | 'polls-not-open' | 'already-open' | 'polls-final' | 'not-open' | 'not-paused'
  constructor(code: Abort['code']) {
    super(code)
    this.code = code
  }
}

/** The ballot box in SQLite; see `BallotBox` for what it promises and `schema.ts` for its tables. */
export class SqliteBallotBox implements BallotBox {
  readonly #deps: SqliteBoxDeps
  readonly #db: Database
  readonly #statements: StatementTable
  readonly #answers: AnswerTable
  readonly #evidence: EvidenceTable
  readonly #bridges: readonly string[]

  constructor(deps: SqliteBoxDeps) {
    this.#deps = deps
    this.#db = deps.database
    this.#statements = new StatementTable(deps.database)
    this.#bridges = deps.bridges
    this.#answers = new AnswerTable(deps.database, this.#bridges)
    this.#evidence = new EvidenceTable(deps.database)
    this.#write(() => this.#answers.reopen(), false)
    // A crash between an insert and its rebuild leaves the last row's place visible.
    this.#rebuild()
  }

  polls(): Polls {
    return this.#db.prepare("SELECT value FROM setting WHERE name = 'polls'").get<{ value: Polls }>()!.value
  }

  isSpent(slipNumber: number): boolean {
    return this.#db.prepare('SELECT 1 FROM spent WHERE slip = ?').get(slipNumber) !== undefined
  }

  insertBallot(ballot: { readonly canonical: Uint8Array; readonly slipNumber: number }) {
    const { canonical, slipNumber } = ballot
    return this.#write<readonly SealedItem[], 'slip-used' | 'polls-not-open'>(() => {
      if (this.polls() !== 'open') throw new Abort('polls-not-open')
      if (this.isSpent(slipNumber)) throw new Abort('slip-used')
      const id = ballotId(canonical)
      const leaf = leafHash(encodeLeaf(RECORD.ballot, canonical))
      this.#db.prepare('INSERT INTO ballot (id, canonical, leaf) VALUES (?, ?, ?)').run(id, canonical, leaf)
      this.#db.prepare('INSERT INTO spent (slip) VALUES (?)').run(slipNumber)
      return [ballotItem(id, canonical, this.#deps.manifestHash), ...this.#listUnlisted(false)]
    })
  }

  insertChallenged(note: string) {
    return this.#write<readonly SealedItem[], 'polls-not-open'>(() => {
      if (this.polls() !== 'open') throw new Abort('polls-not-open')
      const item = noteItem('challenged', note, 0)
      const leaf = leafHash(noteLeaf(RECORD.challenged, note))
      this.#db.prepare('INSERT INTO challenged (id, note, leaf) VALUES (?, ?, ?)').run(item.id, note, leaf)
      return [item]
    })
  }

  insertStatement(statement: Statement) {
    return this.#write<readonly SealedItem[], 'polls-not-open'>(() => {
      if (statement.kind !== 'moderation' && this.polls() !== 'open') throw new Abort('polls-not-open')
      return [this.#statements.insert(statement)]
    })
  }

  statements(): readonly StoredStatement[] {
    return this.#statements.all()
  }

  openPolls() {
    return this.#write<void, 'already-open' | 'polls-final'>(() => {
      const polls = this.polls()
      if (polls !== 'closed') throw new Abort(polls === 'final' ? 'polls-final' : 'already-open')
      this.#setPolls('open')
    })
  }

  pausePolls() {
    return this.#write<readonly SealedItem[], 'not-open'>(() => {
      if (this.polls() !== 'open') throw new Abort('not-open')
      this.#setPolls('paused')
      return this.#sayState('paused')
    })
  }

  resumePolls() {
    return this.#write<readonly SealedItem[], 'not-paused'>(() => {
      if (this.polls() !== 'paused') throw new Abort('not-paused')
      this.#setPolls('open')
      return this.#sayState('open')
    })
  }

  countAssisted(what: 'session' | 'proposal' = 'session') {
    return this.#write<void, never>(() => {
      this.#db
        .prepare(
          'INSERT INTO counter (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1',
        )
        .run(what === 'session' ? 'assisted' : 'assisted-proposals')
    })
  }

  ballotsRoot(): Uint8Array {
    const rows = this.#db.prepare('SELECT id FROM ballot ORDER BY id').all<{ id: Uint8Array }>()
    return rootOf(rows.map(({ id }) => id))
  }

  closePolls() {
    return this.#write<{ items: readonly SealedItem[]; finalManifest: string }, 'not-open'>(() => {
      if (this.polls() !== 'open' && this.polls() !== 'paused') throw new Abort('not-open')
      this.#setPolls('final')
      const items = this.#listUnlisted(true)
      return { items, finalManifest: this.#lastManifestNote()!.note }
    })
  }

  finalManifest(): string | null {
    return this.polls() === 'final' ? this.#lastManifestNote()!.note : null
  }

  waiting(): readonly SealedItem[] {
    const where = `WHERE state = ${STATE.waiting}`
    const ballots = this.#db
      .prepare(`SELECT id, canonical FROM ballot ${where}`)
      .all<{ id: Uint8Array; canonical: Uint8Array }>()
    const challenged = this.#db.prepare(`SELECT note FROM challenged ${where}`).all<{ note: string }>()
    const manifests = this.#db
      .prepare(`SELECT note, interval FROM kiosk_manifest ${where} ORDER BY interval`)
      .all<{ note: string; interval: number }>()
    return [
      ...ballots.map(({ id, canonical }) => ballotItem(id, canonical, this.#deps.manifestHash)),
      ...challenged.map(({ note }) => noteItem('challenged', note, 0)),
      ...manifests.map(({ note, interval }) => noteItem('kiosk-manifest', note, interval)),
      ...this.#statements.waiting(),
    ].map((item) => {
      const answers = this.#answers.of(item.id)
      return answers.size === 0 ? item : { ...item, open: openBridges(answers, this.#bridges) }
    })
  }

  idsWithPrefix(prefix: Uint8Array): readonly Uint8Array[] {
    const [low, high] = [new Uint8Array(32), new Uint8Array(32).fill(0xff)]
    low.set(prefix)
    high.set(prefix)
    return ITEM_TABLES.flatMap((table) =>
      this.#db
        .prepare(`SELECT id FROM ${table} WHERE id BETWEEN ? AND ?`)
        .all<{ id: Uint8Array }>(low, high)
        .map(({ id }) => id),
    )
  }

  settle(id: Uint8Array, status: number, route: RouteName, bridge = this.#bridges[0] as string) {
    let hasChanged = false
    const settled = this.#write<Settlement, never>(() => {
      const { done, isNew } = this.#answers.acked(id, bridge, status, route)
      hasChanged = isNew
      if (done === 'statement') this.#statements.eraseParcel(id)
      const answers = this.#answers.of(id)
      const isSettled = standingOf(answers, this.#bridges) !== 'waiting'
      return { isSettled, open: isSettled ? [] : openBridges(answers, this.#bridges) }
    }, false)
    // Answers come in an order, too.
    if (settled.ok && hasChanged) this.#rebuild()
    return settled
  }

  keepPromise(leaf: Uint8Array, note: string, bridge = this.#bridges[0] as string) {
    return this.#write<'kept' | 'known' | 'no-such-leaf', never>(() =>
      this.#evidence.keepPromise(leaf, bridge, note),
    )
  }

  promises(verdict?: PromiseVerdict) {
    return this.#evidence.promises(verdict)
  }

  judgePromise({ leaf, bridge }: StoredPromise, verdict: PromiseVerdict) {
    return this.#write<readonly SealedItem[], never>(() => {
      this.#evidence.judge(leaf, bridge, verdict)
      const id = this.#evidence.itemOf(leaf)
      if (verdict !== 'broken' || id === null || !this.#answers.broken(id, bridge)) return []
      return this.waiting().filter((item) => equalBytes(item.id, id))
    }, verdict === 'broken')
  }

  unpublished() {
    return this.#evidence.unpublished()
  }

  doubtRecorded(leaf: Uint8Array) {
    return this.#write<{ items: readonly SealedItem[]; bridges: readonly string[] }, never>(() => {
      const id = this.#evidence.itemOf(leaf)
      if (id === null) return { items: [], bridges: [] }
      const bridges = this.#answers.doubt(id)
      return { items: this.waiting().filter((item) => equalBytes(item.id, id)), bridges }
    })
  }

  unproven() {
    return this.#evidence.unproven()
  }

  positionOf(leaf: Uint8Array) {
    return this.#evidence.positionOf(leaf)
  }

  keepProofs(head: string, proofs: readonly LeafProof[], mayErase = true) {
    return this.#write<number, never>(() => {
      this.#evidence.keepProofs(head, proofs)
      return mayErase ? this.#evidence.eraseProven() : 0
    })
  }

  proofs() {
    return this.#evidence.proofs()
  }

  counts(): BoxCounts {
    const count = (sql: string) => this.#db.prepare(sql).get<{ n: number }>()!.n
    const refused = new Map<number, number>()
    for (const table of ITEM_TABLES) {
      const rows = this.#db
        .prepare(`SELECT reason, count(*) AS n FROM ${table} WHERE state = ${STATE.refused} GROUP BY reason`)
        .all<{ reason: number; n: number }>()
      for (const { reason, n } of rows) refused.set(reason, (refused.get(reason) ?? 0) + n)
    }
    return {
      cast: count('SELECT count(*) AS n FROM ballot'),
      challenged: count('SELECT count(*) AS n FROM challenged'),
      assisted: count("SELECT coalesce(sum(value), 0) AS n FROM counter WHERE name = 'assisted'"),
      ackedOverWifi: count("SELECT value AS n FROM counter WHERE name = 'acked-wifi'"),
      ackedOverLora: count("SELECT value AS n FROM counter WHERE name = 'acked-lora'"),
      promises: count('SELECT count(*) AS n FROM promise'),
      ...this.#evidence.counts(),
      bridges: this.#evidence.bridgeCounts(this.#bridges, this.#answers.counts()),
      proposed: this.#statements.count('proposal'),
      supported: this.#statements.count('support'),
      moderated: this.#statements.count('moderation'),
      assistedProposals: count(
        "SELECT coalesce(sum(value), 0) AS n FROM counter WHERE name = 'assisted-proposals'",
      ),
      statementsRefused: count(`SELECT count(*) AS n FROM statement WHERE state = ${STATE.refused}`),
      refused,
    }
  }

  close(): void {
    this.#db.close()
  }

  /**
   * One durable change: a transaction, then the rebuild in key order where rows were added (changing a flag in place
   * moves nothing). The change counts from the commit on: a rebuild that fails for lack of space must not make the
   * voter believe that the vote is not stored.
   */
  #write<T, E extends Abort['code']>(work: () => T, rebuild = true): Result<T, E | StoreError> {
    let value: T
    try {
      value = this.#db.transaction(work)
    } catch (error) {
      if (error instanceof Abort) return err(error.code as E)
      if (!(error instanceof SqliteError) || error.code === 'constraint-unique') throw error
      return err(error.code === 'disk-full' ? 'disk-full' : 'box-failed', error.code)
    }
    if (rebuild) this.#rebuild()
    return ok(value)
  }

  /** Rewrites the file in key order. Needs space for a copy; without it, the next change tries again. */
  #rebuild(): void {
    try {
      this.#db.exec('VACUUM')
    } catch (error) {
      if (!(error instanceof SqliteError)) throw error
      this.#deps.onNotRebuilt(error.code)
    }
  }

  #setPolls(polls: Polls): void {
    this.#db.prepare("UPDATE setting SET value = ? WHERE name = 'polls'").run(polls)
  }

  /** Appends kiosk manifests to the chain for ballots that none lists yet. Runs inside a transaction. */
  #listUnlisted(isClosing: boolean): SealedItem[] {
    const items: SealedItem[] = []
    for (;;) {
      const ballotIds = this.#db
        .prepare('SELECT id FROM ballot WHERE interval = 0')
        .all<{ id: Uint8Array }>()
        .map(({ id }) => id)
      const challenged = this.#db
        .prepare('SELECT count(*) AS n FROM challenged WHERE interval = 0')
        .get<{ n: number }>()!.n
      const next = nextInterval(ballotIds, isClosing)
      if (next === null) return items
      const { item, interval } = this.#appendManifest({
        ballotIds: next.ids,
        challenged,
        state: isClosing ? 'closed' : 'open',
        final: next.isLast,
      })
      const mark = this.#db.prepare('UPDATE ballot SET interval = ? WHERE id = ?')
      for (const id of next.ids) mark.run(interval, id)
      this.#db.prepare('UPDATE challenged SET interval = ? WHERE interval = 0').run(interval)
      items.push(item)
      if (next.isLast) return items
    }
  }

  /** An empty manifest when the chain's last one said another state. Ballots not listed yet stay for a later one. */
  #sayState(state: 'open' | 'paused'): SealedItem[] {
    if (!changesState(this.#lastManifest()?.state, state)) return []
    return [this.#appendManifest({ ballotIds: [], challenged: 0, state, final: false }).item]
  }

  /** Signs the next manifest of the chain and stores it. Runs inside a transaction. */
  #appendManifest(next: Pick<NextKioskManifest, 'ballotIds' | 'challenged' | 'state' | 'final'>) {
    const { kioskId: kiosk, manifestHash, signManifest } = this.#deps
    const previous = this.#lastManifest()
    const note = signManifest(nextKioskManifest({ manifestHash, kiosk, previous, ...next }))
    const interval = (previous?.interval ?? 0) + 1
    const item = noteItem('kiosk-manifest', note, interval)
    this.#db
      .prepare('INSERT INTO kiosk_manifest (interval, id, note, leaf) VALUES (?, ?, ?, ?)')
      .run(interval, item.id, note, leafHash(noteLeaf(RECORD.kioskManifest, note)))
    return { item, interval }
  }

  #lastManifestNote(): { note: string } | undefined {
    return this.#db
      .prepare('SELECT note FROM kiosk_manifest ORDER BY interval DESC LIMIT 1')
      .get<{ note: string }>()
  }

  #lastManifest(): KioskManifestRecord | undefined {
    const row = this.#lastManifestNote()
    return row && expectOk(parseKioskManifest(expectOk(parseNote(row.note)).text))
  }
}
