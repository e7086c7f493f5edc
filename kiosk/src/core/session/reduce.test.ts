import { prepareBallot } from '@hanpyo/protocol/ballot/create.ts'
import { encodePlaintext } from '@hanpyo/protocol/ballot/plaintext.ts'
import { deriveCredential, parseSlip } from '@hanpyo/protocol/ballot/slip.ts'
import { isZero } from '@hanpyo/protocol/bytes.ts'
import type { ManifestContest } from '@hanpyo/protocol/election/manifest.ts'
import { nobleBackend } from '@hanpyo/protocol/group/backend.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { counterRandom } from '@hanpyo/protocol/testing/counter-random.ts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { kioskViewSchema, type SelectionView, screenSchema } from '../../contract/views.ts'
import { FIXTURE_RARE_CONTESTS } from '../../host/fixtures.ts'
import { createTestElection, TEST_CONTESTS } from '../../testing/test-election.ts'
import { reduce, type SessionEvent } from './reduce.ts'
import { screenOf } from './screen.ts'
import { checkSelection, reviewState } from './selection.ts'
import {
  type AcceptedSlip,
  eraseDropped,
  INITIAL,
  isSecret,
  NO_RESIDUE,
  type SessionState,
  type SessionStep,
} from './state.ts'

const random = counterRandom('session')
const testElection = createTestElection()
const { election, keys } = testElection
const [approve, chooseOne, yesNo] = TEST_CONTESTS

function acceptedSlip(): AcceptedSlip {
  const seed = expectOk(parseSlip(testElection.slips[0] as string))
  const credential = deriveCredential(nobleBackend.group, seed, election.manifest.id)
  const number = election.find(credential.publicKey) as number
  return { number, credential, contests: election.contestsOf(number) }
}

const prepared = (slip: AcceptedSlip) =>
  prepareBallot({
    backend: nobleBackend,
    random,
    deviceSecret: keys.deviceSecret,
    election,
    credentialIndex: slip.number,
    kioskId: election.kioskId,
    contestIds: [1],
    plaintexts: [encodePlaintext({ kind: 'approve', options: [1] })],
  })

const selections: fc.Arbitrary<SelectionView | null> = fc.oneof(
  fc.constant(null),
  fc.constant({ kind: 'blank' as const }),
  fc.record({
    kind: fc.constantFrom('choose-one' as const, 'yes-no' as const),
    option: fc.integer({ min: 1, max: 6 }),
  }),
  fc.record({
    kind: fc.constantFrom('approve' as const, 'budget' as const, 'rank' as const),
    options: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 5 }),
  }),
)

/** Descriptions of events; secrets are made fresh for each run, because they get wiped. */
type Step =
  | { readonly type: 'slip-accepted' }
  | { readonly type: 'prepared' }
  | Exclude<SessionEvent, { type: 'slip-accepted' | 'prepared' }>
const steps: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.constant<Step>({ type: 'slip-accepted' }), weight: 4 },
  { arbitrary: fc.constant<Step>({ type: 'prepared' }), weight: 4 },
  { arbitrary: fc.constant<Step>({ type: 'review' }), weight: 4 },
  { arbitrary: fc.constant<Step>({ type: 'stored' }), weight: 3 },
  fc.record({
    type: fc.constant('select' as const),
    contest: fc.integer({ min: 1, max: 4 }),
    selection: selections,
  }),
  fc.record({ type: fc.constant('show' as const), contest: fc.integer({ min: 1, max: 4 }) }),
  fc.record({
    type: fc.constant('slip-refused' as const),
    problem: fc.constantFrom('slip-damaged' as const, 'slip-used' as const),
  }),
  fc.constantFrom<Step>(
    { type: 'start' },
    { type: 'opened', opening: 'public' },
    { type: 'not-stored', problem: 'disk-full' },
    { type: 'receipt' },
    { type: 'again' },
    { type: 'finish' },
    { type: 'leave' },
    { type: 'expire' },
    { type: 'language', language: 'en' },
  ),
)

