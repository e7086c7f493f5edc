import type { CryptoBackend, RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { type Ceremony, encodeCeremony } from '@hanpyo/protocol/proofs/ceremony.ts'
import type { CeremonySetup } from '@hanpyo/protocol/proofs/ceremony-notes.ts'
import { beginCeremony, finishCeremony, makeShares } from '@hanpyo/protocol/proofs/dkg.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'

export interface CeremonyOutcome {
  /** Y, 32 bytes. */
  readonly jointKey: Uint8Array
  /** X_i of trustees 1..n, 32 bytes each, and x_i where the ceremony ran in this process. */
  readonly trustees: readonly { readonly verificationKey: Uint8Array; readonly secretShare?: Uint8Array }[]
  /** The public notes, published as a blob. */
  readonly document: Uint8Array
}

/**
 * Runs the trustees' key ceremony with all of them in this process: the same notes and checks as a ceremony
 * on separate machines, but whoever runs it sees all shares. For rehearsals and demonstrations; a real
 * election needs one machine per trustee.
 */
export function runCeremonyInOneProcess(input: {
  readonly backend: CryptoBackend
  readonly random: RandomBytes
  readonly setup: CeremonySetup
  /** Note key seeds of trustees 1..n. */
  readonly seeds: readonly Uint8Array[]
}): CeremonyOutcome {
  const { backend, random, setup, seeds } = input
  const starts = seeds.map((seed, i) =>
    beginCeremony({ ed25519: backend.ed25519, random, setup, trustee: { index: i + 1, seed } }),
  )
  const commits = starts.map(({ commit }) => commit)
  const reveals = starts.map(({ reveal }) => reveal)
  const sent = starts.map(({ state }) => expectOk(makeShares(backend, state, commits, reveals)))
  const ends = starts.map(({ state }, i) => {
    const others = sent.flatMap((shares, from) => {
      const share = shares.get(i + 1)
      return share === undefined ? [] : [[from + 1, share] as const]
    })
    return expectOk(finishCeremony({ backend, random, state, commits, reveals, shares: new Map(others) }))
  })
  const [first] = ends
  if (first === undefined) throw new RangeError('"seeds" is empty')
  const ceremony: Ceremony = { commits, reveals, confirms: ends.map(({ confirm }) => confirm) }
  return { jointKey: first.jointKey, trustees: ends, document: encodeCeremony(ceremony) }
}
