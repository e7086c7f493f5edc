import { RULES, type RuleId } from '../election/rules.ts'
import type { Stage } from '../election/state.ts'
import type { AnyRuleId } from './rules.ts'

/** One numbered line of the report. `explain` says in plain words what the line means for a voter. */
interface Check {
  readonly id: string
  readonly number: number
  readonly ko: string
  readonly en: string
  readonly explainKo: string
  readonly explainEn: string
  /** Stages in which the check is due; all of them when absent. */
  readonly stages?: readonly Stage[]
}

const SEALED: readonly Stage[] = ['sealed', 'final']
const FINAL: readonly Stage[] = ['final']

/** Numbers never change; a new check takes the next one. */
export const CHECKS = [
  {
    id: 'checkpoint',
    number: 1,
    en: 'The checkpoint is signed by the log of this election',
    ko: '체크포인트에 이 선거 원장의 서명이 있습니다',
    explainEn:
      'A checkpoint is the seal on the whole ledger: whoever shows it cannot later show another one.',
    explainKo: '체크포인트는 원장 전체의 봉인입니다. 한번 내보이면 나중에 다른 원장을 내보일 수 없습니다.',
  },
  {
    id: 'manifest',
    number: 2,
    en: 'The manifest is complete and signed by the election authority',
    ko: '선거 공고문이 온전하고 선거 관리 기관의 서명이 있습니다',
    explainEn: 'The manifest fixes contests, slips, kiosks and trustees before the first vote.',
    explainKo: '공고문은 첫 투표 전에 안건, 투표 용지, 투표기, 수탁자를 정해 둡니다.',
  },
  {
    id: 'pinned',
    number: 3,
    en: 'The manifest is the one you were given',
    ko: '선거 공고문이 미리 받은 것과 같습니다',
    explainEn: 'Without this anybody could show you a flawless ledger of an election that never took place.',
    explainKo: '이것을 확인하지 않으면 있지도 않은 선거의 그럴듯한 원장을 내보일 수 있습니다.',
  },
  {
    id: 'key-lists',
    number: 4,
    en: 'The lists of slips are complete and every key in them is valid',
    ko: '투표 용지 목록이 온전하고 모든 키가 올바릅니다',
    explainEn: 'Only slips on this list can vote, and nobody can add one afterwards.',
    explainKo: '목록에 있는 용지만 투표할 수 있고 나중에 더할 수 없습니다.',
  },
  {
    id: 'tree',
    number: 5,
    en: 'Every record is the one under the seal',
    ko: '모든 기록이 봉인된 그대로입니다',
    explainEn: 'Each record was read and recomputed; a single changed letter would show here.',
    explainKo: '모든 기록을 읽고 다시 계산했습니다. 한 글자만 바뀌어도 여기서 드러납니다.',
  },
  {
    id: 'witnesses',
    number: 6,
    en: 'Enough independent witnesses have countersigned',
    ko: '독립된 증인들이 충분히 함께 서명했습니다',
    explainEn: 'Witnesses make sure that everybody is shown the same ledger.',
    explainKo: '증인은 모두에게 같은 원장이 보이도록 합니다.',
  },
  {
    id: 'records',
    number: 7,
    en: 'Every document is well formed and signed by the right office',
    ko: '모든 문서의 형식이 맞고 담당 기관의 서명이 있습니다',
    explainEn: 'Nobody acted in place of the office that is responsible.',
    explainKo: '책임 있는 기관을 대신해 다른 사람이 나선 일이 없습니다.',
  },
  {
    id: 'batches',
    number: 8,
    en: 'The batches follow one another without a gap, each in its fixed order',
    ko: '묶음이 빠짐없이 이어지고 그 안의 순서가 정해진 대로입니다',
    explainEn: 'The order inside a batch says nothing about who voted first.',
    explainKo: '묶음 안의 순서로는 누가 먼저 투표했는지 알 수 없습니다.',
  },
  {
    id: 'polls',
    number: 9,
    en: 'The polls were opened, closed and sealed in order',
    ko: '투표의 시작, 마감, 봉인이 순서대로 이루어졌습니다',
    explainEn: 'No ballot was taken before the polls opened or after they were sealed.',
    explainKo: '시작 전이나 봉인 뒤에 받은 투표가 없습니다.',
  },
  {
    id: 'devices',
    number: 10,
    en: 'Every kiosk was properly enrolled',
    ko: '모든 투표기가 올바르게 등록되었습니다',
    explainEn: 'Ballots come from known kiosks only.',
    explainKo: '투표는 등록된 투표기에서만 나왔습니다.',
  },
  {
    id: 'official-records',
    number: 11,
    en: 'Void slips, turnout, test slips and incidents are recorded by the rules',
    ko: '무효 용지, 투표율, 시험 용지, 사고가 규칙대로 기록되었습니다',
    explainEn: 'What officials did is on record and can be questioned.',
    explainKo: '관계 기관이 한 일이 기록에 남아 있어 물어볼 수 있습니다.',
  },
  {
    id: 'ballots',
    number: 12,
    en: "Every ballot carries a valid proof of its slip and its kiosk's signature",
    ko: '모든 투표에 용지의 증명과 투표기의 서명이 있습니다',
    explainEn: 'Nobody without a slip could vote, and no ballot was changed on its way.',
    explainKo: '용지가 없는 사람은 투표할 수 없었고, 오는 길에 바뀐 투표도 없습니다.',
  },
  {
    id: 'one-ballot-per-slip',
    number: 13,
    en: 'No slip has more than one ballot, and every ballot stands where it may',
    ko: '용지 한 장에 투표가 하나뿐이고 모든 투표가 제자리에 있습니다',
    explainEn: 'Nobody voted twice.',
    explainKo: '두 번 투표한 사람이 없습니다.',
  },
  {
    id: 'challenged',
    number: 14,
    en: 'Every ballot that a voter checked was encrypted honestly',
    ko: '확인해 본 모든 투표가 정직하게 암호화되었습니다',
    explainEn: 'Voters tested the kiosks at random, and the kiosks told the truth.',
    explainKo: '유권자가 투표기를 시험해 보았고 투표기는 사실대로 암호화했습니다.',
  },
  {
    id: 'kiosk-manifests',
    number: 15,
    en: "The kiosks' own lists of ballots form unbroken chains",
    ko: '투표기가 남긴 투표 목록이 끊기지 않고 이어집니다',
    explainEn: 'Each kiosk keeps its own account of what it sent.',
    explainKo: '투표기마다 보낸 투표를 스스로 적어 둡니다.',
  },
  {
    id: 'refusals',
    number: 16,
    en: 'Every refused ballot was refused for a reason that holds',
    ko: '거절된 모든 투표의 사유가 사실입니다',
    explainEn: 'No valid ballot was turned away.',
    explainKo: '받아야 할 투표를 돌려보낸 일이 없습니다.',
  },
  {
    id: 'reconciliation',
    number: 17,
    en: 'Every ballot a kiosk listed is in the ledger, and turnout covers the ballots',
    ko: '투표기가 적은 모든 투표가 원장에 있고 투표율과 맞습니다',
    explainEn: 'No ballot was lost between kiosk and ledger, and none appeared from nowhere.',
    explainKo: '투표기와 원장 사이에서 사라지거나 새로 생긴 투표가 없습니다.',
    stages: SEALED,
  },
  {
    id: 'count',
    number: 18,
    en: 'The announced result is what the opened ballots add up to',
    ko: '발표된 결과가 열린 표를 더한 값과 같습니다',
    explainEn: 'The announced result is the one that the ballots give; you can add it up yourself.',
    explainKo: '발표된 결과가 투표에서 나온 결과와 같습니다. 누구나 다시 더해 볼 수 있습니다.',
    stages: FINAL,
  },
  {
    id: 'ceremony',
    number: 19,
    en: "The election's key was made by all trustees together",
    ko: '선거의 열쇠를 모든 수탁자가 함께 만들었습니다',
    explainEn: 'No single body can open a ballot: the key was never in one place.',
    explainKo: '열쇠가 한곳에 있은 적이 없어 어느 한 기관도 혼자서 표를 열 수 없습니다.',
  },
  {
    id: 'mixes',
    number: 20,
    en: 'Every mix holds the same ballots in another order and wrapping',
    ko: '모든 섞기에서 표는 그대로이고 순서와 겉모습만 바뀌었습니다',
    explainEn:
      'Between slip and opened ballot the trail is cut, and no ballot was added, dropped or changed.',
    explainKo: '용지와 열린 표 사이의 연결이 끊어졌고 더하거나 빼거나 바꾼 표가 없습니다.',
    stages: FINAL,
  },
  {
    id: 'shares',
    number: 21,
    en: 'Enough trustees decrypted the last mix, each with a valid proof',
    ko: '충분한 수의 수탁자가 마지막 섞기를 올바르게 해독했습니다',
    explainEn: 'Trustees opened the mixed ballots only, and each proved that it used its real key.',
    explainKo: '수탁자는 섞인 표만 열었고 저마다 진짜 열쇠를 썼음을 증명했습니다.',
    stages: FINAL,
  },
  {
    id: 'plaintexts',
    number: 22,
    en: 'The opened ballots follow from the last mix',
    ko: '열린 표가 마지막 섞기에서 나왔습니다',
    explainEn: 'No opened ballot was replaced by another.',
    explainKo: '열린 표를 다른 표로 바꾼 일이 없습니다.',
    stages: FINAL,
  },
  {
    id: 'proposals',
    number: 23,
    en: 'Every proposal and support is signed by a slip and a kiosk, and moderated by those who may',
    ko: '모든 제안과 공감에 용지와 투표기의 서명이 있고 관리할 수 있는 곳에서만 관리했습니다',
    explainEn: 'Nobody supported a proposal twice, and no proposal was hidden without a record and a reason.',
    explainKo: '한 제안에 두 번 공감한 사람이 없고, 기록과 이유 없이 가린 제안도 없습니다.',
  },
] as const satisfies readonly Check[]

