import { writeSync } from 'node:fs'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { openThreadedSqliteEngine } from '../ledger/sqlite-engine.ts'

/** Commits one record at a time between two marks on standard error; run under strace to count what reaches the disk. */
const [path, count] = process.argv.slice(2) as [string, string]
const engine = expectOk(await openThreadedSqliteEngine({ path }))
writeSync(2, 'first commit follows\n')
for (let n = 0; n < Number(count); n++) {
  expectOk(await engine.accept([{ id: new Uint8Array(32).fill(n), leaf: new Uint8Array(200) }], []))
}
writeSync(2, 'last commit returned\n')
await engine.close()
