import { createNobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { nobleGroup } from '@hanpyo/protocol/group/noble.ts'
import type { Port } from '../rpc.ts'
import { type BallotJob, ballotHolds } from './ballot-job.ts'

const backend = { group: nobleGroup, ed25519: createNobleEd25519() }
const port = globalThis as unknown as Port

port.addEventListener('message', ({ data }) => {
  const { id, job } = data as { readonly id: number; readonly job: BallotJob }
  port.postMessage({ id, holds: ballotHolds(backend, job) })
})