function eventOf(step: Step, at: SessionStep): SessionEvent | null {
  if (step.type === 'slip-accepted') return { type: step.type, slip: acceptedSlip() }
  if (step.type !== 'prepared') return step
  return isSecret(at) ? { type: step.type, prepared: prepared(at.slip) } : null
}

const NEXT: Readonly<Record<SessionStep['step'], readonly SessionStep['step'][]>> = {
  attract: ['slip', 'contest'],
  slip: ['contest', 'attract'],
  contest: ['review', 'attract'],
  review: ['contest', 'prepared', 'attract'],
  prepared: ['review', 'stored', 'checked', 'attract'],
  stored: ['receipt', 'done', 'attract'],
  checked: ['receipt', 'slip', 'done', 'attract'],
  receipt: ['slip', 'done', 'attract'],
  done: ['attract'],
}

test('whatever happens in whatever order, steps follow the diagram and nothing of a voter is left behind', () => {
  expect(NO_RESIDUE).toBe(true)
  fc.assert(
    fc.property(fc.array(steps, { minLength: 1, maxLength: 40 }), (sequence) => {
      let state: SessionState = INITIAL
      const secrets: { bytes: Uint8Array; isHeldBy: (at: SessionStep) => boolean }[] = []
      for (const step of sequence) {
        const event = eventOf(step, state.at)
        if (event === null) continue
        const next = reduce(state, event)
        if (!next.ok) continue
        const [before, after] = [state.at, next.value.at]
        if (before.step !== after.step) expect([...NEXT[before.step], 'attract']).toContain(after.step)
        if (event.type === 'slip-accepted') {
          const { slip } = event
          secrets.push({
            bytes: slip.credential.secret,
            isHeldBy: (at) => isSecret(at) && at.slip === slip,
          })
        }
        if (event.type === 'prepared') {
          for (const bytes of [...event.prepared.randomness, ...event.prepared.plaintexts]) {
            secrets.push({
              bytes,
              isHeldBy: (at) => at.step === 'prepared' && at.prepared === event.prepared,
            })
          }
        }
        eraseDropped(before, after)
        state = next.value
        for (const { bytes, isHeldBy } of secrets) expect(isZero(bytes)).toBe(!isHeldBy(after))
        expect(screenSchema.safeParse(screenOf(after)).success).toBe(true)
        if (!isSecret(after)) {
          expect(Object.keys(after)).not.toContain('selections')
          expect(Object.keys(after)).not.toContain('slip')
          expect(Object.keys(after)).not.toContain('prepared')
        }
        if (after.step === 'attract' && before.step !== 'attract') expect(state).toEqual(INITIAL)
      }
    }),
    { numRuns: 150 },
  )
})

test('only the review leads to encryption, and only the tracker screen to storing', () => {
  const slip = acceptedSlip()
  const contest = expectOk(reduce(INITIAL, { type: 'slip-accepted', slip }))
  for (const event of [
    { type: 'prepared', prepared: prepared(slip) },
    { type: 'stored' },
    { type: 'opened', opening: '' },
  ] as const) {
    expect(reduce(contest, event)).toMatchObject({ error: 'wrong-step' })
  }
})

test('the language can change at any moment and is back to Korean for the next voter', () => {
  const slip = acceptedSlip()
  let state = expectOk(reduce(INITIAL, { type: 'slip-accepted', slip }))
  state = expectOk(reduce(state, { type: 'language', language: 'en' }))
  expect([state.language, state.at.step]).toEqual(['en', 'contest'])
  expect(expectOk(reduce(state, { type: 'leave' }))).toEqual(INITIAL)
})

