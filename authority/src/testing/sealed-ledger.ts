import { fileURLToPath } from 'node:url'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { castBallot, prepareBallot } from '@hanpyo/protocol/ballot/create.ts'
import { encodePlaintext, type Selection } from '@hanpyo/protocol/ballot/plaintext.ts'
import { deriveCredential, parseSlip } from '@hanpyo/protocol/ballot/slip.ts'
import { fromBase64, toBase64, utf8 } from '@hanpyo/protocol/bytes.ts'
import { noteLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { x25519PublicKey } from '@hanpyo/protocol/group/x25519.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { ballotLeaf, LedgerBuilder } from '@hanpyo/protocol/testing/build-ledger.ts'
import { type AssembledElection, assembleElection } from '../assemble-election.ts'
import type { FinishedCeremony } from '../ceremony/finish.ts'
import { type ElectionConfig, loadElectionConfig } from '../config.ts'
import type { CountRecord } from '../count/count-record.ts'
import { type LoadedCount, loadCount } from '../count/load-count.ts'
import type { Trustee } from '../count/trustee.ts'
import { pollsRecord, sign } from '../official-records.ts'

/** The selections of one ballot: contests 1 and 2 of style 1, or contests 1 and 3 of style 2. */
export interface TestVote {
  readonly style: 1 | 2
  readonly selections: readonly Selection[]
}

export interface SealedLedger {
  readonly backend: CryptoBackend
  readonly config: ElectionConfig
  readonly election: AssembledElection
  readonly log: LedgerBuilder
  /** Puts a record with its blobs into the ledger. */
  post(record: CountRecord): void
  trustee(index: number): Trustee
  load(): Promise<LoadedCount>
}

const title = { ko: '안건', en: 'Contest' }
const options = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    title: { ko: `후보 ${i + 1}`, en: `Option ${i + 1}` },
    summary: { ko: '', en: '' },
  }))
const base = { title, summary: { ko: '', en: '' }, minSelections: 1, patternRiskAccepted: true } as const

/** Contest 1 approve up to two of four (all slips), contest 2 yes or no (style 1), contest 3 a ranking (style 2). */
export async function smallCountConfig(
  change: { readonly minimumCount?: number } = {},
): Promise<ElectionConfig> {
  const path = fileURLToPath(new URL('../../../examples/demo.toml', import.meta.url))
  const demo = expectOk(await loadElectionConfig(path))
  return {
    ...demo,
    id: 'count.example/2026',
    publication: { ...demo.publication, minimumCount: change.minimumCount ?? 2 },
    contests: [
      { ...base, id: 1, kind: 'approve', options: options(4), maxSelections: 2 },
      { ...base, id: 2, kind: 'yes-no', options: options(2), maxSelections: 1 },
      { ...base, id: 3, kind: 'rank', options: options(3), maxSelections: 3 },
    ],
    styles: [
      { id: 1, name: title, contests: [1, 2], slips: 8, testSlips: 0 },
      { id: 2, name: title, contests: [1, 3], slips: 4, testSlips: 0 },
    ],
  }
}

/** A whole polling day in memory: 3 of 5 trustees, one kiosk, the ballots, polls sealed (unless `isSealed` is false). */
export async function createSealedLedger(
  votes: readonly TestVote[],
  change: {
    readonly minimumCount?: number
    readonly isSealed?: boolean
    readonly ceremony?: FinishedCeremony
    readonly config?: ElectionConfig
  } = {},
): Promise<SealedLedger> {
  const backend = await createNodeBackend()
  const config = change.config ?? (await smallCountConfig(change))
  const random = nodeRandom
  const { ceremony } = change
  const ports = { backend, random, ...(ceremony === undefined ? {} : { ceremony }) }
  const election = expectOk(assembleElection(config, ports))
  const { manifest, manifestHash, roleKeys } = election
  const signing = { ed25519: backend.ed25519, manifest, manifestHash }
  const log = new LedgerBuilder({
    ed25519: backend.ed25519,
    origin: manifest.id,
    logSeed: roleKeys.log.seed,
  })
  for (const blob of election.blobs.values()) log.addBlob(blob)

  const kiosk = { id: 1, seed: random(32) }
  const publicKey = backend.ed25519.publicKey(kiosk.seed)
  const enrolled = sign(signing, roleKeys.deviceAuthority, RECORD.device, {
    action: 'enrol',
    kiosk: kiosk.id,
    ed25519: toBase64(publicKey),
    x25519: toBase64(x25519PublicKey(random(32))),
    at: manifest.times.opens - 60,
  })
  log.addBatch({
    notes: [noteLeaf(RECORD.manifest, election.manifestNote), noteLeaf(enrolled.type, enrolled.note)],
  })
  const polls = (state: 'open' | 'closed' | 'sealed', at: number): void => {
    const { type, note } = pollsRecord(signing, roleKeys.authority, state, at)
    log.addBatch({ notes: [noteLeaf(type, note)] })
  }
  polls('open', manifest.times.opens)
  const free = [...election.slips.slips]
  for (const { style, selections } of votes) {
    const slip = free.splice(
      free.findIndex((candidate) => candidate.style === style),
      1,
    )[0]
    if (slip === undefined) throw new Error('no slip is left')
    const jointKey = fromBase64(manifest.jointKey)
    const common = { backend, random, deviceSecret: random(32), election: { manifestHash, jointKey } }
    const contestIds = manifest.styles.find(({ id }) => id === style)?.contests ?? []
    const plaintexts = selections.map(encodePlaintext)
    const prepared = prepareBallot({
      ...common,
      credentialIndex: slip.number,
      kioskId: kiosk.id,
      contestIds,
      plaintexts,
    })
    const credential = deriveCredential(backend.group, expectOk(parseSlip(slip.text)), manifest.id)
    const canonical = castBallot({
      ...common,
      prepared,
      contestIds,
      credential,
      kiosk: { ...kiosk, publicKey },
    })
    log.addBatch({ ballots: [ballotLeaf(canonical)] })
  }
  polls('closed', manifest.times.closes)
  const incident = sign(signing, roleKeys.authority, RECORD.incident, {
    kiosk: kiosk.id,
    text: 'Broken after the last ballot.',
    covers: 'final-manifest',
    at: manifest.times.closes,
  })
  log.addBatch({ notes: [noteLeaf(incident.type, incident.note)] })
  if (change.isSealed !== false) polls('sealed', manifest.deliveryDeadline)

  return {
    backend,
    config,
    election,
    log,
    post({ type, note, blobs }) {
      for (const blob of blobs.values()) log.addBlob(blob)
      log.addBatch({ notes: [concat(type, note)] })
    },
    trustee(index) {
      const secretShare = election.ceremony.trustees[index - 1]?.secretShare
      const note = roleKeys.trustees[index - 1]
      if (secretShare === undefined || note === undefined) throw new Error(`no trustee ${index} here`)
      return { index, election: manifest.id, note, secretShare }
    },
    load: async () => expectOk(await loadCount({ backend, reader: log.reader() })),
  }
}

function concat(type: number, note: string): Uint8Array {
  return Uint8Array.of(type, ...utf8(note))
}