export type CheckId = (typeof CHECKS)[number]['id']

/** The checks that are due for a log of this stage. */
export function checksOf(stage: Stage): readonly (typeof CHECKS)[number][] {
  return CHECKS.filter((check: Check) => check.stages === undefined || check.stages.includes(stage))
}

const RECONCILIATION: ReadonlySet<RuleId> = new Set(['turnout.exceeded', 'turnout.missing'])

/** The check under which a broken rule is reported. */
export function checkOfRule(rule: AnyRuleId): CheckId {
  const prefix = rule.slice(0, rule.indexOf('.'))
  if (rule === 'manifest.pinned' || rule === 'manifest.trust') return 'pinned'
  if (prefix === 'checkpoint') return 'checkpoint'
  if (prefix === 'tree' || prefix === 'copy') return 'tree'
  if (prefix === 'witness') return 'witnesses'
  const { number } = RULES[rule as RuleId]
  if (RECONCILIATION.has(rule as RuleId) || (number > 810 && number < 900)) return 'reconciliation'
  if (number > 1100) return 'proposals'
  if (number > 1000) return checkOfCount(number)
  if (number < 110) return 'manifest'
  if (number > 120 && number < 130) return 'ceremony'
  if (number < 200) return 'key-lists'
  if (number < 220) return 'records'
  if (number < 300) return 'batches'
  if (number < 400) return 'polls'
  if (number < 500) return 'devices'
  if (number < 600) return 'official-records'
  if (number < 620) return 'ballots'
  if (number < 700) return 'one-ballot-per-slip'
  if (number < 800) return 'challenged'
  return number < 900 ? 'kiosk-manifests' : 'refusals'
}

function checkOfCount(number: number): CheckId {
  if (number < 1010) return 'polls'
  if (number < 1020) return 'mixes'
  if (number < 1030) return 'shares'
  return number === RULES['result.points'].number ? 'plaintexts' : 'count'
}
