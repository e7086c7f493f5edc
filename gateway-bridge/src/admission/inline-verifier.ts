import { verifyBallot } from '@hanpyo/protocol/ballot/verify.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { ok } from '@hanpyo/protocol/result.ts'
import { type BallotVerifier, contextFor, type ElectionFacts } from './ballot-verifier.ts'

/** Verifies on the calling thread; for tests and for machines with one core. */
export function createInlineVerifier(backend: CryptoBackend, election: ElectionFacts): BallotVerifier {
  return {
    busyCount: 0,
    async verify(canonical, facts) {
      const verified = verifyBallot(backend, canonical, contextFor(election, facts))
      return verified.ok ? ok(undefined) : verified
    },
    async close() {},
  }
}
