import { expect, test } from 'vitest'
import { ElectionState } from '../election/state.ts'
import { nobleBackend } from '../group/backend.ts'
import { expectOk } from '../result.ts'
import { buildLedger } from './build-ledger.ts'

test.each(['setup', 'open', 'closed', 'sealed'] as const)(
  'the ledger of stage %s obeys every rule',
  (stage) => {
    const { election, log, counts } = buildLedger({ backend: nobleBackend, stage })
    const state = expectOk(
      ElectionState.open({
        backend: nobleBackend,
        manifestNote: election.manifestNote,
        credentialList: election.credentialList,
      }),
    )
    const violations = log.leaves.slice(1).flatMap((leaf) => state.apply(leaf))
    expect(violations).toEqual([])
    expect(state.finish(stage)).toEqual([])
    expect(state.ballotCount).toBe(counts.ballots)
  },
)
