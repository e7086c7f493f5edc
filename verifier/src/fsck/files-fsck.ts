import { createHash } from 'node:crypto'
import { equalBytes } from '@hanpyo/protocol/bytes.ts'
import { type Checkpoint, openCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { compactRangeFromTiles } from '@hanpyo/protocol/log/hash-reader.ts'
import { CompactRange } from '@hanpyo/protocol/log/merkle.ts'
import type { NoteVerifier } from '@hanpyo/protocol/log/note.ts'
import { parseTilePath, TILE_WIDTH, type TilePath, tileWidth } from '@hanpyo/protocol/log/tiles.ts'
import { readBundle, readTilePart } from '../leaves.ts'
import type { HeldLog } from '../source/held.ts'
import { LIMITS, OversizeError } from '../source/source.ts'
import type { Words } from './catalogue.ts'
import type { FsckFindings } from './findings.ts'

const SUMS = 'SHA256SUMS'
/** A list of 65,535 files with long names is a tenth of this. */
const MAX_SUMS_BYTES = 64 << 20
const MAX_SUMMED_BYTES = LIMITS.blob
const NAMED_IN_REMARKS = 5

interface Input {
  readonly held: HeldLog
  readonly checkpoint: Checkpoint
  /** The log's key, when it is known. */
  readonly log: NoteVerifier | undefined
  /** Blobs that records name; they have been checked. */
  readonly namedBlobs: ReadonlySet<string>
  readonly findings: FsckFindings
  readonly onFile?: ((done: number) => void) | undefined
}

/** Files of a kind that is no damage, counted with the first names. */
class Tally {
  count = 0
  readonly names: string[] = []

  add(path: string): void {
    this.count += 1
    if (this.names.length < NAMED_IN_REMARKS) this.names.push(path)
  }
}

/** Looks at every file there is: narrower tiles of earlier checkpoints, blobs nobody names, leftovers, evidence, sums. */
export async function checkFiles(input: Input): Promise<void> {
  const { held, findings, namedBlobs } = input
  const beyond = new Tally()
  const unnamed = new Tally()
  const leftovers = new Tally()
  const evidence = new Tally()
  let done = 0
  for await (const path of held.paths()) {
    input.onFile?.(++done)
    const tile = parseTilePath(path)
    const name = path.slice(path.lastIndexOf('/') + 1)
    if (path.startsWith('.incoming-') || name.endsWith('.tmp')) leftovers.add(path)
    else if (tile.ok) await checkTile(input, path, tile.value, beyond)
    else if (path.startsWith('blob/') && /^[0-9a-f]{64}$/.test(name) && !namedBlobs.has(name)) {
      unnamed.add(path)
      await checkHash(held, path, name, findings)
    } else if (path.startsWith('conflicts/')) {
      evidence.add(path)
      await checkEvidence(input, path)
    } else if (path === SUMS) await checkSums(held, findings)
  }
  remark(findings, beyond, {
    en: 'files reach beyond the checkpoint: an interrupted step of a mirror, which is taken up again',
    ko: '개 파일이 체크포인트를 넘어섭니다. 중단된 복사 단계이며 다음에 이어집니다',
  })
  remark(findings, unnamed, {
    en: 'blobs are named by no record up to the checkpoint',
    ko: '개 첨부 자료는 체크포인트까지의 어느 기록도 가리키지 않습니다',
  })
  remark(findings, leftovers, {
    en: 'files are left over from an interrupted write and may be deleted',
    ko: '개 파일은 중단된 쓰기의 흔적이며 지워도 됩니다',
  })
  remark(findings, evidence, {
    en: 'signed notes are kept as evidence',
    ko: '개 서명된 문서를 증거로 보관하고 있습니다',
  })
}

function remark(findings: FsckFindings, { count, names }: Tally, { en, ko }: Words): void {
  if (count === 0) return
  const list = `${names.join(', ')}${count > names.length ? ', …' : ''}`
  findings.remark('files', { en: `${count} ${en}: ${list}`, ko: `${count}${ko}: ${list}` })
}

/** A tile or bundle of another width than the checkpoint's must say the same about the records both hold. */
async function checkTile(input: Input, path: string, tile: TilePath, beyond: Tally): Promise<void> {
  const { held, checkpoint, findings } = input
  const level = tile.kind === 'tile' ? tile.level : 0
  const { index, width } = tile
  const due = tileWidth(checkpoint.size, level, index)
  if (width === due) return
  if (width > due) beyond.add(path)
  if (due === 0) return
  const limit = tile.kind === 'tile' ? LIMITS.tile : LIMITS.entries
  const own = await readWhole(held, path, limit)
  if (own === null) return findings.damage('files', 'too-large', path)
  const verified =
    tile.kind === 'tile'
      ? await readTilePart(held.source, { level, index, width: due })
      : await bundleBytes(held, index, due)
  // What is missing or cut off itself has its own line.
  if (!('bytes' in verified)) return
  const common = Math.min(own.length, verified.bytes.length)
  const isSame = equalBytes(own.subarray(0, common), verified.bytes.subarray(0, common))
  if (!isSame) return findings.damage('files', 'other-content', path)
  const isWhole =
    tile.kind === 'tile'
      ? own.length === width * 32
      : (await readBundle({ entries: async () => own }, { index, width })).problem === undefined
  if (!isWhole) findings.damage('files', 'half-written', path)
}

async function bundleBytes(
  { source }: HeldLog,
  index: number,
  width: number,
): Promise<{ readonly bytes: Uint8Array } | { readonly problem: string }> {
  const bytes = (await source.entries(index, width)) ?? (await source.entries(index))
  return bytes === null ? { problem: 'not there' } : { bytes }
}

async function checkHash(held: HeldLog, path: string, hash: string, findings: FsckFindings): Promise<void> {
  const bytes = await readWhole(held, path, LIMITS.blob)
  if (bytes === null) return findings.damage('files', 'too-large', path)
  if (sha256Hex(bytes) !== hash) findings.damage('files', 'wrong-hash', path)
}

/** A note that the log signed and whose tree is not the beginning of this one proves that the log lied to somebody. */
async function checkEvidence({ held, checkpoint, log, findings }: Input, path: string): Promise<void> {
  const bytes = await readWhole(held, path, LIMITS.checkpoint)
  const opened = bytes === null || log === undefined ? null : openCheckpoint(bytes, log)
  if (!opened?.ok) return
  const other = opened.value.checkpoint
  if (other.origin !== checkpoint.origin || other.size > checkpoint.size) return
  const tile = async (level: number, index: number, width = TILE_WIDTH): Promise<Uint8Array | null> => {
    const read = await readTilePart(held.source, { level, index, width })
    return 'bytes' in read ? read.bytes : null
  }
  const range = await compactRangeFromTiles({ tile }, other.size, checkpoint.size)
  if (!range.ok || equalBytes(CompactRange.from(other.size, range.value).root(), other.root)) return
  findings.damage('files', 'contradiction', path, `size ${other.size}`)
}

/** Every file that the list of an archive names is there with its hash. */
async function checkSums(held: HeldLog, findings: FsckFindings): Promise<void> {
  const bytes = await readWhole(held, SUMS, MAX_SUMS_BYTES)
  if (bytes === null) return findings.damage('files', 'too-large', SUMS)
  for (const line of new TextDecoder().decode(bytes).split('\n')) {
    if (line === '') continue
    const [, hash, path] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? []
    if (hash === undefined || path === undefined || path.split('/').includes('..')) {
      findings.damage('files', 'half-written', SUMS)
      return
    }
    const listed = await readWhole(held, path, MAX_SUMMED_BYTES)
    if (listed === null) findings.damage('files', 'missing', path)
    else if (sha256Hex(listed) !== hash) findings.damage('files', 'wrong-hash', path, `listed in ${SUMS}`)
  }
}

async function readWhole(held: HeldLog, path: string, maxBytes: number): Promise<Uint8Array | null> {
  try {
    return await held.read(path, maxBytes)
  } catch (error) {
    if (error instanceof OversizeError) return null
    throw error
  }
}

function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
