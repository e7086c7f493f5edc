import { decodeUtf8, equalBytes, toHex } from '@hanpyo/protocol/bytes.ts'
import { CiphertextCollector } from '@hanpyo/protocol/count/collect.ts'
import type { CountState } from '@hanpyo/protocol/count/count-state.ts'
import { type CountedLeaf, CountReplay } from '@hanpyo/protocol/count/replay.ts'
import { type Manifest, parseManifest } from '@hanpyo/protocol/election/manifest.ts'
import { parseLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import { isStopping, RULES, type Violation } from '@hanpyo/protocol/election/rules.ts'
import { ElectionState } from '@hanpyo/protocol/election/state.ts'
import { type BatchGroup, createLocalBatch } from '@hanpyo/protocol/group/batch.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { openCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { noteVerifier, parseNote } from '@hanpyo/protocol/log/note.ts'
import { parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import { readLog } from '@hanpyo/protocol/log/read-log.ts'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'
import { bundlesOf, decodeBundle } from '@hanpyo/protocol/log/tiles.ts'
import { verifyWitnessed } from '@hanpyo/protocol/log/witnessed.ts'
import { ceremonyBlobName, checkCeremony } from '@hanpyo/protocol/proofs/ceremony-check.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'

export type LoadCountError =
  | 'ledger-missing'
  | 'ledger-damaged'
  | 'ledger-breaks-rule'
  | 'ledger-other-election'
  | 'ledger-not-official'

/** A ledger that was read and checked from its first record to its last, with everything that was counted so far. */
export interface LoadedCount {
  readonly backend: CryptoBackend
  readonly batch: BatchGroup
  readonly manifest: Manifest
  /** H_m, 32 bytes. */
  readonly manifestHash: Uint8Array
  readonly election: ElectionState
  /** Stages of every contest; empty lists while the polls are not sealed. */
  readonly count: CountState
  readonly size: number
  /** Root of the checkpoint in hex: what people compare. */
  readonly root: string
  /** Records that count for nothing: invalid or repeated shares. */
  readonly skipped: readonly Violation[]
  /** What the ledger leaves for people to decide. */
  readonly remarks: readonly Violation[]
}

export interface LoadCountInput {
  readonly backend: CryptoBackend
  readonly reader: LogReader
  /** For the proofs of the count; the calling thread otherwise. */
  readonly batch?: BatchGroup
  /** H_m in hex, known from elsewhere: another manifest is refused. */
  readonly manifestHash?: string
  /** Called with leaves read and leaves in all. */
  readonly progress?: (done: number, total: number) => void
}

/**
 * Reads a ledger as a trustee does before it acts: own copy, every signature, ballot, mix and share checked, the root
 * compared. Any record that breaks a stopping rule ends it; invalid shares are listed and skipped.
 */
export async function loadCount(input: LoadCountInput): Promise<Result<LoadedCount, LoadCountError>> {
  const { backend, reader, batch = createLocalBatch(backend.group) } = input
  const begun = await begin(input)
  if (!begun.ok) return begun
  const { election, checkpoint, first, isOfficial } = begun.value
  const { manifest, manifestHash } = election
  const collector = new CiphertextCollector(manifest, election.context())
  let replay: CountReplay | undefined
  const openReplay = (): CountReplay =>
    new CountReplay({
      batch,
      manifest,
      manifestHash,
      ballots: (contest) => collector.list(contest),
      blob: (hash) => reader.blob(hash),
    })
  const skipped: Violation[] = []
  const remarks: Violation[] = []
  let broken: Violation | undefined
  let isOneManifest = true
  const take = async (leaf: Uint8Array, index: number): Promise<void> => {
    input.progress?.(index + 1, checkpoint.size)
    if (index === 0) isOneManifest = equalBytes(leaf, first)
    if (index === 0 || broken !== undefined || !isOneManifest) return
    const found = election.apply(leaf)
    broken = found.find(isStopping)
    remarks.push(...found.filter((violation) => !isStopping(violation)))
    if (broken !== undefined) return
    collector.add(leaf)
    if (election.polls !== 'sealed') return
    replay ??= openReplay()
    const counted: CountedLeaf = await replay.apply(index, leaf)
    broken = counted.violations.find(isStopping)
    skipped.push(...counted.violations.filter((violation) => !isStopping(violation)))
  }
  const read = await readLog(reader, checkpoint, take)
  if (!read.ok) return err('ledger-damaged', [read.error, read.detail].filter(Boolean).join(', '))
  if (!isOneManifest) return err('ledger-damaged', 'record 0 was served in two forms')
  if (broken !== undefined) return err('ledger-breaks-rule', describe(broken))
  // A trustee acts on nothing that independent bodies have not seen and checked: another tree may have been shown to them.
  if (election.polls === 'sealed' && !isOfficial) return err('ledger-not-official')
  const left = election.finish(election.polls === 'sealed' ? 'sealed' : 'setup')
  const stopping = left.find(isStopping)
  if (stopping !== undefined) return err('ledger-breaks-rule', describe(stopping))
  return ok({
    backend,
    batch,
    manifest,
    manifestHash,
    election,
    count: (replay ?? openReplay()).state,
    size: checkpoint.size,
    root: toHex(checkpoint.root),
    skipped,
    remarks: [...remarks, ...left],
  })
}

/** One line: record, rule number, sentence, detail. */
export function describe({ index, rule, message, detail }: Violation): string {
  return `record ${index}, rule ${RULES[rule].number} ${rule}: ${message}${detail === undefined ? '' : ` (${detail})`}`
}

/** The manifest, everything it commits to, and the checkpoint by the log key it names. */
async function begin(input: LoadCountInput) {
  const { backend, reader } = input
  const signed = await reader.checkpoint()
  if (signed === null) return err<LoadCountError>('ledger-missing')
  const first = await firstLeaf(reader, signed)
  const leaf = first === null ? null : parseLeaf(first)
  if (first === null || !leaf?.ok || leaf.value.type !== RECORD.manifest)
    return err<LoadCountError>('ledger-damaged', 'record 0')
  const manifestNote = textOf(leaf.value.body)
  const note = parseNote(manifestNote)
  const parsed = note.ok ? parseManifest(note.value.text) : note
  if (!parsed.ok) return err<LoadCountError>('ledger-damaged', `record 0, ${parsed.detail ?? parsed.error}`)
  const credentialList = await reader.blob(parsed.value.credentials.blob)
  if (credentialList === null) return err<LoadCountError>('ledger-damaged', 'the list of slips is missing')
  const supportList = await reader.blob(parsed.value.supportKeys.blob)
  if (supportList === null)
    return err<LoadCountError>('ledger-damaged', 'the list of support keys is missing')
  const election = ElectionState.open({ backend, manifestNote, credentialList, supportList })
  if (!election.ok) {
    return err<LoadCountError>(
      'ledger-breaks-rule',
      `record 0, ${election.error} ${election.detail ?? ''}`.trimEnd(),
    )
  }
  const { manifest, manifestHash } = election.value
  if (input.manifestHash !== undefined && input.manifestHash !== toHex(manifestHash)) {
    return err<LoadCountError>('ledger-other-election', `manifest hash ${toHex(manifestHash)}`)
  }
  const ceremony = checkCeremony(backend, manifest, await reader.blob(ceremonyBlobName(manifest)))
  if (!ceremony.ok) {
    return err<LoadCountError>(
      'ledger-breaks-rule',
      `rule ${RULES[ceremony.error].number} ${ceremony.error}: ${ceremony.detail}`,
    )
  }
  const logKey = noteVerifier(backend.ed25519, manifest.keys.log)
  const opened = logKey.ok ? openCheckpoint(signed, logKey.value) : logKey
  if (!opened.ok) return err<LoadCountError>('ledger-damaged', `checkpoint: ${opened.error}`)
  const policy = parsePolicy(manifest.policies.official)
  const isOfficial = policy.ok && verifyWitnessed(backend.ed25519, policy.value, signed).ok
  return ok({ election: election.value, checkpoint: opened.value.checkpoint, first, isOfficial })
}

/** Leaf 0, before the key that signs the checkpoint is known. */
async function firstLeaf(reader: LogReader, signed: string): Promise<Uint8Array | null> {
  const size = Number(signed.split('\n')[1])
  const bundle = bundlesOf(Number.isSafeInteger(size) ? Math.min(size, 256) : 0)
    [Symbol.iterator]()
    .next().value
  if (bundle === undefined) return null
  const bytes = await reader.entries(bundle.index, bundle.width)
  const leaves = bytes === null ? null : decodeBundle(bytes, bundle.width)
  return leaves?.ok ? (leaves.value[0] ?? null) : null
}

function textOf(body: Uint8Array): string {
  try {
    return decodeUtf8(body)
  } catch {
    return ''
  }
}
