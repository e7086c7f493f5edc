import { toBase64, utf8 } from '@hanpyo/protocol/bytes.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import { encodeLeaf, manifestField, noteLeaf, RECORD, signRecord } from '@hanpyo/protocol/election/records.ts'
import type { Json } from '@hanpyo/protocol/json.ts'
import { signNote } from '@hanpyo/protocol/log/note.ts'
import { deviceLeaf, officialLeaf, pollsLeaf } from '@hanpyo/protocol/testing/build-ledger.ts'
import type { ElectionFixture, FixtureKiosk } from '@hanpyo/protocol/testing/election-fixture.ts'
import { replacementFor } from '@hanpyo/protocol/testing/rule-script.ts'
import { castVote, type Election } from './election.ts'
import type { Mutation } from './mutation.ts'
import { type Plan, step } from './plan.ts'

/** Lies about documents, batches, polls, devices and what officials put on record. */
export const RECORDS: readonly Mutation[] = [
  {
    name: 'the registrar opens the polls in place of the authority',
    rule: 'note.signature',
    plan: (e) =>
      e.plan.change('opening', () => ({
        notes: [officialLeaf(e.fixture, 'registrar', RECORD.polls, { state: 'open', at: opens(e) })],
      })),
  },
  {
    name: 'a document has a second signature',
    rule: 'note.signature',
    plan: (e) => addNote(e, 'papers', noteLeaf(RECORD.incident, doublySigned(e.fixture))),
  },
  {
    name: 'a document of another election is replayed',
    rule: 'note.election',
    plan: (e) => addNote(e, 'papers', incident(e, { manifest: toBase64(new Uint8Array(32)) })),
  },
  {
    name: 'a document has a field that nobody knows',
    rule: 'note.content',
    plan: (e) => addNote(e, 'papers', incident(e, { more: 1 })),
  },
  {
    name: 'a document is not canonical JSON',
    rule: 'note.content',
    plan: (e) => {
      const { backend, seeds, manifest } = e.fixture
      const value = { text: 'x', at: opens(e), manifest: manifestField(e.fixture.manifestHash) }
      const name = keyName.authority(manifest.id)
      const text = `${JSON.stringify(value)}\n`
      const note = signNote({ ed25519: backend.ed25519, name, seed: seeds.authority, text })
      return addNote(e, 'papers', noteLeaf(RECORD.incident, note))
    },
  },
  {
    name: 'a document is no signed note',
    rule: 'note.format',
    plan: (e) => addNote(e, 'papers', encodeLeaf(RECORD.incident, utf8('{}\n'))),
  },
  {
    name: 'a document is logged twice',
    rule: 'note.repeated',
    plan: (e) => addNote(e, 'papers', e.plan.step('papers').notes[0] as Uint8Array),
  },
  {
    name: 'the manifest is logged a second time',
    rule: 'leaf.manifest-again',
    plan: (e) => addNote(e, 'papers', noteLeaf(RECORD.manifest, e.fixture.manifestNote)),
  },
  {
    name: 'a record has a type that does not exist',
    rule: 'leaf.type',
    plan: (e) => addNote(e, 'papers', encodeLeaf(0x7e, utf8('x'))),
  },

  {
    name: 'the log tells the order of arrival inside a batch',
    rule: 'order.batch-sort',
    plan: (e) => e.plan.change('noon', () => ({ reorder: swappedAt(1, 2) })),
  },
  {
    name: 'a document stands behind the ballots of its batch',
    rule: 'order.batch-section',
    plan: (e) =>
      e.plan.change('noon', () => ({ reorder: ([note, ...rest]) => [...rest, note as Uint8Array] })),
  },
  {
    name: 'a batch says that it has fewer records',
    rule: 'batch.range',
    plan: (e) => e.plan.change('morning', () => ({ batch: { count: 3 } })),
  },
  {
    name: 'the number of a batch is left out',
    rule: 'batch.number',
    plan: (e) => e.plan.change('morning', () => ({ batch: { number: 4 } })),
  },
  {
    name: 'the chain of batches is broken',
    rule: 'batch.prev',
    plan: (e) => e.plan.change('noon', () => ({ batch: { prev: new Uint8Array(32).fill(1) } })),
  },
  {
    name: 'the last batch is not closed',
    rule: 'batch.unfinished',
    plan: (e) => e.plan.change('result', () => ({ unfinished: true })),
  },
  {
    name: 'a batch is empty',
    rule: 'batch.empty',
    plan: (e) => e.plan.after('morning', step('empty', { batch: { count: 1 } })),
  },
  {
    name: 'a batch counts refusals that the limits would have let in',
    rule: 'batch.refused-more',
    plan: (e) => e.plan.change('noon', () => ({ batch: { refusedMore: { 1: 7 } } })),
  },

  {
    name: 'the polls are opened again after closing',
    rule: 'polls.transition',
    plan: (e) => e.plan.after('closing', step('again', { notes: [polls(e, 'open', closes(e) + 1)] })),
  },
  {
    name: 'the polls close before they opened',
    rule: 'polls.time',
    plan: (e) => e.plan.change('closing', () => ({ notes: [polls(e, 'closed', opens(e) - 1)] })),
  },
  {
    name: 'the polls are sealed while a kiosk still owes its list',
    rule: 'polls.sealed-early',
    plan: (e) => e.plan.change('finals', ({ notes }) => ({ notes: notes.slice(0, 2) })),
  },
  {
    name: 'the authority seals before the polls close',
    rule: 'polls.transition',
    plan: (e) => e.plan.without('closing'),
  },
  {
    name: 'a ballot is logged after the seal',
    rule: 'polls.after-sealed',
    plan: (e) => {
      const late = castVote(e.fixture, e.spare[1] as number, e.kiosks[0])
      return e.plan.after('sealing', step('late again', { ballots: [late.leaf] }))
    },
  },
  {
    name: 'the ledger is cut off before the seal',
    rule: 'polls.stage',
    stage: 'final',
    plan: (e) => e.plan.until('papers'),
  },
  {
    name: 'the ledger is cut off before the result',
    rule: 'result.missing',
    stage: 'final',
    plan: (e) => e.plan.without('result'),
  },

  {
    name: 'the authority enrols a kiosk in place of the device authority',
    rule: 'note.signature',
    plan: (e) => addNote(e, 'setup', enrol(e, e.kiosks[3], {}, 'authority')),
  },
  {
    name: 'a kiosk is enrolled in a slot that does not exist',
    rule: 'device.slot',
    plan: (e) => addNote(e, 'setup', enrol(e, e.kiosks[3], { kiosk: 77 })),
  },
  {
    name: 'a second device is enrolled in a slot',
    rule: 'device.occupied',
    plan: (e) => addNote(e, 'setup', enrol(e, replacementFor(e.fixture, e.kiosks[0]))),
  },
  {
    name: 'two kiosks have the same key',
    rule: 'device.key-reused',
    plan: (e) => addNote(e, 'setup', enrol(e, e.kiosks[3], { ed25519: toBase64(e.kiosks[0].publicKey) })),
  },
  {
    name: 'a kiosk has a key of small order',
    rule: 'device.key',
    plan: (e) =>
      addNote(
        e,
        'setup',
        enrol(e, e.kiosks[3], { ed25519: toBase64(Uint8Array.of(1, ...new Uint8Array(31))) }),
      ),
  },
  {
    name: 'a device that is not live is revoked',
    rule: 'device.not-live',
    plan: (e) => addNote(e, 'opening', deviceLeaf(e.fixture, e.kiosks[3], 'revoke')),
  },

  {
    name: 'the registrar voids a slip that does not exist',
    rule: 'void.slip',
    plan: (e) => addNote(e, 'papers', byRegistrar(e, RECORD.voidSlips, { slips: [999] })),
  },
  {
    name: 'the registrar voids a slip after its ballot',
    rule: 'void.ballot-earlier',
    plan: (e) =>
      addNote(e, 'papers', byRegistrar(e, RECORD.voidSlips, { slips: [e.ballots[0]?.slip as number] })),
  },
  {
    name: 'void slips are listed in a file that nobody has',
    rule: 'void.blob',
    plan: (e) => addNote(e, 'papers', byRegistrar(e, RECORD.voidSlips, { blob: 'ab'.repeat(32), count: 32 })),
  },
  {
    name: 'a centre has more ballots than it issued slips',
    rule: 'turnout.exceeded',
    plan: (e) =>
      e.plan.change('noon', ({ notes }) => ({ notes: [turnout(e, 'north', 3), ...notes.slice(1)] })),
  },
  {
    name: 'a centre keeps its turnout to itself',
    rule: 'turnout.missing',
    plan: (e) => e.plan.change('papers', ({ notes }) => ({ notes: [notes[0], notes[2]] as Uint8Array[] })),
  },
  {
    name: 'turnout is reported for a centre that does not exist',
    rule: 'turnout.centre',
    plan: (e) => addNote(e, 'papers', turnout(e, 'west', 1)),
  },
  {
    name: 'more slips come back than were issued',
    rule: 'turnout.numbers',
    plan: (e) =>
      addNote(e, 'papers', byRegistrar(e, RECORD.turnout, { centre: 'south', issued: 12, returned: 13 })),
  },
  {
    name: 'other test slips are opened than were committed to',
    rule: 'test-slips.commitment',
    plan: (e) =>
      e.plan.change('papers', ({ notes }) => ({ notes: [...notes.slice(0, 2), testSlips(e, [0])] })),
  },
  {
    name: 'the test slips are opened while people vote',
    rule: 'test-slips.early',
    plan: (e) => addNote(e, 'morning', testSlips(e, e.fixture.testSlips.slips)),
  },
  {
    name: 'an incident is about a kiosk that does not exist',
    rule: 'incident.kiosk',
    plan: (e) => addNote(e, 'papers', incident(e, { kiosk: 77 })),
  },
]

