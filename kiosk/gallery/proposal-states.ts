import type { ProposalView } from '../src/contract/proposal-views.ts'
import type { KioskView, Screen } from '../src/contract/views.ts'
import type { Display } from '../ui/model/display.ts'
import type { Local } from '../ui/model/local.ts'

/** A state of the screens of proposals; the gallery puts a view around it. */
export interface ProposalState {
  readonly name: string
  readonly screen: Screen
  readonly changes?: Partial<KioskView>
  readonly local?: Partial<Local>
  readonly display?: Partial<Display>
}

const TOPICS = [
  { id: 1, title: { ko: '안전한 길과 교통', en: 'Safe streets and transport' } },
  { id: 2, title: { ko: '어르신과 돌봄', en: 'Seniors and care' } },
  { id: 3, title: { ko: '공원과 나무', en: 'Parks and trees' } },
  { id: 4, title: { ko: '배움과 문화', en: 'Learning and culture' } },
]
const [streets, seniors, parks] = TOPICS as [
  ProposalView['topic'],
  ProposalView['topic'],
  ProposalView['topic'],
]

const TEXT = '양재천 다리 밑 산책길이 밤에 너무 어두워요. 등을 더 달고, 넘어지지 않게 손잡이도 놓아 주세요.'
/** The longest an election may ask for, in syllables that the committed font lacks too. */
const LONG = `${TEXT} 뷁 쀍 `.repeat(12)

const proposal = (
  at: number,
  topic: ProposalView['topic'],
  text: string,
  supports: number,
): ProposalView => ({
  id: String(at).repeat(64).slice(0, 64),
  topic,
  text,
  supports,
  isWaiting: false,
})
const PROPOSALS = [
  proposal(1, streets, TEXT, 128),
  proposal(2, seniors, '경로당에 점심을 함께 먹는 날을 만들어 주세요.', 41),
  proposal(3, parks, '우면산 둘레길에 긴 의자를 놓아 주세요. 쉬었다 갈 곳이 없어요.', 7),
]
const [first, second] = PROPOSALS as [ProposalView, ProposalView]

const write = (text: string): Screen => ({
  screen: 'proposal-write',
  topic: streets,
  text,
  maxCharacters: 300,
})

export const PROPOSAL_STATES: readonly ProposalState[] = [
  { name: 'proposals', screen: { screen: 'proposals', count: 12 } },
  { name: 'proposal-topic', screen: { screen: 'proposal-topic', topics: TOPICS, chosen: 2 } },
  { name: 'proposal-write', screen: write('양재천 다리 밑') },
  { name: 'proposal-write-empty', screen: write(''), local: { notice: 'text-empty' } },
  { name: 'proposal-write-few', screen: write('양재천'), display: { keys: 'cheonjiin' } },
  {
    name: 'proposal-write-long',
    screen: write(LONG.slice(0, 300)),
    changes: { hint: 'slip-while-proposing' },
  },
  { name: 'proposal-similar', screen: { screen: 'proposal-similar', similar: PROPOSALS } },
  { name: 'proposal-read-back', screen: { screen: 'proposal-read-back', topic: streets, text: TEXT } },
  {
    name: 'proposal-read-back-listening',
    screen: { screen: 'proposal-read-back', topic: streets, text: LONG },
    display: { mode: 'audio' },
  },
  { name: 'proposal-consent', screen: { screen: 'proposal-consent', topic: streets, text: TEXT } },
  { name: 'proposal-slip', screen: { screen: 'proposal-slip', purpose: 'propose', problem: null } },
  {
    name: 'proposal-slip-supported',
    screen: { screen: 'proposal-slip', purpose: 'support', problem: 'already-supported' },
  },
  { name: 'proposal-list', screen: { screen: 'proposal-list', page: 1, pages: 4, items: PROPOSALS } },
  { name: 'proposal-list-empty', screen: { screen: 'proposal-list', page: 1, pages: 1, items: [] } },
  { name: 'proposal-detail', screen: { screen: 'proposal-detail', proposal: first } },
  {
    name: 'proposal-detail-waiting',
    screen: { screen: 'proposal-detail', proposal: { ...second, isWaiting: true } },
  },
  { name: 'proposal-support', screen: { screen: 'proposal-support', proposal: second } },
  { name: 'proposal-stored', screen: { screen: 'proposal-stored', kind: 'proposed' } },
  { name: 'proposal-supported', screen: { screen: 'proposal-stored', kind: 'supported' } },
  { name: 'proposal-expired', screen: { screen: 'proposal-expired' } },
  { name: 'proposal-leave', screen: write(TEXT), local: { dialog: 'leave' } },
  { name: 'proposal-settings', screen: write(TEXT), local: { dialog: 'settings' } },
  { name: 'proposal-help', screen: write(TEXT), local: { dialog: 'help' } },
]
