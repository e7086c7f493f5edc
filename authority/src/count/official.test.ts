import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { cosign, cosignerVkey } from '@hanpyo/protocol/log/cosignature.ts'
import { formatNote, parseNote } from '@hanpyo/protocol/log/note.ts'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { buildLedger, type LedgerStage } from '@hanpyo/protocol/testing/build-ledger.ts'
import { expect, test } from 'vitest'
import { loadCount } from './load-count.ts'

const backend = await createNodeBackend()
const { ed25519 } = backend
const mirror = { name: 'mirror.example', seed: new Uint8Array(32).fill(7) }

/** A ledger whose end is official when the mirror has signed it, and how a trustee reads it. */
function readerOf(stage: LedgerStage, isCosigned: boolean): LogReader {
  const vkey = cosignerVkey(ed25519, mirror.name, mirror.seed)
  const ledger = buildLedger({
    backend,
    stage,
    ceremony: { trustees: 3, threshold: 2 },
    change: (manifest) => {
      const official = `log ${manifest.keys.log}\nwitness m ${vkey}\nquorum m\n`
      return { ...manifest, policies: { ...manifest.policies, official } }
    },
  })
  const note = expectOk(parseNote(ledger.log.checkpoint as string))
  const line = cosign({ ed25519, ...mirror, timestamp: 1_800_000_000, checkpointText: note.text })
  const files = ledger.log.allFiles()
  const signed = formatNote(note.text, isCosigned ? [...note.signatures, line] : note.signatures)
  const blob = async (hash: string) => files.get(`blob/${hash}`) ?? null
  return { ...ledger.log.reader(), blob, checkpoint: async () => signed }
}

test('a trustee acts on a sealed ledger only when the official policy has signed its end', async () => {
  expect(await loadCount({ backend, reader: readerOf('sealed', false) })).toMatchObject({
    ok: false,
    error: 'ledger-not-official',
  })
  expect(await loadCount({ backend, reader: readerOf('sealed', true) })).toMatchObject({ ok: true })
})

test('before the seal it may be looked at without', async () => {
  expect(await loadCount({ backend, reader: readerOf('open', false) })).toMatchObject({ ok: true })
})
