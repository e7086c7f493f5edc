import { expect, test } from 'vitest'
import { parseBallot } from '../ballot/layout.ts'
import { concatBytes, toHex } from '../bytes.ts'
import { encodeLeaf, RECORD } from '../election/records.ts'
import { isStopping } from '../election/rules.ts'
import { ElectionState } from '../election/state.ts'
import { createNobleEd25519 } from '../group/ed25519-noble.ts'
import { createSodiumGroup } from '../group/sodium.ts'
import { expectOk } from '../result.ts'
import { buildLedger } from '../testing/build-ledger.ts'
import { CIPHERTEXT_BYTES, CiphertextCollector } from './collect.ts'

const backend = { group: await createSodiumGroup(), ed25519: createNobleEd25519() }

test('every contest gets the ciphertexts of its ballots in the order of the ledger, and of nothing else', () => {
  const { election, log } = buildLedger({ backend })
  const { manifestNote, credentialList, manifest } = election
  const state = expectOk(ElectionState.open({ backend, manifestNote, credentialList }))
  const collector = new CiphertextCollector(manifest, state.context())
  const expected = new Map<number, Uint8Array[]>(manifest.contests.map(({ id }) => [id, []]))
  for (const leaf of log.leaves.slice(1)) {
    if (state.apply(leaf).some(isStopping)) continue
    collector.add(leaf)
    if (leaf[0] !== RECORD.ballot) continue
    const ballot = expectOk(parseBallot(leaf.subarray(1)))
    const { contestIds } = state.context().credential(ballot.credentialIndex)!
    ballot.ciphertexts.forEach(({ c1, c2 }, i) => {
      expected.get(contestIds[i]!)?.push(c1, c2)
    })
  }
  for (const { id } of manifest.contests) {
    expect(toHex(collector.list(id))).toBe(toHex(concatBytes(...expected.get(id)!)))
  }
  expect(collector.list(1).length).toBe(state.ballotCount * CIPHERTEXT_BYTES)
  expect(collector.list(2).length).toBeGreaterThan(0)
  expect(collector.list(2).length).toBeLessThan(collector.list(1).length)
  expect(collector.list(9)).toHaveLength(0)
})

test('a ballot that was not verified is a mistake of the caller', () => {
  const { election } = buildLedger({ backend, stage: 'setup' })
  const collector = new CiphertextCollector(election.manifest, { credential: () => undefined })
  expect(() => collector.add(encodeLeaf(RECORD.ballot, new Uint8Array(219)))).toThrow(RangeError)
  collector.add(encodeLeaf(RECORD.refusal, new Uint8Array(9)))
})
