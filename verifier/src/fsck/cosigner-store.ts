import { existsSync } from 'node:fs'
import { openDatabase, SqliteError } from '@hanpyo/platform/sqlite.ts'
import { equalBytes } from '@hanpyo/protocol/bytes.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { openCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { cosignatureTimestamp, cosignatureVerifier } from '@hanpyo/protocol/log/cosignature.ts'
import { compactRangeFromTiles } from '@hanpyo/protocol/log/hash-reader.ts'
import { CompactRange } from '@hanpyo/protocol/log/merkle.ts'
import { noteVerifier, verifyNote } from '@hanpyo/protocol/log/note.ts'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'
import { type Cosigned, readCosigned } from '../witness/store.ts'
import type { Words } from './catalogue.ts'
import type { FsckFindings } from './findings.ts'

const NEVER_RESTORE: Words = {
  en: 'Do not put back an older copy: the key would sign a second history. Tell the election authority and make a new key.',
  ko: '옛 사본으로 되돌리지 마세요. 같은 열쇠가 두 번째 기록에 서명하게 됩니다. 선거 주최 측에 알리고 새 열쇠를 만드세요.',
}

/**
 * Checks what a witness or mirror remembers: the database, and for each log the signed note behind the size it vouches for.
 * With `copy`, a mirror's own tiles must hold the tree it cosigned.
 */
export async function checkCosignerStore(input: {
  readonly path: string
  readonly vkey: string
  readonly ed25519: Ed25519
  readonly findings: FsckFindings
  readonly copy?: LogReader
}): Promise<ReadonlyMap<string, Cosigned>> {
  const { path, vkey, ed25519, findings, copy } = input
  const wrong = (en: string, ko: string, detail?: string): void =>
    findings.fail('memory', {
      path,
      record: null,
      what: { en, ko },
      advice: NEVER_RESTORE,
      ...(detail === undefined ? {} : { detail }),
    })
  if (!existsSync(path)) {
    wrong('is missing', '파일이 없습니다')
    return new Map()
  }
  const logs = readStore(path)
  if (typeof logs === 'string') {
    wrong('is damaged', '손상되었습니다', logs)
    return new Map()
  }
  const own = cosignatureVerifier(ed25519, vkey)
  if (!own.ok) throw new Error(`the key of this folder is unusable: ${own.error}`)
  for (const [origin, { size, root, note, timestamp, vkey: logVkey }] of logs) {
    if (size === 0 && note === '') continue
    const log = noteVerifier(ed25519, logVkey)
    const opened = log.ok ? openCheckpoint(note, log.value) : log
    const cosigned = opened.ok ? verifyNote(opened.value.note, [own.value]) : opened
    if (!opened.ok || !cosigned.ok) {
      wrong(
        'holds a note that is not signed by the log and this key',
        '원장과 이 열쇠의 서명이 없는 문서가 있습니다',
        origin,
      )
      continue
    }
    const { checkpoint } = opened.value
    const at = cosigned.value[0] && cosignatureTimestamp(cosigned.value[0].signature)
    if (checkpoint.size !== size || !equalBytes(checkpoint.root, root) || at !== timestamp) {
      wrong(
        'remembers another size or root than it has signed',
        '서명한 크기나 뿌리 해시와 다르게 기억하고 있습니다',
        origin,
      )
    }
    if (copy === undefined) continue
    const range = await compactRangeFromTiles(copy, size, size)
    if (!range.ok || !equalBytes(CompactRange.from(size, range.value).root(), root)) {
      wrong(
        'has signed a tree that the copy beside it does not hold',
        '서명한 기록이 곁의 사본에 없습니다',
        `${origin}, size ${size}`,
      )
    }
  }
  return logs
}

/** The rows, or what SQLite says is wrong with the file. */
function readStore(path: string): ReadonlyMap<string, Cosigned> | string {
  try {
    const database = openDatabase(path, { journal: 'WAL', synchronous: 'FULL' })
    try {
      const [first] = database.prepare('PRAGMA integrity_check').all<{ integrity_check: string }>()
      if (first?.integrity_check !== 'ok') return first?.integrity_check ?? 'no answer'
      return readCosigned(database)
    } finally {
      database.close()
    }
  } catch (error) {
    if (error instanceof SqliteError) return error.message
    throw error
  }
}
