/**
 * `node insert-and-die.ts <box> <number> <step> [proposal|proofs]`: stores one ballot (or proposal, or proofs of so many ballots) and kills its own process, as a
 * power cut would, at the named step. Changed pages go to the file early, so that a transaction cut off leaves a file that must be rolled back.
 */
import { openTestBox, testBallot, testProofs, testProposal } from './filled-box.ts'
import { steppedDatabase } from './stepped-database.ts'

const [path = '', number = '', fatalStep = '', what = 'ballot'] = process.argv.slice(2)
let isArmed = false
const { box } = openTestBox(path, (database) => {
  database.exec('PRAGMA cache_size = 1')
  return steppedDatabase(database, (step) => {
    if (!isArmed || step !== fatalStep) return
    process.kill(process.pid, 'SIGKILL')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })
})
isArmed = true
if (what === 'proposal') box.insertStatement(testProposal(Number(number)))
else if (what === 'proofs') box.keepProofs('head', testProofs(Number(number)))
else box.insertBallot(testBallot(Number(number)))
