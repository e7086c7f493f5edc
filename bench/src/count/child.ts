// A process of its own for one step of the count bench, so that its peak memory can be read: child.ts make|check N MIXERS DIR.
import { createBatchPool } from '@hanpyo/platform/crypto/batch-pool.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { checkCount, makeCount } from './work.ts'

const [step, ballots, mixers, folder] = process.argv.slice(2) as [string, string, string, string]
const { group } = await createNodeBackend()
const pool = createBatchPool(group)
const of = { ballots: Number(ballots), mixers: Number(mixers), folder, random: nodeRandom }
const times = await (step === 'make' ? makeCount(pool.batch, of) : checkCount(pool.batch, of))
await pool.close()
console.log(JSON.stringify({ times, maxRssBytes: process.resourceUsage().maxRSS * 1024 }))
