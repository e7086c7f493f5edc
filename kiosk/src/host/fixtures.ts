/** One view per screen with a realistic election, for the gallery of screens and for tests of the page. */
import type { ContestView, KioskView, ReviewItem, Screen, SelectionView } from '../contract/views.ts'

export const FIXTURE_CONTESTS: readonly ContestView[] = [
  {
    id: 1,
    kind: 'approve',
    title: {
      ko: '내년에 먼저 하면 좋을 사업을 골라 주세요',
      en: 'Which projects should come first next year?',
    },
    summary: { ko: '3개까지 고를 수 있어요.', en: 'You can choose up to 3.' },
    options: [
      [
        '양재천 산책길에 밝은 등 달기',
        'Brighter lights on the Yangjaecheon path',
        '등 120개를 새로 답니다.',
        '120 new lamps.',
      ],
      [
        '경로당에 문턱 없애기',
        'Step-free senior centres',
        '스물세 곳의 문턱을 없앱니다.',
        'Removes steps in 23 centres.',
      ],
      [
        '학교 앞 그늘막 늘리기',
        'More shade in front of schools',
        '그늘막 40개를 세웁니다.',
        '40 new shades.',
      ],
      [
        '주민센터 저녁 문 열기',
        'Evening hours at community centres',
        '수요일은 저녁 8시까지 엽니다.',
        'Open until 8 pm on Wednesdays.',
      ],
      [
        '마을버스 정류장 의자 놓기',
        'Benches at village bus stops',
        '의자 60개를 놓습니다.',
        '60 new benches.',
      ],
    ].map(([ko, en, koSummary, enSummary], at) => ({
      id: at + 1,
      title: { ko: ko!, en: en! },
      summary: { ko: koSummary!, en: enSummary! },
    })),
    minSelections: 1,
    maxSelections: 3,
  },
  {
    id: 2,
    kind: 'choose-one',
    title: { ko: '새 도서관 이름을 골라 주세요', en: 'Choose a name for the new library' },
    summary: { ko: '1개를 고를 수 있어요.', en: 'You can choose 1.' },
    options: [
      ['서리풀 도서관', 'Seoripul Library'],
      ['반딧불 도서관', 'Firefly Library'],
      ['온누리 도서관', 'Onnuri Library'],
    ].map(([ko, en], at) => ({ id: at + 1, title: { ko: ko!, en: en! }, summary: { ko: '', en: '' } })),
    minSelections: 1,
    maxSelections: 1,
  },
  {
    id: 3,
    kind: 'yes-no',
    title: { ko: '금요일마다 장터를 열까요?', en: 'Should there be a market every Friday?' },
    summary: {
      ko: '주민센터 앞 마당에서 오전 10시부터 엽니다.',
      en: 'In front of the community centre, from 10 am.',
    },
    options: [
      { id: 1, title: { ko: '네, 찬성해요', en: 'Yes' }, summary: { ko: '', en: '' } },
      { id: 2, title: { ko: '아니요, 반대해요', en: 'No' }, summary: { ko: '', en: '' } },
    ],
    minSelections: 1,
    maxSelections: 1,
  },
]

const won = (cost: number, ko: string, en: string) => ({
  title: { ko, en },
  summary: { ko: '', en: '' },
  cost,
})

/** The kinds of contest that the election above does not have: a ranking, and a budget with prices. */
export const FIXTURE_RARE_CONTESTS: readonly ContestView[] = [
  {
    id: 4,
    kind: 'rank',
    title: {
      ko: '주민센터 이름을 마음에 드는 차례로 골라 주세요',
      en: 'Rank the names for the community centre',
    },
    summary: { ko: '3개까지 차례를 정할 수 있어요.', en: 'You can rank up to 3.' },
    options: [
      ['한마음 주민센터', 'Hanmaeum Centre'],
      ['느티나무 주민센터', 'Zelkova Centre'],
      ['이웃사촌 주민센터', 'Good Neighbours Centre'],
      ['햇살 주민센터', 'Sunshine Centre'],
    ].map(([ko, en], at) => ({ id: at + 1, title: { ko: ko!, en: en! }, summary: { ko: '', en: '' } })),
    minSelections: 1,
    maxSelections: 3,
  },
  {
    id: 5,
    kind: 'budget',
    title: { ko: '1억 원을 어디에 쓸까요?', en: 'Where should 100 million won go?' },
    summary: {
      ko: '1억 원 안에서 여러 개를 고를 수 있어요.',
      en: 'Choose as many as fit into 100 million won.',
    },
    options: [
      won(40_000_000, '놀이터 바닥 새로 깔기', 'New playground floor'),
      won(35_000_000, '골목 꽃밭 가꾸기', 'Flower beds in the lanes'),
      won(30_000_000, '빗물받이 고치기', 'Repair of storm drains'),
      won(25_000_000, '공원 긴 의자 놓기', 'Benches in the park'),
    ].map((option, at) => ({ id: at + 1, ...option })),
    minSelections: 1,
    maxSelections: 4,
    budget: 100_000_000,
  },
]

const [approve, chooseOne, yesNo] = FIXTURE_CONTESTS as [ContestView, ContestView, ContestView]

