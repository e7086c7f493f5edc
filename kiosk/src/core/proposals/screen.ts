import type { ManifestProposals } from '@hanpyo/protocol/election/manifest.ts'
import type { TopicView } from '../../contract/proposal-views.ts'
import type { Screen } from '../../contract/views.ts'
import type { ProposalState } from './flow.ts'
import { pageOf } from './page.ts'
import type { Shelf } from './shelf.ts'

/** What a state looks like. */
export function proposalScreen(state: ProposalState, rules: ManifestProposals, shelf: Shelf): Screen {
  const { at, text } = state
  const topic = (): TopicView => rules.topics.find(({ id }) => id === state.topic) as TopicView
  switch (at.step) {
    case 'home':
      return { screen: 'proposals', count: shelf.list().length }
    case 'topic':
      return { screen: 'proposal-topic', topics: [...rules.topics], chosen: state.topic }
    case 'write':
      return { screen: 'proposal-write', topic: topic(), text, maxCharacters: rules.maxCharacters }
    case 'similar':
      return { screen: 'proposal-similar', similar: [...at.similar] }
    case 'read-back':
      return { screen: 'proposal-read-back', topic: topic(), text }
    case 'consent':
      return { screen: 'proposal-consent', topic: topic(), text }
    case 'slip':
      return {
        screen: 'proposal-slip',
        purpose: at.from.step === 'consent' ? 'propose' : 'support',
        problem: at.problem,
      }
    case 'list':
      return { screen: 'proposal-list', ...pageOf(shelf.list(), at.page) }
    case 'detail':
      return { screen: 'proposal-detail', proposal: at.proposal }
    case 'support':
      return { screen: 'proposal-support', proposal: at.proposal }
    case 'stored':
      return { screen: 'proposal-stored', kind: at.kind }
    case 'expired':
      return { screen: 'proposal-expired' }
  }
}