describe('an answer', () => {
  test('beyond the allowed number is refused with a code and the earlier answer stays', () => {
    const slip = acceptedSlip()
    let state = expectOk(reduce(INITIAL, { type: 'slip-accepted', slip }))
    const three: SelectionView = { kind: 'approve', options: [5, 1, 3] }
    state = expectOk(reduce(state, { type: 'select', contest: 1, selection: three }))
    const four: SelectionView = { kind: 'approve', options: [1, 2, 3, 5] }
    expect(reduce(state, { type: 'select', contest: 1, selection: four })).toMatchObject({
      error: 'too-many-selected',
    })
    expect(screenOf(state.at)).toMatchObject({ selection: { kind: 'approve', options: [1, 3, 5] } })
  })

  test.each([
    ['of another kind of contest', { kind: 'choose-one', option: 1 }, 'wrong-kind'],
    ['for an option that does not exist', { kind: 'approve', options: [6] }, 'unknown-option'],
    ['with an option twice', { kind: 'approve', options: [1, 1] }, 'duplicate-option'],
  ] as const)('%s is refused', (_what, selection, error) => {
    const given = 'options' in selection ? { ...selection, options: [...selection.options] } : selection
    expect(checkSelection(approve!, given)).toMatchObject({ error })
  })

  test('keeps the order of a ranking and sorts a bitmap', () => {
    const ranking = { ...approve!, kind: 'rank' as const }
    expect(expectOk(checkSelection(ranking, { kind: 'rank', options: [3, 1] }))).toEqual({
      kind: 'rank',
      options: [3, 1],
    })
    expect(expectOk(checkSelection(approve!, { kind: 'approve', options: [3, 1] }))).toEqual({
      kind: 'approve',
      options: [1, 3],
    })
    expect(expectOk(checkSelection(approve!, { kind: 'approve', options: [] }))).toBeNull()
  })

  test('is flagged in the review when it is blank or could hold more, and does not block', () => {
    expect(reviewState(approve!, { kind: 'approve', options: [1] })).toBe('under')
    expect(reviewState(approve!, { kind: 'approve', options: [1, 2, 3] })).toBe('complete')
    expect(reviewState(chooseOne!, { kind: 'choose-one', option: 1 })).toBe('complete')
    expect(reviewState(yesNo!, undefined)).toBe('blank')
    expect(reviewState(yesNo!, { kind: 'blank' })).toBe('blank')
  })

  test('that would not count for being too short stops before encryption, with a code', () => {
    const atLeastTwo = { ...approve!, minSelections: 2 }
    const slip = { ...acceptedSlip(), contests: [atLeastTwo] }
    let state = expectOk(reduce(INITIAL, { type: 'slip-accepted', slip }))
    const one: SelectionView = { kind: 'approve', options: [1] }
    state = expectOk(reduce(state, { type: 'select', contest: 1, selection: one }))
    state = expectOk(reduce(state, { type: 'review' }))
    expect(screenOf(state.at)).toMatchObject({ items: [{ state: 'short' }] })
    expect(reduce(state, { type: 'prepared', prepared: prepared(slip) })).toMatchObject({
      error: 'too-few-selected',
    })
    state = expectOk(reduce(state, { type: 'select', contest: 1, selection: { kind: 'blank' } }))
    expect(reduce(state, { type: 'prepared', prepared: prepared(slip) }).ok).toBe(true)
  })
})

test('what costs more than the budget allows is refused', () => {
  const budget = FIXTURE_RARE_CONTESTS[1] as ManifestContest
  expect(checkSelection(budget, { kind: 'budget', options: [1, 2, 4] })).toMatchObject({ ok: true })
  expect(checkSelection(budget, { kind: 'budget', options: [1, 2, 3] })).toMatchObject({
    error: 'over-budget',
  })
})

test('every fixture of the gallery is a view the contract allows', async () => {
  const { FIXTURES } = await import('../../host/fixtures.ts')
  for (const [name, view] of Object.entries(FIXTURES)) {
    expect([name, kioskViewSchema.safeParse(view).error?.message]).toEqual([name, undefined])
  }
})
