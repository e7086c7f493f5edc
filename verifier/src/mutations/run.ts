import { toHex } from '@hanpyo/protocol/bytes.ts'
import type { BatchGroup } from '@hanpyo/protocol/group/batch.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import type { Report } from '../report.ts'
import { fileLog } from '../source/file-log.ts'
import { OversizeError } from '../source/source.ts'
import { verifyLog } from '../verify.ts'
import type { Election } from './election.ts'
import type { Files, Mutation } from './mutation.ts'

/** What `verify` says about an election with one lie in it, or about the honest one. */
export async function verifyMutant(
  backend: CryptoBackend & { readonly batch?: BatchGroup },
  election: Election,
  mutation: Omit<Mutation, 'name' | 'rule'> = {},
): Promise<Report> {
  const plan = (await mutation.plan?.(election)) ?? election.plan
  const files: Files = plan.publish().allFiles()
  mutation.serve?.(files, election)
  const source = fileLog('mutant', async (path, maxBytes) => {
    const bytes = files.get(path) ?? null
    if (bytes !== null && bytes.length > maxBytes) throw new OversizeError(path, maxBytes)
    return bytes
  })
  const pinned = mutation.pinsHonestManifest ? election.fixture : plan.fixture
  const pin = { manifestHash: toHex(pinned.manifestHash) }
  const { stage } = mutation
  const { report } = await verifyLog({
    source,
    backend,
    pin,
    batch: backend.batch ?? election.count.batch,
    ...(stage === undefined ? {} : { stage }),
  })
  return report
}
