import { mkdtempSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { writeDurable } from '@hanpyo/platform/durable-file.ts'
import { toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { createLocalBatch } from '@hanpyo/protocol/group/batch.ts'
import { formatAddCheckpoint } from '@hanpyo/protocol/log/add-checkpoint.ts'
import { cosignerVkey } from '@hanpyo/protocol/log/cosignature.ts'
import { consistencyProofFromTiles } from '@hanpyo/protocol/log/hash-reader.ts'
import { encodeSkey } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { buildLedger } from '@hanpyo/protocol/testing/build-ledger.ts'
import { COPY_FOLDER, MIRROR_STORE_FILE } from '../mirror/folder.ts'
import { Mirror } from '../mirror/mirror.ts'
import { fileLog } from '../source/file-log.ts'
import { COSIGNER_KEY_FILE, WITNESS_STORE_FILE } from '../witness/commands.ts'
import { openWitnessStore } from '../witness/store.ts'
import { Witness } from '../witness/witness.ts'

/**
 * A witness or a mirror through the days of a small election. Says on standard output `folder <path>` once it is set up, and
 * `signed <base64 of the note>` for everything it has given its name to. Run under strace to see what of it was on the disk
 * by then.
 */
const role = process.argv[2]
const backend = await createNodeBackend()
const { ed25519 } = backend
const say = (line: string): void => void writeSync(1, `${line}\n`)
const dir = mkdtempSync(join(tmpdir(), 'hanpyo-cosigner-'))
const name = `${role}.example/day`
const seed = new Uint8Array(32).fill(5)
const ledgers = (['setup', 'open', 'closed', 'sealed'] as const).map((stage) =>
  buildLedger({ backend, ceremony: { trustees: 3, threshold: 2 }, stage }),
)
const [first] = ledgers
if (first === undefined) throw new Error('no ledger')
const { election, log } = first
const store = openWitnessStore(join(dir, role === 'mirror' ? MIRROR_STORE_FILE : WITNESS_STORE_FILE))
await writeDurable(
  join(dir, COSIGNER_KEY_FILE),
  JSON.stringify({
    type: 'hanpyo-cosigner-key',
    name,
    vkey: cosignerVkey(ed25519, name, seed),
    skey: encodeSkey({ ed25519, name, seed }),
  }),
  { mode: 0o600 },
)
let seconds = 1_800_000_000
const witness = new Witness({ ed25519, store, name, seed, now: () => ++seconds })
const told = (): void => {
  say(`signed ${Buffer.from(witness.cosignedNote(log.origin) ?? '').toString('base64')}`)
}

if (role === 'witness') {
  store.add(log.origin, election.manifest.keys.log)
  say(`folder ${dir}`)
  let oldSize = 0
  for (const { log: grown } of ledgers) {
    const proof =
      oldSize === 0 ? [] : expectOk(await consistencyProofFromTiles(grown.reader(), oldSize, grown.size))
    expectOk(
      witness.addCheckpoint(utf8(formatAddCheckpoint({ oldSize, proof, note: grown.checkpoint as string }))),
    )
    oldSize = grown.size
    told()
  }
} else {
  let files = log.allFiles()
  const mirror = new Mirror({
    folder: join(dir, COPY_FOLDER),
    source: fileLog('the log', async (path) => files.get(path) ?? null),
    pin: { manifestHash: toHex(election.manifestHash) },
    backend,
    batch: createLocalBatch(backend.group),
    openPool: () => ({ verify: async (jobs) => jobs.map(() => null), close: async () => {} }),
    witness,
    trust: (logVkey) => void store.add(logVkey.slice(0, logVkey.indexOf('+')), logVkey),
  })
  expectOk(await mirror.resume())
  say(`folder ${dir}`)
  for (const ledger of ledgers) {
    files = ledger.log.allFiles()
    expectOk(await mirror.follow())
    told()
  }
  await mirror.close()
}
store.close()
