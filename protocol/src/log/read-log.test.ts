import { expect, test } from 'vitest'
import { utf8 } from '../bytes.ts'
import { nobleEd25519 } from '../group/ed25519-noble.ts'
import { expectOk } from '../result.ts'
import { LedgerBuilder } from '../testing/ledger-builder.ts'
import { openCheckpoint } from './checkpoint.ts'
import { noteVerifier, vkeyOf } from './note.ts'
import { pathReader, readLog } from './read-log.ts'
import { entriesPath } from './tiles.ts'

const origin = 'log.example/read'
const logSeed = new Uint8Array(32).fill(3)

function builtLog(leaves: number) {
  const log = new LedgerBuilder({ ed25519: nobleEd25519, origin, logSeed })
  log.addLeaves(Array.from({ length: leaves }, (_, i) => utf8(`leaf ${i}`)))
  log.publish()
  const files = log.allFiles()
  const reader = pathReader(async (path) => files.get(path) ?? null)
  const verifier = expectOk(noteVerifier(nobleEd25519, vkeyOf(nobleEd25519, origin, logSeed)))
  return { files, reader, verifier }
}

async function read(leaves: number, change?: (files: Map<string, Uint8Array>) => void) {
  const { files, reader, verifier } = builtLog(leaves)
  change?.(files)
  const { checkpoint } = expectOk(openCheckpoint((await reader.checkpoint()) as string, verifier))
  const taken: string[] = []
  const result = await readLog(reader, checkpoint, (leaf, index) => {
    expect(taken.length).toBe(index)
    taken.push(new TextDecoder().decode(leaf))
  })
  return { result, taken }
}

test('every leaf is read in order, over several bundles', async () => {
  const { result, taken } = await read(600)
  expect(result).toMatchObject({ ok: true })
  expect(taken).toEqual(Array.from({ length: 600 }, (_, i) => `leaf ${i}`))
  expect((await read(0)).result).toMatchObject({ ok: true })
})

test('a bundle that is missing, cut off or changed is found', async () => {
  const path = entriesPath(1)
  const changed = (change: (bytes: Uint8Array) => Uint8Array) =>
    read(600, (files) => files.set(path, change((files.get(path) as Uint8Array).slice())))
  expect((await read(600, (files) => files.delete(path))).result).toMatchObject({
    error: 'log-entries-missing',
  })
  expect((await changed((bytes) => bytes.subarray(0, -1))).result).toMatchObject({
    error: 'log-entries-malformed',
  })
  const other = await changed((bytes) => bytes.fill(0x41, -1))
  expect(other.result).toMatchObject({ error: 'log-root' })
})
