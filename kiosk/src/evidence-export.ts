import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DurableWriteError, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { openDatabase, SqliteError } from '@hanpyo/platform/sqlite.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { EvidenceTable } from './core/box/evidence-table.ts'
import { SCHEMA_VERSION } from './core/box/schema.ts'
import { EVIDENCE_FOLDER } from './ledger-files.ts'

export interface Exported {
  readonly promises: number
  readonly proofs: number
  /** Checkpoints that contradict each other, and fraud proofs. */
  readonly findings: number
}

const README = `hanpyo: 이 투표 단말이 보관한 증거 / evidence that this kiosk keeps

promises/*.note        브리지가 서명한 약속 / promises that a bridge has signed
                       hanpyo verify promise <ledger> --promise FILE --manifest-hash <hash of the announcement>
proofs/*.tlog-proof    표가 장부에 있다는 증명 (C2SP tlog-proof) / proofs that a ballot is in the ledger
findings/*.checkpoint  서로 어긋나는 체크포인트 / signed checkpoints that contradict each other
findings/*.fraud-proof.json  깨진 약속 / broken promises
                       hanpyo verify proof FILE --manifest-hash <hash of the announcement>

파일 이름은 장부 기록의 해시입니다. 누가 무엇을 골랐는지는 들어 있지 않습니다.
Files are named by the hash of a ledger record. Nothing here says who voted or what was chosen.
`

/**
 * Writes what the kiosk holds against bridges and ledger to a folder, one file a piece, for a memory stick. Works while the core
 * runs. No ballot, slip number or time of a vote is among it: names are leaf hashes, and files are written in their order.
 */
export async function exportEvidence(
  dataDir: string,
  out: string,
): Promise<Result<Exported, 'box-unreadable' | 'box-of-another-version' | 'not-written'>> {
  const read = readBox(join(dataDir, 'box.sqlite'))
  if (!read.ok) return read
  const files: [string, string | Uint8Array][] = [['README.txt', README]]
  for (const { leaf, bridge, note } of read.value.promises) {
    files.push([join('promises', `${toHex(leaf)}.${bridge}.note`), note])
  }
  for (const { leaf, text } of read.value.proofs) {
    files.push([join('proofs', `${toHex(leaf)}.tlog-proof`), text])
  }
  const kept = join(dataDir, EVIDENCE_FOLDER)
  const names = (await readdir(kept).catch(() => [])).filter((name) => /^[0-9a-z.-]+$/.test(name)).sort()
  for (const name of names) files.push([join('findings', name), await readFile(join(kept, name))])
  try {
    for (const folder of ['promises', 'proofs', 'findings'])
      await mkdir(join(out, folder), { recursive: true })
    for (const [name, content] of files) await writeDurable(join(out, name), content)
  } catch (error) {
    if (error instanceof DurableWriteError) return err('not-written', error.message)
    const { code, path } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    return err('not-written', `${code} ${path ?? out}`)
  }
  const { promises, proofs } = read.value
  return ok({ promises: promises.length, proofs: proofs.length, findings: names.length })
}

function readBox(path: string) {
  try {
    const database = openDatabase(path, { journal: 'DELETE', synchronous: 'EXTRA', readOnly: true })
    try {
      const version = database.prepare('PRAGMA user_version').get<{ user_version: number }>()?.user_version
      if (version !== SCHEMA_VERSION) return err('box-of-another-version' as const)
      const table = new EvidenceTable(database)
      return ok({ promises: table.promises(), proofs: table.proofs() })
    } finally {
      database.close()
    }
  } catch (error) {
    if (error instanceof SqliteError) return err('box-unreadable' as const, error.message)
    throw error
  }
}
