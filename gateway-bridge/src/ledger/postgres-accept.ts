import { toHex } from '@hanpyo/protocol/bytes.ts'
import type { AcceptOutcome, WaitingRecord } from './engine.ts'
import type { Ending } from './postgres-lane.ts'
import type { PostgresSession } from './postgres-session.ts'

/**
 * What `accept` and `moveHead` agree by: shared for records, exclusive for whoever raises the revision. A lock of the lock
 * manager and not of the row: it leaves nothing in the WAL, and whoever asks for it exclusively is not passed by sharers. The
 * unique constraints and the comparison in `moveHead` hold without it.
 */
export const REVISION_LOCK = 'pg_advisory_xact_lock(1751215472, 2)'
const SHARED_REVISION_LOCK = 'pg_advisory_xact_lock_shared(1751215472, 2)'

const FIND = `SELECT (SELECT revision FROM head) AS revision,
 (SELECT string_agg(id, '') FROM spent WHERE id = ANY($1::bytea[])) AS spent,
 (SELECT array_agg(credential) FROM spent WHERE credential = ANY($2::int[])) AS credentials,
 (SELECT string_agg(id, '') FROM waiting WHERE id = ANY($3::bytea[])) AS waiting,
 (SELECT array_agg(key) FROM claim WHERE key = ANY($4::text[])) AS claims`

interface Found {
  readonly revision: number
  readonly spent: Uint8Array | null
  readonly credentials: number[] | null
  readonly waiting: Uint8Array | null
  readonly claims: string[] | null
}

/** One statement, tables in this order and rows sorted, so that two calls wait for each other and never in a circle. */
const INSERT = `WITH
 s AS (INSERT INTO spent (credential, id) SELECT * FROM unnest($1::int[], $2::bytea[])),
 c AS (INSERT INTO claim SELECT * FROM unnest($3::text[], $4::bytea[])),
 t AS (INSERT INTO proposal_text SELECT * FROM unnest($5::bytea[], $6::bytea[], $7::text[]) ON CONFLICT DO NOTHING),
 r AS (INSERT INTO refused_more SELECT * FROM unnest($8::int[], $9::bigint[])
       ON CONFLICT (kiosk) DO UPDATE SET count = refused_more.count + excluded.count),
 n AS (UPDATE head SET revision = revision + $10 WHERE $10 > 0)
 INSERT INTO waiting SELECT * FROM unnest($11::bytea[], $12::bytea[], $13::text[])`

/**
 * The transaction of one `accept`. What another process stores between looking and inserting is met by a unique constraint;
 * the lane then runs this again, and it is seen. Also a call that stores nothing is committed: its COMMIT waits for the
 * standbys, so that `already-stored` is never said of a ballot that only this machine has.
 */
export async function acceptRecords(
  session: PostgresSession,
  records: readonly WaitingRecord[],
  refusedMore: readonly number[],
  revision: number | undefined,
): Promise<Ending<AcceptOutcome[] | 'stale'>> {
  const raises = records.some(({ isNote }) => isNote === true)
  await session.script(`SELECT ${raises ? REVISION_LOCK : SHARED_REVISION_LOCK}`)
  const ballots = records.filter(({ spends }) => spends !== undefined)
  const others = records.filter(({ spends }) => spends === undefined)
  const [found] = await session.query<Found>(
    FIND,
    [
      ballots.map(({ id }) => id),
      ballots.map(({ spends }) => spends?.credential as number),
      others.map(({ id }) => id),
      records.flatMap(({ claims }) => claims ?? []),
    ],
    'accept-find',
  )
  if (found === undefined) throw new Error('the store has no head row')
  if (revision !== undefined && revision !== found.revision) return { commit: false, value: 'stale' }
  const { outcomes, stored } = judge(records, found)
  if (stored.length > 0 || refusedMore.length > 0) {
    await session.query(INSERT, insertParameters(stored, refusedMore), 'accept-insert')
  }
  return { commit: true, value: outcomes }
}

/** What becomes of each record, in order, beside what is there and what came before it in the same call. */
function judge(
  records: readonly WaitingRecord[],
  found: Found,
): { outcomes: AcceptOutcome[]; stored: WaitingRecord[] } {
  const spent = new Set(idsIn(found.spent))
  const waiting = new Set(idsIn(found.waiting))
  const credentials = new Set(found.credentials)
  const claims = new Set(found.claims)
  const stored: WaitingRecord[] = []
  const outcomes = records.map((record): AcceptOutcome => {
    const { id, spends, claims: wanted = [] } = record
    const known = spends === undefined ? waiting : spent
    const hex = toHex(id)
    if (known.has(hex)) return 'already-stored'
    if (spends !== undefined && credentials.has(spends.credential)) return 'credential-taken'
    if (wanted.some((claim) => claims.has(claim))) return 'claim-taken'
    known.add(hex)
    if (spends !== undefined) credentials.add(spends.credential)
    for (const claim of wanted) claims.add(claim)
    stored.push(record)
    return 'stored'
  })
  return { outcomes, stored }
}

function idsIn(joined: Uint8Array | null): string[] {
  if (joined === null) return []
  return Array.from({ length: joined.length / 32 }, (_, n) => toHex(joined.subarray(32 * n, 32 * n + 32)))
}

function insertParameters(stored: readonly WaitingRecord[], refusedMore: readonly number[]) {
  const byId = stored.map((record) => ({ record, key: toHex(record.id) })).sort(byKey)
  const sorted = byId.map(({ record }) => record)
  const ballots = sorted
    .flatMap(({ id, spends }) => (spends === undefined ? [] : [{ id, credential: spends.credential }]))
    .sort((a, b) => a.credential - b.credential)
  const claims = sorted
    .flatMap(({ id, claims = [] }) => [...new Set(claims)].map((key) => ({ key, id })))
    .sort(byKey)
  const texts = sorted.flatMap(({ text }) => (text === undefined ? [] : [text]))
  const counts = new Map<number, number>()
  for (const kioskId of refusedMore) counts.set(kioskId, (counts.get(kioskId) ?? 0) + 1)
  const refused = [...counts].sort(([a], [b]) => a - b)
  return [
    ballots.map(({ credential }) => credential),
    ballots.map(({ id }) => id),
    claims.map(({ key }) => key),
    claims.map(({ id }) => id),
    texts.map(({ id }) => id),
    texts.map(({ salt }) => salt),
    texts.map(({ text }) => text),
    refused.map(([kioskId]) => kioskId),
    refused.map(([, count]) => count),
    stored.filter(({ isNote }) => isNote === true).length,
    sorted.map(({ id }) => id),
    sorted.map(({ leaf }) => leaf),
    sorted.map(({ spends }) => spends?.promise ?? null),
  ]
}

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0
}
