import type { Database } from '@hanpyo/platform/sqlite.ts'
import { ballotLength } from '@hanpyo/protocol/ballot/layout.ts'
import { encodeLeaf, RECORD, signRecord } from '@hanpyo/protocol/election/records.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { counterRandom } from '@hanpyo/protocol/testing/counter-random.ts'
import type { LeafProof, Statement } from '../core/box/ballot-box.ts'
import { openBoxDatabase } from '../core/box/open-box.ts'
import { SqliteBallotBox } from '../core/box/sqlite-box.ts'

const kioskId = 3
const manifestHash = counterRandom('filled box')(32)
const seed = counterRandom('filled box key')(32)

/** A box on disk whose contents have the shape of ballots; the same numbers give the same bytes in every process. */
export function openTestBox(
  path: string,
  wrap: (database: Database) => Database = (it) => it,
  bridges: readonly string[] = ['b1'],
) {
  const database = expectOk(openBoxDatabase(path, { kioskId, manifestHash }))
  const box = new SqliteBallotBox({
    database: wrap(database),
    kioskId,
    manifestHash,
    bridges,
    signManifest: (value) =>
      signRecord({ ed25519: nobleEd25519, keyName: 'example.org/kiosk/3', seed, value }),
    onNotRebuilt: () => {},
  })
  return { box, database }
}

/** Bytes with a ballot's shape; the box does not look inside. */
export function testBallot(slipNumber: number): { canonical: Uint8Array; slipNumber: number } {
  const canonical = counterRandom(`ballot ${slipNumber}`)(ballotLength(1))
  canonical.set([
    0x01,
    0x00,
    ...manifestHash.subarray(0, 4),
    0,
    slipNumber >> 8,
    slipNumber & 0xff,
    0,
    kioskId,
  ])
  return { canonical, slipNumber }
}

/** Proofs of the ballots of slips 0 … count - 1; the box does not check them. */
export function testProofs(count: number): LeafProof[] {
  return Array.from({ length: count }, (_, slip) => ({
    leaf: leafHash(encodeLeaf(RECORD.ballot, testBallot(slip).canonical)),
    index: 7 + slip,
    hashes: [manifestHash, seed],
  }))
}

/** Bytes with a proposal's shape: 151 of body, then salt and a long text. */
export function testProposal(number: number): Statement {
  const datagram = counterRandom(`proposal ${number}`)(1 + 151 + 16 + 1 + 400)
  datagram[0] = 0x20
  return { kind: 'proposal', datagram }
}

/** Bytes with a support's shape. */
export function testSupport(number: number): Statement {
  const datagram = counterRandom(`support ${number}`)(1 + 150)
  datagram[0] = 0x21
  return { kind: 'support', datagram }
}
