import { writeSync } from 'node:fs'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { TestBridge } from './test-bridge.ts'
import { TestElection } from './test-election.ts'

/**
 * A bridge on a virtual clock that takes some ballots, a tick after every third, and says on standard output what it has told
 * the world: `store <folder>`, `acked <ballot id>`, `head <base64 of the signed note>`. Run under strace to see what of it was
 * on the disk by then.
 */
const count = Number(process.argv[2])
const say = (line: string): void => void writeSync(1, `${line}\n`)
const election = new TestElection({ backend: await createNodeBackend(), slipCount: 64 })
const bridge = await TestBridge.start({ election })
say(`store ${bridge.dir}`)
for (let slip = 0; slip < count; slip++) {
  const ballot = election.ballot(slip)
  await bridge.cast(ballot)
  say(`acked ${toHex(ballotId(ballot))}`)
  if (slip % 3 !== 2) continue
  await bridge.tick(3600)
  say(`head ${Buffer.from((await bridge.engine.head())?.checkpoint ?? '').toString('base64')}`)
}
await bridge.stop()
