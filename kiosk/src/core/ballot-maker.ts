import { castBallot, type PreparedBallot, prepareBallot } from '@hanpyo/protocol/ballot/create.ts'
import { encodePlaintext } from '@hanpyo/protocol/ballot/plaintext.ts'
import { verifyBallot } from '@hanpyo/protocol/ballot/verify.ts'
import { challengedRecord } from '@hanpyo/protocol/election/challenged.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import { type KioskManifestRecord, recordText, signRecord } from '@hanpyo/protocol/election/records.ts'
import type { CryptoBackend, Group, RandomBytes } from '@hanpyo/protocol/group/group.ts'
import type { Json } from '@hanpyo/protocol/json.ts'
import type { KioskElection } from './election.ts'
import type { PollsReport } from './polls/polls-report.ts'
import type { AcceptedSlip, Selections } from './session/state.ts'

/** The kiosk's own secrets, 32 bytes each; they stay in the core's process. */
export interface KioskKeys {
  readonly ed25519Seed: Uint8Array
  readonly x25519Secret: Uint8Array
  /** Hedges the ballots' randomness against a weak generator. */
  readonly deviceSecret: Uint8Array
}

/** Everything that takes the kiosk's keys: encrypting, casting, opening, and signing kiosk manifests. */
export interface BallotMaker {
  readonly group: Group
  prepare(slip: AcceptedSlip, selections: Selections): PreparedBallot
  /**
   * Canonical ballot with credential proof and kiosk signature, verified as the bridge will: a ballot that a bit flip
   * made invalid must never be stored as a vote. Throws when it does not verify.
   */
  seal(slip: AcceptedSlip, prepared: PreparedBallot): Uint8Array
  /** The signed 0x11 note of a prepared ballot, and its text without line feed for the voter's QR code. */
  open(prepared: PreparedBallot): { readonly note: string; readonly text: string }
  signManifest(record: KioskManifestRecord): string
  /** A note for people: the opening or close report. */
  signReport(report: PollsReport): string
  /** A note about the machine itself: its readiness, its software. */
  signStatement(statement: { readonly [key: string]: Json }): string
}

export function createBallotMaker(deps: {
  readonly backend: CryptoBackend
  readonly random: RandomBytes
  readonly election: KioskElection
  readonly keys: KioskKeys
}): BallotMaker {
  const { backend, random, election, keys } = deps
  const { deviceSecret, ed25519Seed } = keys
  const kiosk = { seed: ed25519Seed, publicKey: backend.ed25519.publicKey(ed25519Seed) }
  const signer = {
    ed25519: backend.ed25519,
    keyName: keyName.kiosk(election.manifest.id, election.kioskId),
    seed: ed25519Seed,
  }
  return {
    group: backend.group,
    prepare(slip, selections) {
      const plaintexts = slip.contests.map(({ id }) =>
        encodePlaintext(selections.get(id) ?? { kind: 'blank' }),
      )
      const prepared = prepareBallot({
        backend,
        random,
        deviceSecret,
        election,
        credentialIndex: slip.number,
        kioskId: election.kioskId,
        contestIds: slip.contests.map(({ id }) => id),
        plaintexts,
      })
      for (const plaintext of plaintexts) plaintext.fill(0)
      return prepared
    },
    seal(slip, prepared) {
      const { credential } = slip
      const { contestIds } = prepared
      const ballot = castBallot({
        backend,
        random,
        deviceSecret,
        election,
        prepared,
        contestIds,
        credential,
        kiosk,
      })
      const { publicKey } = credential
      const verified = verifyBallot(backend, ballot, {
        manifestHash: election.manifestHash,
        jointKey: election.jointKey,
        credentialCount: election.manifest.credentials.count,
        credential: (index) => (index === slip.number ? { publicKey, contestIds } : undefined),
        kioskKey: (id) => (id === election.kioskId ? kiosk.publicKey : undefined),
      })
      if (!verified.ok) throw new Error(`the ballot just made does not verify: ${verified.error}`)
      return ballot
    },
    open(prepared) {
      const record = challengedRecord(prepared, election.kioskId)
      return { note: signRecord({ ...signer, value: record }), text: recordText(record).trimEnd() }
    },
    signManifest: (record) => signRecord({ ...signer, value: record }),
    signReport: (report) => signRecord({ ...signer, value: { ...report } }),
    signStatement: (statement) => signRecord({ ...signer, value: statement }),
  }
}