export const FIXTURE_TRACKER = {
  text: '7KQ2-M9XD-04TV-HN3C-WP8R',
  qr: '7KQ2M9XD04TVHN3CWP8RB5ZG6YJA1SEFKQ2M9XD04TVHN3CWP8R0',
}
const slipNumber = 1204

/** A view around a screen, as the core would send it with the polls open. */
export function fixtureView(screen: Screen, changes: Partial<KioskView> = {}): KioskView {
  return {
    cursor: `fixture.${screen.screen}`,
    kiosk: { id: 3, centre: { ko: '양재1동 주민센터', en: 'Yangjae 1-dong Community Centre' } },
    election: {
      id: 'vote.example.kr/2026',
      title: { ko: '서초구 주민참여예산 투표', en: 'Seocho participatory budget' },
    },
    language: 'ko',
    polls: 'open',
    session: screen.screen === 'attract' ? null : 'fixture',
    screen,
    idle: null,
    isPractice: false,
    proposalStop: null,
    hint: null,
    isHelpCalled: false,
    stop: null,
    receipt: 'none',
    input: { boot: 'fixture', last: 0, keys: [], headphones: 'unknown' },
    staff: { isSetUp: true, isUnlocked: false, role: null, waitSeconds: null },
    ...changes,
  }
}

export function fixtureContest(
  at: number,
  selection: SelectionView | null,
  contests: readonly ContestView[] = FIXTURE_CONTESTS,
): Screen {
  return {
    screen: 'contest',
    slipNumber,
    position: at + 1,
    count: contests.length,
    contest: contests[at]!,
    selection,
    contestIds: contests.map(({ id }) => id),
  }
}

const reviewItems: ReviewItem[] = [
  { contest: approve, selection: { kind: 'approve', options: [2, 4] }, state: 'under' },
  { contest: chooseOne, selection: { kind: 'choose-one', option: 1 }, state: 'complete' },
  { contest: yesNo, selection: null, state: 'blank' },
]

const [rank, budget] = FIXTURE_RARE_CONTESTS as [ContestView, ContestView]
const rareItems: ReviewItem[] = [
  { contest: rank, selection: { kind: 'rank', options: [3, 1] }, state: 'under' },
  { contest: budget, selection: { kind: 'budget', options: [1, 3] }, state: 'under' },
]

/** Every screen state that differs to the eye, by a name for the gallery. */
export const FIXTURES: Readonly<Record<string, KioskView>> = {
  attract: fixtureView({ screen: 'attract' }),
  'attract-closed': fixtureView({ screen: 'attract' }, { polls: 'closed' }),
  'attract-final': fixtureView({ screen: 'attract' }, { polls: 'final' }),
  slip: fixtureView({ screen: 'slip', problem: null }),
  'slip-damaged': fixtureView({ screen: 'slip', problem: 'slip-damaged' }),
  'slip-used': fixtureView({ screen: 'slip', problem: 'slip-used' }),
  'contest-approve': fixtureView(fixtureContest(0, { kind: 'approve', options: [2, 4] })),
  'contest-approve-empty': fixtureView(fixtureContest(0, null)),
  'contest-choose-one': fixtureView(fixtureContest(1, { kind: 'choose-one', option: 2 })),
  'contest-yes-no': fixtureView(fixtureContest(2, null)),
  'contest-blank': fixtureView(fixtureContest(2, { kind: 'blank' })),
  'contest-rank': fixtureView(fixtureContest(0, { kind: 'rank', options: [3, 1] }, FIXTURE_RARE_CONTESTS)),
  'contest-budget': fixtureView(
    fixtureContest(1, { kind: 'budget', options: [1, 3] }, FIXTURE_RARE_CONTESTS),
  ),
  review: fixtureView({ screen: 'review', slipNumber, items: reviewItems }),
  'review-rare': fixtureView({ screen: 'review', slipNumber, items: rareItems }),
  tracker: fixtureView({ screen: 'tracker', slipNumber, tracker: FIXTURE_TRACKER, problem: null }),
  'tracker-disk-full': fixtureView({
    screen: 'tracker',
    slipNumber,
    tracker: FIXTURE_TRACKER,
    problem: 'disk-full',
  }),
  stored: fixtureView({ screen: 'stored', slipNumber, tracker: FIXTURE_TRACKER }),
  checked: fixtureView({
    screen: 'checked',
    slipNumber,
    tracker: FIXTURE_TRACKER,
    opening: `{"C":["${'A'.repeat(86)}=="]}`,
  }),
  'receipt-cast': fixtureView({ screen: 'receipt', slipNumber, tracker: FIXTURE_TRACKER, kind: 'cast' }),
  'receipt-checked': fixtureView({
    screen: 'receipt',
    slipNumber,
    tracker: FIXTURE_TRACKER,
    kind: 'checked',
  }),
  done: fixtureView({ screen: 'done' }),
  'idle-prompt': fixtureView(fixtureContest(0, { kind: 'approve', options: [1] }), {
    idle: { secondsLeft: 42 },
  }),
  'contest-english': fixtureView(fixtureContest(0, { kind: 'approve', options: [2] }), { language: 'en' }),
}
