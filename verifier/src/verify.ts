import { toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { CHECKS } from '@hanpyo/protocol/checks/catalogue.ts'
import { Findings, type Remark } from '@hanpyo/protocol/checks/findings.ts'
import type { Stage } from '@hanpyo/protocol/election/state.ts'
import type { BatchGroup } from '@hanpyo/protocol/group/batch.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { type Checkpoint, openCheckpoint, parseCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { noteVerifier, parseNote } from '@hanpyo/protocol/log/note.ts'
import { parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import { TILE_WIDTH } from '@hanpyo/protocol/log/tiles.ts'
import { verifyWitnessed } from '@hanpyo/protocol/log/witnessed.ts'
import { ElectionCheck, type ElectionCheckInput, type Pin } from './election-check.ts'
import { type ReadBundle, readBundles, readTilePart } from './leaves.ts'
import type { LookedAhead } from './look-ahead.ts'
import type { Report } from './report.ts'
import { OversizeError, type Source, SourceError } from './source/source.ts'
import { TreeCheck } from './tree.ts'

/** Below this many records threads take longer to start than to help. */
const WORTH_THREADS = 512
/** Bundles whose ballots may be in work at the same time; bounds memory. */
const AHEAD = 2

/** A log that claims to be endless is not read without end. */
const MOST_MISSING_BUNDLES = 16

const NO_CHECKPOINT: Remark = {
  en: 'there is no valid checkpoint',
  ko: '올바른 체크포인트가 없습니다',
}
const NO_WITNESSES: Remark = {
  en: "the manifest's policy asks for no witness",
  ko: '공고문의 정책이 증인을 요구하지 않습니다',
}
const NO_PIN: Remark = {
  en: 'give --manifest-hash or --authority, taken from the printed announcement',
  ko: '인쇄된 공고에 적힌 --manifest-hash 또는 --authority 값을 주어야 합니다',
}
export interface VerifyInput {
  readonly source: Source
  readonly backend: CryptoBackend
  readonly pin?: Pin
  /** What the log should have reached; without it, the stage it says it is in. */
  readonly stage?: Stage
  /** Opens worker threads for the ballots; without it they are verified one after another. */
  readonly openPool?: ElectionCheckInput['openPool']
  /** For the proofs of the count; made when it is needed otherwise. */
  readonly batch?: BatchGroup
  /** Told after each bundle how many records have been read. */
  readonly onProgress?: (records: number, size: number) => void
  /** Told before each mix, share or result how many were checked, and how many there should be. */
  readonly onCount?: (done: number, total: number) => void
}

export interface VerifyOutcome {
  readonly report: Report
  /** The checkpoint note that was verified, byte for byte. */
  readonly checkpointNote: string
  readonly checkpoint: Checkpoint | null
  /** The log's key by the manifest of this log; null when there is no valid manifest. */
  readonly logVkey: string | null
}

/**
 * Reads a published log once, front to back, and recomputes everything in it: tree, signatures, proofs, order,
 * reconciliation. Trusts the source for nothing. Rejects with `SourceError` when the source cannot be read;
 * everything wrong with the log itself is in the report.
 */
export async function verifyLog(input: VerifyInput): Promise<VerifyOutcome> {
  const { source, backend } = input
  const findings = new Findings()
  const note = await readNote(source, findings)
  const checkpoint = readCheckpoint(note, findings)
  const isLarge = checkpoint !== null && checkpoint.size >= WORTH_THREADS
  const openPool = isLarge ? input.openPool : undefined
  const election = new ElectionCheck({
    backend,
    source,
    pin: input.pin ?? {},
    findings,
    openPool,
    batch: input.batch,
    onCount: input.onCount,
  })
  if (checkpoint !== null) {
    await checkRecords(input, checkpoint, election, findings)
    checkSignature(note, backend, election, findings)
  }
  const stage = input.stage ?? reachedStage(election)
  await election.settle()
  election.finish(stage)
  if (checkpoint !== null) checkWitnesses(note, stage, backend, election, findings)
  skipWhatCannotRun(input.pin ?? {}, findings)
  return {
    report: buildReport(stage, checkpoint, election, findings),
    checkpointNote: note,
    checkpoint,
    logVkey: election.manifest?.keys.log ?? null,
  }
}

/** Reads every record once; ballots are verified up to `AHEAD` bundles before the books reach them. */
async function checkRecords(
  { source, onProgress }: VerifyInput,
  checkpoint: Checkpoint,
  election: ElectionCheck,
  findings: Findings,
): Promise<void> {
  const tree = new TreeCheck(checkpoint, (tile) => readTilePart(source, tile), findings)
  let missing = 0
  const waiting: { readonly bundle: ReadBundle; readonly verified: Promise<LookedAhead> }[] = []
  const checkNext = async (): Promise<void> => {
    const next = waiting.shift()
    if (next === undefined) return
    const { bundle, verified } = next
    await checkBundle(bundle, await verified, tree, election, findings)
    onProgress?.(bundle.index * TILE_WIDTH + bundle.width, checkpoint.size)
  }
  try {
    for await (const bundle of readBundles(source, checkpoint.size)) {
      const [first] = bundle.entries
      if (first === undefined) missing += 1
      if (missing > MOST_MISSING_BUNDLES) {
        election.breakOff(bundle.index * TILE_WIDTH)
        findings.fail('tree.missing', bundle.index * TILE_WIDTH, 'gave up after this')
        break
      }
      if (bundle.index === 0 && first !== undefined) await election.begin(first)
      waiting.push({ bundle, verified: election.lookAhead(bundle.entries) })
      if (waiting.length > AHEAD) await checkNext()
    }
    while (waiting.length > 0) await checkNext()
  } finally {
    await election.close()
  }
  tree.finish()
}

async function checkBundle(
  bundle: ReadBundle,
  verified: LookedAhead,
  tree: TreeCheck,
  election: ElectionCheck,
  findings: Findings,
): Promise<void> {
  const { entries, problem } = bundle
  const first = bundle.index * TILE_WIDTH
  const intact = await tree.add(bundle.index, entries)
  if (problem !== undefined) {
    const rule = entries[0] === undefined ? 'tree.missing' : 'tree.bundle'
    findings.fail(rule, first + Math.min(intact, entries.length - 1), problem)
  }
  // Where lengths are wrong, what follows the first wrong record is guesswork.
  const usable = problem === undefined ? entries.length : intact
  for (let i = first === 0 ? 1 : 0; i < usable; i++)
    await election.apply(entries[i] as Uint8Array, verified[i]?.under)
  if (problem !== undefined) election.breakOff(first + usable)
}

/** The checkpoint note; empty, with a finding, when it is too large to be one. */
async function readNote(source: Source, findings: Findings): Promise<string> {
  try {
    const note = await source.checkpoint()
    if (note !== null) return note
  } catch (error) {
    if (!(error instanceof OversizeError)) throw error
    findings.fail('checkpoint.format', null, error.message)
    return ''
  }
  throw new SourceError(
    'no-checkpoint',
    `${source.name} has no checkpoint`,
    'Check the address: it is the prefix below which "checkpoint" and "tile" lie.',
  )
}

function readCheckpoint(text: string, findings: Findings): Checkpoint | null {
  const note = parseNote(text)
  const checkpoint = note.ok ? parseCheckpoint(note.value.text) : note
  if (!checkpoint.ok) {
    if (text !== '') findings.fail('checkpoint.format', null, checkpoint.error)
  } else if (checkpoint.value.size === 0) findings.fail('checkpoint.empty', null)
  else return checkpoint.value
  for (const { id } of CHECKS) if (id !== 'checkpoint') findings.skip(id, NO_CHECKPOINT)
  return null
}

function checkSignature(
  note: string,
  backend: CryptoBackend,
  election: ElectionCheck,
  findings: Findings,
): void {
  if (election.manifest === undefined) return
  const verifier = noteVerifier(backend.ed25519, election.manifest.keys.log)
  const opened = verifier.ok ? openCheckpoint(note, verifier.value) : verifier
  if (!opened.ok) findings.fail('checkpoint.signature', null, opened.detail ?? opened.error)
}

/** The policy for publication holds for every checkpoint, the official one from sealing on. */
function checkWitnesses(
  note: string,
  stage: Stage,
  backend: CryptoBackend,
  election: ElectionCheck,
  findings: Findings,
): void {
  if (election.manifest === undefined) return
  const { seen, official } = election.manifest.policies
  const isSealed = stage === 'sealed' || stage === 'final'
  const policies = [
    ['witness.seen', seen],
    ...(isSealed ? [['witness.official', official] as const] : []),
  ] as const
  for (const [rule, text] of policies) {
    const policy = parsePolicy(text)
    const verified = policy.ok ? verifyWitnessed(backend.ed25519, policy.value, note) : policy
    if (!verified.ok) findings.fail(rule, null, verified.detail ?? verified.error)
    else if (policy.ok && policy.value.quorum === null) {
      findings.remark('witnesses', NO_WITNESSES)
    }
  }
}

function skipWhatCannotRun(pin: Pin, findings: Findings): void {
  if (pin.manifestHash === undefined && pin.authorityVkey === undefined) {
    findings.skip('pinned', NO_PIN)
  }
}

/** Once a result is announced nothing is verified unless the result is. */
function reachedStage(election: ElectionCheck): Stage {
  const polls = election.polls
  if (polls === 'sealed' && election.hasResult) return 'final'
  return polls === 'not-open' ? 'setup' : polls
}

function buildReport(
  stage: Stage,
  checkpoint: Checkpoint | null,
  election: ElectionCheck,
  findings: Findings,
): Report {
  const checks = findings.results(stage)
  const verified = checks.every(({ status }) => status === 'PASS')
  const titles = (election.manifest?.contests ?? []).map(({ id, title, options }) => ({
    id,
    title,
    options: options.map((option) => ({ id: option.id, title: option.title })),
  }))
  return {
    verified,
    stage,
    stageVerified: verified ? stage : null,
    election: election.manifest?.id ?? null,
    manifestHash: election.manifestHash === undefined ? null : toHex(election.manifestHash),
    checkpoint: checkpoint && { size: checkpoint.size, root: toBase64(checkpoint.root) },
    checks,
    counts: election.counts(),
    ...election.counted(),
    titles,
  }
}
