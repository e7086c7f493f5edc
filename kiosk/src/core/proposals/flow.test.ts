import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ProposalView } from '../../contract/proposal-views.ts'
import { screenSchema } from '../../contract/views.ts'
import { TEST_PROPOSALS } from '../../testing/test-election.ts'
import { HOME, type ProposalEvent, type ProposalState, reduceProposal } from './flow.ts'
import { proposalScreen } from './screen.ts'

const view = (id: string): ProposalView => ({
  id: id.repeat(64),
  topic: { id: 1, title: { ko: '길', en: 'Streets' } },
  text: id,
  supports: 1,
  isWaiting: false,
})
const shelf = { list: () => [view('a'), view('b')], find: () => null, similarTo: () => [] }

const EVENTS: readonly ProposalEvent[] = [
  { type: 'new' },
  { type: 'topic', topic: 1 },
  { type: 'text', text: '가' },
  { type: 'written', text: '가로등', similar: [] },
  { type: 'written', text: '가로등', similar: [view('a')] },
  { type: 'next' },
  { type: 'back' },
  { type: 'confirm' },
  { type: 'stored' },
  { type: 'list', page: 3 },
  { type: 'slip-refused', problem: 'slip-foreign' },
  { type: 'show', proposal: view('a') },
  { type: 'support', proposal: view('b') },
]

test('whatever is pressed, every state can be drawn, nothing is handed in without topic, text and consent, and an end forgets', () => {
  const reached = new Set<string>()
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 60 }), (choices) => {
      let state: ProposalState = HOME
      for (const choice of choices) {
        const before: ProposalState = state
        const possible = EVENTS.map((event) => reduceProposal(before, event)).filter(({ ok }) => ok)
        const next = possible[choice % Math.max(1, possible.length)]
        if (!next?.ok || next.value === null) break
        state = next.value
        const { at, topic, text } = state
        reached.add(at.step)
        expect(screenSchema.safeParse(proposalScreen(state, TEST_PROPOSALS, shelf)).success).toBe(true)
        if (at.step === 'slip' && before.at.step !== 'slip') {
          expect(['consent', 'support']).toContain(before.at.step)
          if (at.from.step === 'consent') expect([topic, text]).toEqual([1, '가로등'])
        }
        if (at.step === 'stored') expect([topic, text]).toEqual([null, ''])
      }
      const ended = reduceProposal(state, { type: 'expire' })
      expect(ended.ok && (ended.value === null || ended.value.text === '')).toBe(true)
    }),
    { numRuns: 300 },
  )
  expect(reached).toContain('stored')
  expect(reached).toContain('similar')
})

test('back retraces every step of writing and of supporting, and the text stays', () => {
  const go = (state: ProposalState, ...pressed: ProposalEvent[]): ProposalState =>
    pressed.reduce((at, event) => {
      const next = reduceProposal(at, event)
      return (next.ok ? next.value : null) as ProposalState
    }, state)
  const asked = go(
    HOME,
    { type: 'new' },
    { type: 'topic', topic: 1 },
    { type: 'written', text: '가로등', similar: [view('a')] },
    { type: 'next' },
    { type: 'next' },
    { type: 'confirm' },
  )
  expect(asked.at.step).toBe('slip')
  const steps: string[] = []
  for (let at: ProposalState | null = asked; at !== null; ) {
    steps.push(at.at.step)
    expect(at.text).toBe('가로등')
    const back = reduceProposal(at, { type: 'back' })
    at = back.ok ? back.value : null
  }
  expect(steps).toEqual(['slip', 'consent', 'read-back', 'write', 'topic', 'home'])
  const support = go(
    HOME,
    { type: 'list', page: 2 },
    { type: 'support', proposal: view('b') },
    { type: 'confirm' },
  )
  const list = go(support, { type: 'back' }, { type: 'back' }, { type: 'back' })
  expect(list.at).toEqual({ step: 'list', page: 2 })
})
