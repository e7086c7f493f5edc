import { commitKeyList, SUPPORT_ENTRY_BYTES } from '@hanpyo/protocol/election/keylist.ts'
import { keyName, type Manifest, manifestHash, manifestText } from '@hanpyo/protocol/election/manifest.ts'
import { noteLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import { parseNote, signNote } from '@hanpyo/protocol/log/note.ts'
import { type Ceremony, ceremonyHash, encodeCeremony } from '@hanpyo/protocol/proofs/ceremony.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { deviceLeaf, pollsLeaf } from '@hanpyo/protocol/testing/build-ledger.ts'
import { createElectionFixture, type ElectionFixture } from '@hanpyo/protocol/testing/election-fixture.ts'
import type { Election } from './election.ts'
import type { Mutation } from './mutation.ts'
import { Plan, step } from './plan.ts'

/** Lies of the authority about keys, slips and ceremony, signed with its own key before anything else is logged. */
export const MANIFESTS: readonly Mutation[] = [
  {
    name: 'the authority announces one manifest and logs another',
    rule: 'manifest.pinned',
    pinsHonestManifest: true,
    plan: (e) => withManifest(e, (m) => ({ ...m, title: { ...m.title, en: 'Another title' } })),
  },
  {
    name: 'somebody else signs the manifest',
    rule: 'manifest.signature',
    plan: (e) => withNote(e, (text, f) => signed(f, text, f.seeds.registrar)),
  },
  {
    name: 'the manifest has two signatures',
    rule: 'manifest.signature',
    plan: (e) =>
      withNote(e, (text, f) => {
        const second = signNote({
          ed25519: f.backend.ed25519,
          name: keyName.registrar(f.manifest.id),
          seed: f.seeds.registrar,
          text,
        })
        return signed(f, text, f.seeds.authority) + second.slice(second.indexOf('\n\n') + 2)
      }),
  },
  {
    name: 'the manifest is not canonical JSON',
    rule: 'manifest.note',
    plan: (e) => withNote(e, (text, f) => signed(f, text.replace('{', '{ '), f.seeds.authority)),
  },
  {
    name: 'the joint key is replaced by one whose secret somebody knows',
    rule: 'manifest.joint-key',
    plan: (e) => withManifest(e, (m) => ({ ...m, jointKey: dealt(e).jointKey })),
  },
  {
    name: 'the verification key of a trustee is replaced',
    rule: 'manifest.joint-key',
    plan: (e) =>
      withManifest(e, (m) => ({
        ...m,
        trustees: m.trustees.map((trustee) =>
          trustee.id === 4 ? { ...trustee, verificationKey: m.jointKey } : trustee,
        ),
      })),
  },
  {
    name: 'the threshold is lowered after the key ceremony',
    rule: 'manifest.joint-key',
    plan: (e) => withManifest(e, (m) => ({ ...m, threshold: 2 })),
  },
  {
    name: 'joint key and all verification keys come from a dealer and not from the ceremony',
    rule: 'ceremony.keys',
    plan: (e) => withManifest(e, (m) => ({ ...m, ...dealt(e) })),
  },
  {
    name: 'the ceremony of another election is shown',
    rule: 'ceremony.notes',
    plan: (e) => withCeremony(e, other(e.fixture).ceremony as Uint8Array),
  },
  {
    name: 'a trustee never confirmed the ceremony',
    rule: 'ceremony.notes',
    plan: (e) => withChangedCeremony(e, (c) => ({ ...c, confirms: c.confirms.slice(1) })),
  },
  {
    name: 'a reveal in the ceremony is replaced after the commitments',
    rule: 'ceremony.notes',
    plan: (e) =>
      withChangedCeremony(e, (c) => ({ ...c, reveals: [c.reveals[1] as string, ...c.reveals.slice(1)] })),
  },
  {
    name: 'two confirmations of the ceremony are swapped',
    rule: 'ceremony.notes',
    plan: (e) => withChangedCeremony(e, (c) => ({ ...c, confirms: c.confirms.toReversed() })),
  },
  {
    name: 'the ceremony is signed by trustees that the manifest does not name',
    rule: 'ceremony.notes',
    plan: (e) =>
      withManifest(e, (m) => {
        const [first] = other(e.fixture).manifest.keys.trustees
        return { ...m, keys: { ...m.keys, trustees: [first as string, ...m.keys.trustees.slice(1)] } }
      }),
  },
  {
    name: 'the list of slips is not sorted',
    rule: 'keylist.entries',
    plan: (e) => withSlips(e, (list) => swapped(list, 33)),
  },
  {
    name: 'a slip is on the list twice',
    rule: 'keylist.entries',
    plan: (e) => withSlips(e, (list) => doubled(list, 33)),
  },
  {
    name: 'a slip on the list has a key that is no group element',
    rule: 'keylist.keys',
    plan: (e) =>
      withSlips(e, (list) => {
        const changed = list.slice()
        changed.fill(0xff, changed.length - 33, changed.length - 1)
        return changed
      }),
  },
  {
    name: 'a slip has a style that does not exist',
    rule: 'keylist.entries',
    plan: (e) =>
      withSlips(e, (list) => {
        const changed = list.slice()
        changed[32] = 9
        return changed
      }),
  },
  {
    name: 'the manifest commits to another root of the slips',
    rule: 'keylist.commitment',
    plan: (e) => withManifest(e, (m) => ({ ...m, credentials: { ...m.credentials, root: m.jointKey } })),
  },
  {
    name: 'the list of support keys is not sorted',
    rule: 'keylist.entries',
    plan: (e) => {
      const list = swapped(e.fixture.supportList, SUPPORT_ENTRY_BYTES)
      const supportKeys = commitKeyList(list, SUPPORT_ENTRY_BYTES)
      return withManifest(e, (m) => ({ ...m, supportKeys })).withBlobs([list])
    },
  },
  {
    name: 'a mixer is named twice',
    rule: 'manifest.consistent',
    plan: (e) => withManifest(e, (m) => ({ ...m, mixers: [1, 2, 1] })),
  },
  {
    name: 'two roles share a key',
    rule: 'manifest.keys',
    plan: (e) => withManifest(e, (m) => ({ ...m, keys: { ...m.keys, registrar: m.keys.authority } })),
  },
  {
    name: 'the policy of the witnesses is about another log',
    rule: 'manifest.policies',
    plan: (e) => withManifest(e, (m) => ({ ...m, policies: { ...m.policies, official: 'quorum none\n' } })),
  },
]

function signed(fixture: ElectionFixture, text: string, seed: Uint8Array): string {
  const { backend, manifest } = fixture
  return signNote({ ed25519: backend.ed25519, name: keyName.authority(manifest.id), seed, text })
}

/** The beginning of an election under a changed manifest; what follows would be signed for it just the same. */
function withManifest(election: Election, change: (manifest: Manifest) => Manifest): Plan {
  const manifest = change(election.fixture.manifest)
  const text = manifestText(manifest)
  const fixture = {
    ...election.fixture,
    manifest,
    manifestHash: manifestHash(text),
    manifestNote: signed(election.fixture, text, election.fixture.seeds.authority),
  }
  return beginning(fixture, election)
}

/** The beginning of an election whose manifest note is made by `make` from the honest text. */
function withNote(election: Election, make: (text: string, fixture: ElectionFixture) => string): Plan {
  const { fixture } = election
  const { text } = expectOk(parseNote(fixture.manifestNote))
  return beginning({ ...fixture, manifestNote: make(text, fixture) }, election)
}

function beginning(fixture: ElectionFixture, { plan, kiosks }: Election): Plan {
  const steps = [
    step('setup', {
      notes: [
        noteLeaf(RECORD.manifest, fixture.manifestNote),
        ...kiosks.slice(0, 3).map((kiosk) => deviceLeaf(fixture, kiosk)),
      ],
    }),
    step('opening', { notes: [pollsLeaf(fixture, 'open', fixture.manifest.times.opens)] }),
  ]
  return new Plan(fixture, steps, plan.blobs)
}

function withSlips(election: Election, change: (list: Uint8Array) => Uint8Array): Plan {
  const list = change(election.fixture.credentialList)
  return withManifest(election, (m) => ({ ...m, credentials: commitKeyList(list) })).withBlobs([list])
}

function withCeremony(election: Election, document: Uint8Array): Plan {
  return withManifest(election, (m) => ({ ...m, ceremonyHash: ceremonyHash(document) })).withBlobs([document])
}

function withChangedCeremony(election: Election, change: (ceremony: Ceremony) => Ceremony): Plan {
  const text = new TextDecoder().decode(election.fixture.ceremony)
  return withCeremony(election, encodeCeremony(change(JSON.parse(text) as Ceremony)))
}

/** The same election id with other secrets, made by a dealer or in a ceremony of its own. */
function other({ backend, manifest }: ElectionFixture): ElectionFixture {
  return createElectionFixture({
    backend,
    label: 'other',
    origin: manifest.id,
    slipCount: 4,
    ceremony: { trustees: 5, threshold: 3 },
  })
}

function dealt({ fixture }: Election): Pick<Manifest, 'jointKey' | 'trustees'> {
  const { manifest } = other(fixture)
  return { jointKey: manifest.jointKey, trustees: manifest.trustees }
}

function swapped(list: Uint8Array, width: number): Uint8Array {
  const changed = list.slice()
  changed.set(list.subarray(0, width), width)
  changed.set(list.subarray(width, 2 * width), 0)
  return changed
}

function doubled(list: Uint8Array, width: number): Uint8Array {
  const changed = list.slice()
  changed.set(list.subarray(0, width), width)
  return changed
}
