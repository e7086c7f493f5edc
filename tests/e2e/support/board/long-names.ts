import type { ManifestContest } from '@hanpyo/protocol/election/manifest.ts'

export const LONG_TITLE = {
  ko: '2026년 서울특별시 서초구 주민참여예산 및 생활권 사업 우선순위 결정을 위한 주민투표',
  en: 'Residents’ vote of Seocho-gu, Seoul, on the participatory budget and the order of neighbourhood works, 2026',
}

export const TOPICS = [
  {
    id: 1,
    title: { ko: '아이와 어르신이 함께 쓰는 쉼터', en: 'Places to rest for children and older residents' },
  },
  { id: 2, title: { ko: '안전한 통학로', en: 'Safe ways to school' } },
  { id: 3, title: { ko: '나무와 물길', en: 'Trees and streams' } },
]

/** Names of centres; the number keeps them apart. */
export const LONG_CENTRES = [
  (i: number) => ({ ko: `반포${i + 1}동 주민센터`, en: `Banpo ${i + 1}-dong community centre` }),
  (i: number) => ({
    ko: `서초구립 양재노인종합복지관 별관 ${i + 1}층 다목적 강당 (엘리베이터 이용)`,
    en: `Yangjae welfare centre for the elderly, annexe, multi-purpose hall on floor ${i + 1} (by the lift)`,
  }),
  (i: number) => ({ ko: `우면 ${i + 1}`, en: `Umyeon ${i + 1}` }),
  (i: number) => ({
    ko: `국립중앙도서관앞네거리지하보도연결통로임시투표소제${i + 1}호`,
    en: `Donaudampfschifffahrtsgesellschaftskapitaensbuero${i + 1}`,
  }),
]

const SURNAMES = ['김', '이', '박', '최', '남궁', '황보', '제갈'] as const
const nothing = { ko: '', en: '' }

function options(count: number, title: (i: number) => { ko: string; en: string }) {
  return Array.from({ length: count }, (_, i) => ({ id: i + 1, title: title(i), summary: nothing }))
}

/** Seven contests: every kind, one with two candidates of the same name, and one for few. */
export function contestsOfEveryKind(candidates: number): ManifestContest[] {
  const projects = [
    ['반포천 산책길을 넓히고 밤에도 밝게', 'Widen the Banpo stream path and light it at night', 480_000_000],
    ['학교 앞 건널목 바닥 신호등', 'Signals in the ground at school crossings', 120_000_000],
    ['마을버스 정류장 그늘막과 온열 의자', 'Shade and heated seats at village bus stops', 75_500_000],
    ['공동 육아방', 'Shared nursery', 300_000_000],
    ['골목 빗물 저금통', 'Rain barrels in the alleys', 9_900_000],
  ] as const
  const single = { minSelections: 1, maxSelections: 1, summary: nothing }
  const works = options(12, (i) => ({
    ko: `${i + 1}구역 오래된 하수관을 바꾸고 보도블록을 다시 까는 일`,
    en: `Area ${i + 1}: replace the old sewers and lay the pavement again`,
  }))
  return [
    {
      id: 1,
      kind: 'choose-one',
      title: { ko: '주민자치회 대표', en: 'Chair of the residents’ council' },
      ...single,
      // The first two have one name: that happens.
      options: options(candidates, (i) =>
        i < 2
          ? { ko: '김서연', en: 'Kim Seo-yeon' }
          : {
              ko: `${SURNAMES[i % SURNAMES.length]}서연 (${i + 1}번, 생활권 ${i + 1} 추천)`,
              en: `Candidate ${i + 1}, neighbourhood ${i + 1}`,
            },
      ),
    },
    {
      id: 2,
      kind: 'rank',
      title: {
        ko: '먼저 고칠 구역의 순서를 정해 주세요 (다섯 곳까지)',
        en: 'Put the areas to be mended first in order (up to five)',
      },
      summary: nothing,
      options: works,
      minSelections: 1,
      maxSelections: 5,
    },
    {
      id: 3,
      kind: 'budget',
      title: { ko: '주민참여예산 5억 원을 어디에 쓸까요', en: 'Where shall 500 million won be spent' },
      summary: nothing,
      options: projects.map(([ko, en, cost], i) => ({
        id: i + 1,
        title: { ko, en },
        summary: nothing,
        cost,
      })),
      minSelections: 1,
      maxSelections: 5,
      budget: 500_000_000,
    },
    {
      id: 4,
      kind: 'approve',
      title: { ko: '도움이 될 것 같은 일을 모두 골라 주세요', en: 'Choose all that would help' },
      summary: nothing,
      options: works.slice(0, 6),
      minSelections: 1,
      maxSelections: 6,
    },
    {
      id: 5,
      kind: 'yes-no',
      title: { ko: '광장을 차 없는 곳으로 만들까요', en: 'Shall the plaza be free of cars' },
      ...single,
      options: [
        { id: 1, title: { ko: '찬성', en: 'Yes' }, summary: nothing },
        { id: 2, title: { ko: '반대', en: 'No' }, summary: nothing },
      ],
    },
    {
      id: 6,
      kind: 'rank',
      title: { ko: '모두 순위를 매겨 주세요', en: 'Rank all of them' },
      summary: nothing,
      options: works.slice(0, 9),
      minSelections: 1,
      maxSelections: 9,
    },
    {
      id: 7,
      kind: 'yes-no',
      title: { ko: '섬마을 배편을 늘릴까요', en: 'More ferries to the island' },
      ...single,
      options: [
        { id: 1, title: { ko: '찬성', en: 'Yes' }, summary: nothing },
        { id: 2, title: { ko: '반대', en: 'No' }, summary: nothing },
      ],
    },
  ]
}
