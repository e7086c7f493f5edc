import { BALLOTS } from './ballots.ts'
import { COUNTS } from './counts.ts'
import { MANIFESTS } from './manifests.ts'
import type { Mutation } from './mutation.ts'
import { RECORDS } from './records.ts'
import { SERVED } from './served.ts'

/** Everything that `verify` must notice. */
export const MUTATIONS: readonly Mutation[] = [...SERVED, ...MANIFESTS, ...RECORDS, ...BALLOTS, ...COUNTS]
