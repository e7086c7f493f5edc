/** What the kiosk keeps of the ledger beside its box: the largest head it has seen, and what convicts a log or a bridge. */
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { DurableWriteError, readIfPresent, writeDurable } from '@hanpyo/platform/durable-file.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { decodeUtf8, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { openCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { noteVerifier } from '@hanpyo/protocol/log/note.ts'
import type { SignedHead } from './core/ledger/head-keeper.ts'

const HEAD_FILE = 'ledger-head.checkpoint'
/** Below the data folder. */
export const EVIDENCE_FOLDER = 'evidence'
/** A liar must not fill the disk on which ballots are stored. */
const MAX_EVIDENCE_FILES = 64

export interface LedgerFiles {
  readonly held: SignedHead | null
  saveHead(head: SignedHead): Promise<void>
  /** Keeps one piece of evidence; one that is there already stays. */
  saveEvidence(name: string, text: string): Promise<void>
  /** Signed checkpoints that contradict each other, by their SHA-256. */
  saveCheckpoints(heads: readonly SignedHead[]): Promise<void>
}

/** Opens the files in `dataDir`. A kept head that this log has not signed is not believed. Failures to write are logged. */
export async function openLedgerFiles(
  dataDir: string,
  deps: { readonly ed25519: Ed25519; readonly logVkey: string; readonly log: Logger },
): Promise<LedgerFiles> {
  const { ed25519, logVkey, log } = deps
  const folder = join(dataDir, EVIDENCE_FOLDER)

  async function write(path: string, text: string): Promise<void> {
    try {
      await writeDurable(path, text, { mode: 0o600 })
    } catch (error) {
      if (!(error instanceof DurableWriteError)) throw error
      log.error('ledger-file-not-written', { reason: error.message })
    }
  }

  async function readHead(): Promise<SignedHead | null> {
    const bytes = await readIfPresent(join(dataDir, HEAD_FILE))
    const verifier = noteVerifier(ed25519, logVkey)
    const opened = bytes === null || !verifier.ok ? null : openCheckpoint(bytes, verifier.value)
    if (bytes === null || opened === null) return null
    if (!opened.ok) {
      log.warn('ledger-head-not-believed', { reason: opened.error })
      return null
    }
    const { size, root } = opened.value.checkpoint
    return { note: decodeUtf8(bytes), size, root }
  }

  async function saveEvidence(name: string, text: string): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const names = await readdir(folder)
    if (names.includes(name)) return
    if (names.length >= MAX_EVIDENCE_FILES) log.warn('evidence-not-kept', { reason: 'enough' })
    else await write(join(folder, name), text)
  }

  return {
    held: await readHead(),
    saveHead: ({ note }) => write(join(dataDir, HEAD_FILE), note),
    saveEvidence,
    async saveCheckpoints(heads) {
      for (const { note } of heads) await saveEvidence(`${toHex(sha256(utf8(note)))}.checkpoint`, note)
    },
  }
}
