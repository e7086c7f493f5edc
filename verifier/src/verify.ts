import { toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import type { Stage } from '@hanpyo/protocol/election/state.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { type Checkpoint, openCheckpoint, parseCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { noteVerifier, parseNote } from '@hanpyo/protocol/log/note.ts'
import { parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import { TILE_WIDTH } from '@hanpyo/protocol/log/tiles.ts'
import { verifyWitnessed } from '@hanpyo/protocol/log/witnessed.ts'
import { CHECKS } from './checks/catalogue.ts'
import { ElectionCheck, type Pin } from './election-check.ts'
import { type ReadBundle, readBundles, readTilePart } from './leaves.ts'
import { Findings, type Report } from './report.ts'
import { OversizeError, type Source, SourceError } from './source/source.ts'
import { TreeCheck } from './tree.ts'

export interface VerifyInput {
  readonly source: Source
  readonly backend: CryptoBackend
  readonly pin?: Pin
  /** What the log should have reached; without it, the stage it says it is in. */
  readonly stage?: Stage
  /** Told after each bundle how many records have been read. */
  readonly onProgress?: (records: number, size: number) => void
}

export interface VerifyOutcome {
  readonly report: Report
  /** The checkpoint note that was verified, byte for byte. */
  readonly checkpointNote: string
  readonly checkpoint: Checkpoint | null
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
  const election = new ElectionCheck({ backend, source, pin: input.pin ?? {}, findings })
  const checkpoint = readCheckpoint(note, findings)
  if (checkpoint !== null) {
    const tree = new TreeCheck(checkpoint, (tile) => readTilePart(source, tile), findings)
    for await (const bundle of readBundles(source, checkpoint.size)) {
      await checkBundle(bundle, tree, election, findings)
      input.onProgress?.(bundle.index * TILE_WIDTH + bundle.width, checkpoint.size)
    }
    tree.finish()
    checkSignature(note, backend, election, findings)
  }
  const stage = input.stage ?? reachedStage(election)
  election.finish(stage)
  if (checkpoint !== null) checkWitnesses(note, stage, backend, election, findings)
  skipWhatCannotRun(input.pin ?? {}, findings)
  return { report: buildReport(stage, checkpoint, election, findings), checkpointNote: note, checkpoint }
}

async function checkBundle(
  bundle: ReadBundle,
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
  for (const [i, leaf] of entries.slice(0, usable).entries()) {
    if (first + i === 0) await election.begin(leaf as Uint8Array)
    else await election.apply(leaf as Uint8Array)
  }
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
  for (const { id } of CHECKS) if (id !== 'checkpoint') findings.skip(id, 'there is no valid checkpoint')
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
      findings.remark('witnesses', "the manifest's policy asks for no witness")
    }
  }
}

function skipWhatCannotRun(pin: Pin, findings: Findings): void {
  if (pin.manifestHash === undefined && pin.authorityVkey === undefined) {
    findings.skip('pinned', 'give --manifest-hash or --authority, taken from the printed announcement')
  }
  findings.skip('count', 'this version does not check mixes, decryption and result')
}

function reachedStage(election: ElectionCheck): Stage {
  const polls = election.polls
  return polls === 'not-open' ? 'setup' : polls
}

function buildReport(
  stage: Stage,
  checkpoint: Checkpoint | null,
  election: ElectionCheck,
  findings: Findings,
): Report {
  const checks = findings.results(stage)
  return {
    verified: checks.every(({ status }) => status === 'PASS'),
    stage,
    election: election.manifest?.id ?? null,
    manifestHash: election.manifestHash === undefined ? null : toHex(election.manifestHash),
    checkpoint: checkpoint && { size: checkpoint.size, root: toBase64(checkpoint.root) },
    checks,
    counts: election.counts(),
  }
}
