import { BALLOTS } from './ballots.ts'
import { KIOSKS } from './kiosks.ts'
import { MANIFESTS } from './manifests.ts'
import { MIXES } from './mixes.ts'
import type { Mutation } from './mutation.ts'
import { PROPOSALS } from './proposals.ts'
import { RECORDS } from './records.ts'
import { RESULTS } from './results.ts'
import { SERVED } from './served.ts'

/** Everything that `verify` must notice. */
export const MUTATIONS: readonly Mutation[] = [
  ...SERVED,
  ...MANIFESTS,
  ...RECORDS,
  ...BALLOTS,
  ...KIOSKS,
  ...PROPOSALS,
  ...MIXES,
  ...RESULTS,
]
