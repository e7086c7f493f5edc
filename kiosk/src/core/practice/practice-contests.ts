import type { ManifestContest } from '@hanpyo/protocol/election/manifest.ts'
import type { BilingualText } from '../../contract/views.ts'

type Kind = ManifestContest['kind']
const say = (ko: string, en: string): BilingualText => ({ ko, en })

const MEALS: readonly BilingualText[] = [
  say('비빔밥', 'Bibimbap'),
  say('칼국수', 'Noodle soup'),
  say('김밥', 'Gimbap'),
  say('만둣국', 'Dumpling soup'),
]

const QUESTIONS: Readonly<Record<Kind, { title: BilingualText; summary: BilingualText }>> = {
  'choose-one': {
    title: say('점심으로 무엇을 먹을까요?', 'What shall we have for lunch?'),
    summary: say('연습이에요. 1개를 골라 보세요.', 'This is practice. Choose 1.'),
  },
  approve: {
    title: say('좋아하는 음식을 모두 골라 보세요', 'Choose every dish you like'),
    summary: say('연습이에요. 2개까지 고를 수 있어요.', 'This is practice. You can choose up to 2.'),
  },
  budget: {
    title: say('잔칫상에 올릴 음식을 골라 보세요', 'Choose dishes for the party'),
    summary: say('연습이에요. 2개까지 고를 수 있어요.', 'This is practice. You can choose up to 2.'),
  },
  rank: {
    title: say('먹고 싶은 순서대로 골라 보세요', 'Put the dishes in your order'),
    summary: say(
      '연습이에요. 누른 순서가 순위예요.',
      'This is practice. The order of pressing is the ranking.',
    ),
  },
  'yes-no': {
    title: say('오늘은 면을 먹을까요?', 'Noodles today?'),
    summary: say('연습이에요.', 'This is practice.'),
  },
}

/**
 * Questions about lunch, one for each kind of contest in the election: whoever practises shows the kiosk nothing about the
 * vote to come.
 */
export function practiceContests(kinds: readonly Kind[]): readonly ManifestContest[] {
  return [...new Set(kinds)].map((kind, at): ManifestContest => {
    const isYesNo = kind === 'yes-no'
    const titles = isYesNo ? [say('네', 'Yes'), say('아니요', 'No')] : MEALS
    const options = titles.map((title, i) => ({ id: i + 1, title, summary: say('', '') }))
    const most = kind === 'approve' || kind === 'budget' ? 2 : kind === 'rank' ? options.length : 1
    return { id: at + 1, kind, ...QUESTIONS[kind], options, minSelections: 1, maxSelections: most }
  })
}
