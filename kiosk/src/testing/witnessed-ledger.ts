import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { encodeLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { cosign, cosignerVkey } from '@hanpyo/protocol/log/cosignature.ts'
import { formatNote, parseNote } from '@hanpyo/protocol/log/note.ts'
import { pathReader } from '@hanpyo/protocol/log/read-log.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { counterRandom } from '@hanpyo/protocol/testing/counter-random.ts'
import { LedgerBuilder } from '@hanpyo/protocol/testing/ledger-builder.ts'
import type { TestElection } from './test-election.ts'

const WITNESSES = ['w0', 'w1', 'w2'].map((name) => ({
  name: `witness.example/${name}`,
  seed: counterRandom(`kiosk test ${name}`)(32),
}))

/** For `createTestElection({ witnesses })`: all three have to sign. */
export const WITNESS_VKEYS = WITNESSES.map(({ name, seed }) => cosignerVkey(nobleEd25519, name, seed))

/** A ledger as a kiosk reads it, whose host and witnesses do what a test says. */
export class WitnessedLedger {
  /** What is served. A test may put in another one. */
  log: LedgerBuilder
  /** Every path that was asked for. */
  readonly read: string[] = []
  /** How many of the three witnesses sign, and when (POSIX seconds). */
  cosigning = { count: 3, atSeconds: 0 }

  constructor(election: TestElection) {
    this.log = WitnessedLedger.begin(election)
  }

  /** Another history of the same log: the same first record and nothing else. */
  static begin({ election, manifestNote, seeds }: TestElection): LedgerBuilder {
    const log = new LedgerBuilder({ ed25519: nobleEd25519, origin: election.manifest.id, logSeed: seeds.log })
    log.addLeaves([encodeLeaf(RECORD.manifest, utf8(manifestNote))])
    log.publish()
    return log
  }

  reader() {
    return pathReader(async (path) => {
      this.read.push(path)
      return path === 'checkpoint' ? utf8(this.checkpoint()) : (this.log.files.get(path) ?? null)
    })
  }

  checkpoint(): string {
    const { text, signatures } = expectOk(parseNote(this.log.checkpoint ?? ''))
    const { count, atSeconds: timestamp } = this.cosigning
    const lines = WITNESSES.slice(0, count).map(({ name, seed }) =>
      cosign({ ed25519: nobleEd25519, name, seed, timestamp, checkpointText: text }),
    )
    return formatNote(text, [...signatures, ...lines])
  }

  /** Appends records and publishes. */
  add(leaves: readonly Uint8Array[]): void {
    this.log.addLeaves(leaves)
    this.log.publish()
  }
}