const opens = (e: Election): number => e.fixture.manifest.times.opens
const closes = (e: Election): number => e.fixture.manifest.times.closes

function polls(e: Election, state: 'open' | 'closed' | 'sealed', at: number): Uint8Array {
  return pollsLeaf(e.fixture, state, at)
}

function byRegistrar(e: Election, type: number, value: Record<string, Json>): Uint8Array {
  return officialLeaf(e.fixture, 'registrar', type, value)
}

function turnout(e: Election, centre: string, issued: number): Uint8Array {
  return byRegistrar(e, RECORD.turnout, { centre, issued, returned: 0 })
}

function testSlips(e: Election, slips: readonly number[]): Uint8Array {
  const salt = toBase64(e.fixture.testSlips.salt)
  return officialLeaf(e.fixture, 'authority', RECORD.testSlips, { slips: [...slips], salt })
}

function incident(e: Election, more: Record<string, Json>): Uint8Array {
  return officialLeaf(e.fixture, 'authority', RECORD.incident, { text: 'Something.', at: opens(e), ...more })
}

function enrol(
  e: Election,
  kiosk: FixtureKiosk,
  change: Record<string, Json> = {},
  role: 'deviceAuthority' | 'authority' = 'deviceAuthority',
): Uint8Array {
  return officialLeaf(e.fixture, role, RECORD.device, {
    action: 'enrol',
    kiosk: kiosk.id,
    ed25519: toBase64(kiosk.publicKey),
    x25519: toBase64(kiosk.x25519Public),
    at: opens(e) - 60,
    ...change,
  })
}

function doublySigned({ backend, seeds, manifest, manifestHash }: ElectionFixture): string {
  const { ed25519 } = backend
  const value = { text: 'x', at: manifest.times.opens, manifest: manifestField(manifestHash) }
  const sign = (name: string, seed: Uint8Array) => signRecord({ ed25519, keyName: name, seed, value })
  const second = sign(keyName.registrar(manifest.id), seeds.registrar)
  return sign(keyName.authority(manifest.id), seeds.authority) + second.slice(second.indexOf('\n\n') + 2)
}

function addNote(e: Election, name: string, note: Uint8Array): Plan {
  return e.plan.change(name, ({ notes }) => ({ notes: [...notes, note] }))
}

function swappedAt(a: number, b: number) {
  return (leaves: readonly Uint8Array[]): Uint8Array[] => {
    const swapped = [...leaves]
    swapped[a] = leaves[b] as Uint8Array
    swapped[b] = leaves[a] as Uint8Array
    return swapped
  }
}
