import { stop } from './rule.ts'

/** Rules 11xx: proposals, supports and their moderation. */
export const PROPOSAL_RULES = {
  'proposal.not-offered': stop(
    1101,
    'Proposals, supports and their moderation stand only in an election whose manifest takes proposals.',
    '제안과 공감, 제안 관리 기록은 제안을 받는 선거에만 있어야 합니다.',
  ),
  'proposal.layout': stop(
    1102,
    'A proposal has 151 bytes, a support 150, both of version 1.',
    '제안과 공감의 형식이 올바라야 합니다.',
  ),
  'proposal.topic': stop(
    1103,
    'The topic of a proposal is in the manifest.',
    '제안의 주제는 공고문에 있는 주제여야 합니다.',
  ),
  'proposal.support-index': stop(
    1104,
    'The support key of a proposal or support is in the list.',
    '제안하거나 공감한 키는 목록에 있어야 합니다.',
  ),
  'proposal.kiosk': stop(
    1105,
    'A proposal or support comes from a kiosk that is enrolled at this place.',
    '제안과 공감은 등록된 투표기에서 나와야 합니다.',
  ),
  'proposal.scalar': stop(
    1106,
    'The numbers of its proof are canonical and not zero.',
    '제안과 공감의 증명에 쓰인 수는 정해진 범위 안의 0이 아닌 값이어야 합니다.',
  ),
  'proposal.kiosk-signature': stop(
    1107,
    "The kiosk's signature on a proposal or support holds.",
    '제안과 공감에 있는 투표기의 서명이 맞아야 합니다.',
  ),
  'proposal.support-proof': stop(
    1108,
    'The proof by the support key holds.',
    '제안하거나 공감한 키의 증명이 맞아야 합니다.',
  ),
  'proposal.repeated': stop(1111, 'No proposal is logged twice.', '같은 제안이 두 번 올라오면 안 됩니다.'),
  'proposal.limit': stop(
    1112,
    'A slip hands in no more proposals than the manifest allows.',
    '용지 한 장으로 낼 수 있는 제안의 수를 넘을 수 없습니다.',
  ),
  'support.unknown': stop(
    1121,
    'A support is for a proposal that an earlier batch published.',
    '공감은 앞선 묶음에 올라온 제안에만 할 수 있습니다.',
  ),
  'support.repeated': stop(
    1122,
    'A slip supports a proposal once; its author supports it by handing it in.',
    '용지 한 장으로 한 제안에 한 번만 공감할 수 있고, 제안한 사람은 이미 공감한 것으로 셉니다.',
  ),
  'moderation.kiosk': stop(
    1131,
    'A kiosk that moderates is enrolled at this place.',
    '제안을 관리하는 투표기는 등록된 투표기여야 합니다.',
  ),
  'moderation.proposal': stop(
    1132,
    'Moderation is about a proposal that an earlier batch published.',
    '제안 관리 기록은 앞선 묶음에 올라온 제안의 것이어야 합니다.',
  ),
  'moderation.centre': stop(
    1133,
    'A kiosk hides and shows only what kiosks of its own centre relayed.',
    '투표기는 같은 투표소에서 올라온 제안만 가리거나 다시 보일 수 있습니다.',
  ),
  'moderation.erased': stop(
    1134,
    'Nothing is decided about a proposal after its text was erased.',
    '글을 지운 제안은 다시 바꿀 수 없습니다.',
  ),
} as const
