import { RULES, type RuleId } from '../election/rules.ts'

interface Sentence {
  readonly ko: string
  readonly en: string
}

/** Rules that concern the log as a whole; those about its records are in the election's rule book. */
export const LOG_RULES = {
  'checkpoint.format': {
    en: 'The checkpoint is a well-formed signed note without extension lines.',
    ko: '체크포인트는 정해진 형식의 서명 문서여야 합니다.',
  },
  'checkpoint.signature': {
    en: "The checkpoint is signed by the log key in the manifest, under the election's name.",
    ko: '체크포인트에는 공고문에 적힌 원장 키의 서명이 있어야 합니다.',
  },
  'checkpoint.empty': {
    en: 'The log holds at least the manifest.',
    ko: '원장에는 적어도 선거 공고문이 있어야 합니다.',
  },
  'manifest.pinned': {
    en: 'The manifest is the one that was given to you.',
    ko: '선거 공고문은 미리 받은 것과 같아야 합니다.',
  },
  'tree.missing': {
    en: 'Everything the checkpoint implies is served.',
    ko: '체크포인트가 가리키는 모든 자료가 제공되어야 합니다.',
  },
  'tree.bundle': {
    en: 'An entry bundle holds exactly the records of its place.',
    ko: '기록 묶음 파일에는 그 자리의 기록이 빠짐없이 있어야 합니다.',
  },
  'tree.leaf-hash': {
    en: 'A record hashes to its leaf in the signed tree; this one was changed.',
    ko: '기록의 해시가 서명된 원장과 다릅니다. 기록이 바뀌었습니다.',
  },
  'tree.tile': {
    en: 'Every tile holds the hashes that follow from the records.',
    ko: '해시 타일은 기록에서 다시 계산한 값과 같아야 합니다.',
  },
  'tree.root': {
    en: 'All records together give the root in the checkpoint.',
    ko: '모든 기록을 합친 해시가 체크포인트의 값과 같아야 합니다.',
  },
  'witness.seen': {
    en: "The checkpoint has the cosignatures that the manifest's policy for publication asks for.",
    ko: '체크포인트에는 공개 정책이 요구하는 증인 서명이 있어야 합니다.',
  },
  'witness.official': {
    en: "The checkpoint has the cosignatures that the manifest's policy for official results asks for.",
    ko: '체크포인트에는 공식 결과 정책이 요구하는 증인 서명이 있어야 합니다.',
  },
  'copy.history': {
    en: 'The log continues the copy in the folder.',
    ko: '원장은 폴더에 있는 사본에서 이어져야 합니다.',
  },
} as const satisfies Record<string, Sentence>

export type LogRuleId = keyof typeof LOG_RULES
export type AnyRuleId = RuleId | LogRuleId

/** The sentence of any rule. */
export function ruleSentence(rule: AnyRuleId, language: 'ko' | 'en'): string {
  return rule in LOG_RULES ? LOG_RULES[rule as LogRuleId][language] : RULES[rule as RuleId][language]
}

/** The number of a rule about records; rules about the log as a whole go by their name alone. */
export function ruleNumber(rule: AnyRuleId): number | undefined {
  return rule in RULES ? RULES[rule as RuleId].number : undefined
}
