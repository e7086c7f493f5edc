import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { type Checkpoint, openCheckpoint, parseCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { type NoteVerifier, noteVerifier, parseNote } from '@hanpyo/protocol/log/note.ts'
import { type Policy, parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import { bundlesOf, TILE_WIDTH } from '@hanpyo/protocol/log/tiles.ts'
import { verifyWitnessed } from '@hanpyo/protocol/log/witnessed.ts'
import { type ReadBundle, readBundle, readTilePart } from '../leaves.ts'
import type { HeldLog } from '../source/held.ts'
import { OversizeError, type Source, SourceError } from '../source/source.ts'
import { BlobFsck } from './blob-fsck.ts'
import type { FsckCheckId, Words } from './catalogue.ts'
import { checkFiles } from './files-fsck.ts'
import { FsckFindings, type FsckReport } from './findings.ts'
import { RecordsFsck } from './records-fsck.ts'
import { type TileRead, TreeFsck } from './tree-fsck.ts'

export interface FsckInput {
  readonly source: Source
  /** Given when all files can be seen: then what nobody asked for is checked too. */
  readonly held?: HeldLog
  readonly backend: CryptoBackend
  /** What was told beforehand, by another way than the log. */
  readonly pin: { readonly manifestHash?: string; readonly policy?: Policy }
  /** Findings that others add to, under checks that are due besides. */
  readonly findings?: FsckFindings
  readonly alsoDue?: readonly FsckCheckId[]
  /** Told after each bundle how many records have been read. */
  readonly onRecords?: (done: number, total: number) => void
  readonly onFile?: (done: number) => void
}

/** Bundles and their tiles asked for before the one at hand is worked on; bounds memory to this many. */
const AHEAD = 6
/** A log that claims to be endless is not read without end. */
const MOST_MISSING_IN_A_ROW = 256

const NO_PIN: Words = {
  en: 'give --manifest-hash from the printed announcement, or --policy with the keys you trust',
  ko: '인쇄된 공고의 --manifest-hash 또는 믿는 열쇠를 담은 --policy 값을 주어야 합니다',
}
const NO_KEY: Words = {
  en: 'nothing says which key signs this log: give --policy',
  ko: '이 원장의 서명 열쇠를 알 수 없습니다. --policy를 주세요',
}
const NO_QUORUM: Words = { en: 'the policy asks for no witness', ko: '정책이 증인을 요구하지 않습니다' }

/**
 * Recomputes a published log from its files alone and says of every file that is missing, cut off or changed which one it
 * is. Checks hashes, signatures of checkpoint and witnesses and the structure of the records; signatures and proofs inside
 * the records are for `verifyLog`. Rejects with `SourceError` when the source cannot be read or has no checkpoint.
 *
 * Memory: a few bundles, one tile a level, what the rule book remembers for each ballot, and one blob.
 */
export async function fsckLog(input: FsckInput): Promise<FsckReport> {
  const { source, backend, pin } = input
  const findings = input.findings ?? new FsckFindings()
  const note = await readNote(source)
  const parsed = parseNote(note)
  const checkpoint = parsed.ok ? parseCheckpoint(parsed.value.text) : parsed
  const due = new Set<FsckCheckId>([
    ...(['checkpoint', 'pinned', 'quorum', 'bundles', 'tiles', 'root', 'blobs'] as const),
    ...(['batches', 'duplicates', 'records'] as const),
    ...(input.held === undefined ? [] : ['files' as const]),
    ...(input.alsoDue ?? []),
  ])
  if (!checkpoint.ok || checkpoint.value.size === 0) {
    findings.damage(
      'checkpoint',
      'half-written',
      'checkpoint',
      checkpoint.ok ? 'no records' : checkpoint.error,
    )
    for (const id of due) if (id !== 'checkpoint') findings.skip(id, NO_CHECKPOINT)
    return { sound: false, source: source.name, checkpoint: null, lines: findings.lines(due) }
  }
  const blobs = new BlobFsck(source, findings)
  const records = new RecordsFsck(backend, blobs, findings)
  await checkRecords(input, checkpoint.value, records, findings)
  const log = checkSignatures(note, checkpoint.value, records, backend, pin, findings)
  if (input.held !== undefined) {
    const namedBlobs = blobs.names
    await checkFiles({
      held: input.held,
      checkpoint: checkpoint.value,
      log,
      namedBlobs,
      findings,
      onFile: input.onFile,
    })
  }
  const lines = findings.lines(due)
  const { origin, size, root } = checkpoint.value
  return {
    sound: lines.every(({ status }) => status === 'PASS'),
    source: source.name,
    checkpoint: { origin, size, root: toBase64(root) },
    lines,
  }
}

const NO_CHECKPOINT: Words = { en: 'there is no valid checkpoint', ko: '올바른 체크포인트가 없습니다' }

async function readNote(source: Source): Promise<string> {
  try {
    const note = await source.checkpoint()
    if (note !== null) return note
  } catch (error) {
    if (!(error instanceof OversizeError)) throw error
    return ''
  }
  throw new SourceError(
    'no-checkpoint',
    `${source.name} has no file "checkpoint"`,
    'Check the address: it is the prefix below which "checkpoint" and "tile" lie. If the file was lost, copy it from a mirror.',
  )
}

async function checkRecords(
  { source, onRecords }: FsckInput,
  checkpoint: Checkpoint,
  records: RecordsFsck,
  findings: FsckFindings,
): Promise<void> {
  const tree = new TreeFsck(checkpoint, source, findings)
  let missing = 0
  for await (const { bundle, tile } of readPairs(source, checkpoint.size)) {
    const { index, width, entries } = bundle
    const first = index * TILE_WIDTH
    const intact = await tree.add(bundle, tile)
    for (let at = 0; at < intact; at++) {
      const record = entries[at] as Uint8Array
      if (first + at === 0) await records.begin(record)
      else await records.apply(record)
    }
    if (intact < width) records.breakOff(first + intact)
    onRecords?.(first + width, checkpoint.size)
    missing = entries[0] === undefined && 'problem' in tile ? missing + 1 : 0
    if (missing === MOST_MISSING_IN_A_ROW) {
      findings.skip('root', {
        en: `gave up after ${missing} missing bundles in a row`,
        ko: `묶음 파일 ${missing}개가 잇달아 없어 그만두었습니다`,
      })
      return
    }
  }
  records.finish()
  tree.finish()
}

/** All bundles with their tiles of level 0 in order, a few requests ahead of the reader. */
async function* readPairs(
  source: Source,
  size: number,
): AsyncGenerator<{ readonly bundle: ReadBundle; readonly tile: TileRead }> {
  const pending: Promise<{ bundle: ReadBundle; tile: TileRead }>[] = []
  for (const { index, width } of bundlesOf(size)) {
    const reads = [
      readBundle(source, { index, width }),
      readTilePart(source, { level: 0, index, width }),
    ] as const
    const pair = Promise.all(reads).then(([bundle, tile]) => ({ bundle, tile }))
    // A failure surfaces when its turn comes; until then it must not count as unhandled.
    pair.catch(() => undefined)
    pending.push(pair)
    if (pending.length > AHEAD) yield await (pending.shift() as (typeof pending)[number])
  }
  for (const pair of pending) yield await pair
}

/** The log's signature, whose log it is, and the quorum. Returns the log's key. */
function checkSignatures(
  note: string,
  checkpoint: Checkpoint,
  records: RecordsFsck,
  { ed25519 }: CryptoBackend,
  pin: FsckInput['pin'],
  findings: FsckFindings,
): NoteVerifier | undefined {
  const { manifest } = records
  const given = pin.policy?.logs.filter(({ vkey }) => vkey.name === checkpoint.origin) ?? []
  const keys = pin.policy === undefined ? [manifest?.keys.log] : given.map(({ vkey }) => vkey)
  const verifiers = keys.flatMap((key) => {
    const verifier = key === undefined ? undefined : noteVerifier(ed25519, key)
    return verifier?.ok ? [verifier.value] : []
  })
  const signedBy = verifiers.find((verifier) => openCheckpoint(note, verifier).ok)
  if (pin.policy === undefined && manifest === undefined) {
    findings.skip('checkpoint', NO_KEY)
    findings.skip('quorum', NO_KEY)
  } else if (signedBy === undefined) {
    findings.fail('checkpoint', {
      path: 'checkpoint',
      record: null,
      what: { en: 'is not signed by the key of this log', ko: '파일에 이 원장의 열쇠로 된 서명이 없습니다' },
      advice: { en: 'Take the ledger from another place.', ko: '다른 곳에서 원장을 받으세요.' },
    })
  }
  checkPin(checkpoint, records, pin, given.length > 0, findings)
  if (manifest === undefined && pin.policy === undefined) return undefined
  const policy = pin.policy ?? policyOf(manifest?.policies.seen)
  const witnessed = policy && verifyWitnessed(ed25519, policy, note)
  if (policy?.quorum === null) findings.remark('quorum', NO_QUORUM)
  if (witnessed === undefined || (!witnessed.ok && signedBy !== undefined)) {
    const why = witnessed?.ok === false ? (witnessed.detail ?? witnessed.error) : 'policy'
    findings.fail('quorum', {
      path: 'checkpoint',
      record: null,
      what: {
        en: 'does not carry the signatures the policy asks for',
        ko: '파일에 정책이 요구하는 서명이 없습니다',
      },
      detail: why,
      advice: {
        en: 'Take a newer checkpoint: the ledger publishes only what its witnesses have signed.',
        ko: '더 새로운 체크포인트를 받으세요. 원장은 증인이 서명한 것만 공개합니다.',
      },
    })
  }
  return signedBy
}

function checkPin(
  checkpoint: Checkpoint,
  { manifestHash }: RecordsFsck,
  pin: FsckInput['pin'],
  isListed: boolean,
  findings: FsckFindings,
): void {
  if (pin.policy === undefined && pin.manifestHash === undefined) {
    findings.skip('pinned', NO_PIN)
    return
  }
  const other = (detail: string): void =>
    findings.fail('pinned', {
      path: null,
      record: null,
      what: { en: 'this is another log', ko: '다른 원장입니다' },
      detail,
      advice: {
        en: 'Check the address, and compare the hash with the printed announcement.',
        ko: '주소를 확인하고 해시를 인쇄된 공고와 비교하세요.',
      },
    })
  if (pin.policy !== undefined && !isListed) other(`the policy does not name ${checkpoint.origin}`)
  if (pin.manifestHash !== undefined && pin.manifestHash !== manifestHash) {
    other(`manifest ${manifestHash ?? 'none'}`)
  }
}

function policyOf(text: string | undefined): Policy | undefined {
  const policy = text === undefined ? undefined : parsePolicy(text)
  return policy?.ok ? policy.value : undefined
}
