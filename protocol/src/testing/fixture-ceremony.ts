import type { CryptoBackend, RandomBytes } from '../group/group.ts'
import { decodeScalar, ORDER } from '../group/scalar.ts'
import { encodeCeremony } from '../proofs/ceremony.ts'
import { lagrangeAtZero } from '../proofs/combine.ts'
import { beginCeremony, finishCeremony, makeShares } from '../proofs/dkg.ts'
import { scalarBytes } from '../proofs/shuffle.ts'
import { expectOk } from '../result.ts'

/** A key ceremony with all trustees in one place, and the whole secret that nobody would ever have. */
export interface FixtureCeremony {
  /** The published blob. */
  readonly document: Uint8Array
  /** x_1 .. x_n and the secret of the joint key, 32 bytes each. */
  readonly shares: readonly Uint8Array[]
  readonly electionSecret: Uint8Array
}

/** Runs the ceremony of trustees 1..n, whose note key seeds and vkeys are given in order. For tests only. */
export function runFixtureCeremony(input: {
  readonly backend: CryptoBackend
  readonly random: RandomBytes
  readonly electionId: string
  readonly threshold: number
  readonly seeds: readonly Uint8Array[]
  readonly vkeys: readonly string[]
}): FixtureCeremony {
  const { backend, random, electionId, threshold, seeds, vkeys } = input
  const setup = { electionId, threshold, trustees: vkeys }
  const starts = seeds.map((seed, i) =>
    beginCeremony({ ed25519: backend.ed25519, random, setup, trustee: { index: i + 1, seed } }),
  )
  const commits = starts.map(({ commit }) => commit)
  const reveals = starts.map(({ reveal }) => reveal)
  const sent = starts.map(({ state }) => expectOk(makeShares(backend, state, commits, reveals)))
  const ends = starts.map(({ state }, i) => {
    const received = new Map(
      sent.flatMap((shares, from) => {
        const share = shares.get(i + 1)
        return share === undefined ? [] : [[from + 1, share] as const]
      }),
    )
    return expectOk(finishCeremony({ backend, random, state, commits, reveals, shares: received }))
  })
  const shares = ends.map(({ secretShare }) => secretShare)
  const electionSecret = lagrangeAtZero(shares.map((_, i) => i + 1)).reduce(
    (sum, weight, i) => (sum + weight * decodeScalar(shares[i] as Uint8Array)) % ORDER,
    0n,
  )
  return {
    document: encodeCeremony({ commits, reveals, confirms: ends.map(({ confirm }) => confirm) }),
    shares,
    electionSecret: scalarBytes(electionSecret),
  }
}
