import { report, stop } from './rule.ts'

/** Rules 6xx to 9xx: ballots, challenged ballots, kiosk manifests, refusals. */
export const BALLOT_RULES = {
  'ballot.layout': stop(601, 'A ballot has the layout of suite 1.', '투표의 형식이 올바라야 합니다.'),
  'ballot.etag': stop(602, 'A ballot belongs to this election.', '투표는 이 선거의 것이어야 합니다.'),
  'ballot.credential-index': stop(
    603,
    'The slip of a ballot is in the credential list.',
    '투표 용지는 목록에 있어야 합니다.',
  ),
  'ballot.contest-count': stop(
    604,
    "A ballot holds one ciphertext for each contest of its slip's style.",
    '투표에는 용지 유형의 안건마다 암호문이 하나씩 있어야 합니다.',
  ),
  'ballot.kiosk': stop(
    605,
    'A ballot comes from a kiosk that is enrolled at this place.',
    '투표는 등록된 투표기에서 나와야 합니다.',
  ),
  'ballot.scalar': stop(
    606,
    'The numbers of the proof are canonical and not zero.',
    '증명의 수는 정해진 범위 안의 0이 아닌 값이어야 합니다.',
  ),
  'ballot.element': stop(
    607,
    'Every ciphertext consists of valid group elements other than the identity.',
    '암호문은 올바른 값으로 이루어져야 합니다.',
  ),
  'ballot.c1-repeated': stop(
    608,
    'No randomness repeats inside a ballot.',
    '한 투표 안에서 같은 난수를 다시 쓸 수 없습니다.',
  ),
  'ballot.kiosk-signature': stop(609, "The kiosk's signature holds.", '투표기의 서명이 맞아야 합니다.'),
  'ballot.credential-proof': stop(610, 'The proof by the slip holds.', '투표 용지의 증명이 맞아야 합니다.'),
  'ballot.repeated': stop(621, 'No ballot is logged twice.', '같은 투표가 두 번 올라오면 안 됩니다.'),
  'ballot.polls-not-open': stop(
    622,
    'No ballot comes before the polls open.',
    '투표 시작 전의 투표는 없어야 합니다.',
  ),
  'ballot.credential-twice': stop(
    623,
    'A slip has one ballot.',
    '용지 한 장으로 한 번만 투표할 수 있습니다.',
  ),
  'ballot.c1-twice': stop(
    624,
    'The randomness of a ballot was not seen before in a cast, opened or refused ballot.',
    '투표의 난수는 앞의 투표나 확인용 투표에서 쓰이지 않은 것이어야 합니다.',
  ),
  'ballot.slip-void': stop(
    625,
    'The slip of a ballot was not declared void before.',
    '앞서 무효로 선언된 용지의 투표는 없어야 합니다.',
  ),
  'ballot.not-in-final': stop(
    626,
    "After a kiosk's final manifest only ballots it lists follow.",
    '투표기의 최종 목록 뒤에는 목록에 있는 투표만 올라올 수 있습니다.',
  ),

  'challenged.kiosk': stop(
    701,
    'A challenged ballot comes from an enrolled kiosk.',
    '확인용 투표는 등록된 투표기에서 나와야 합니다.',
  ),
  'challenged.polls': stop(
    702,
    'No challenged ballot comes before the polls open.',
    '투표 시작 전의 확인용 투표는 없어야 합니다.',
  ),
  'challenged.style': stop(
    703,
    'The contests of a challenged ballot form one style of the manifest.',
    '확인용 투표의 안건은 공고문의 투표 유형과 맞아야 합니다.',
  ),
  'challenged.opening': stop(
    704,
    'The ciphertexts of a challenged ballot follow from its choices and randomness.',
    '확인용 투표의 암호문은 공개된 선택과 난수로 다시 계산되어야 합니다.',
  ),
  'challenged.c1-twice': stop(
    705,
    'The randomness of a challenged ballot was not seen before.',
    '확인용 투표의 난수는 앞에서 쓰이지 않은 것이어야 합니다.',
  ),
  'challenged.after-final': stop(
    706,
    "After a kiosk's final manifest no more challenged ballots follow than it counted.",
    '최종 목록 뒤의 확인용 투표는 목록에 센 수를 넘을 수 없습니다.',
  ),
  'challenged.tracker': stop(
    707,
    'The tracker of a challenged ballot is that of its kiosk and ciphertexts.',
    '확인용 투표의 확인 번호는 그 투표기와 암호문에서 다시 계산되어야 합니다.',
  ),

  'kiosk-manifest.kiosk': stop(
    801,
    'A kiosk manifest comes from an enrolled kiosk.',
    '투표기 목록은 등록된 투표기에서 나와야 합니다.',
  ),
  'kiosk-manifest.polls': stop(
    802,
    'No kiosk manifest comes before the polls open.',
    '투표 시작 전의 투표기 목록은 없어야 합니다.',
  ),
  'kiosk-manifest.chain': stop(
    803,
    'A kiosk manifest continues the chain of its kiosk.',
    '투표기 목록은 앞 목록에 이어져야 합니다.',
  ),
  'kiosk-manifest.ids': stop(
    804,
    'The ids of a kiosk manifest ascend, are as many as it says, and were not listed before.',
    '투표기 목록의 식별값은 정렬되어 있고 개수가 맞으며 겹치지 않아야 합니다.',
  ),
  'kiosk-manifest.size': stop(
    805,
    'A kiosk manifest lists 20 to 128 ballots; only the final one may list fewer, and none one that says a pause or its end.',
    '투표기 목록은 20건에서 128건이며, 최종 목록은 더 적을 수 있고 멈춤이나 재개를 알리는 목록은 비어 있을 수 있습니다.',
  ),
  'kiosk-manifest.total': stop(
    806,
    'The running total of a kiosk adds up.',
    '투표기의 누계가 맞아야 합니다.',
  ),
  'kiosk-manifest.after-final': stop(
    807,
    'Nothing follows the final manifest of a kiosk.',
    '최종 목록 뒤에 다른 목록이 올 수 없습니다.',
  ),
  'kiosk-manifest.state': stop(
    808,
    'A final manifest says that the kiosk is closed.',
    '최종 목록은 투표기가 닫혔다고 말해야 합니다.',
  ),
  'kiosk-manifest.unmatched': report(
    811,
    'Every id a kiosk listed is in the log as a ballot or a refusal.',
    '투표기가 적은 모든 투표는 원장에 투표나 거절로 있어야 합니다.',
  ),
  'kiosk-manifest.root': report(
    812,
    'The root of a kiosk manifest is that of the ballots it lists.',
    '투표기 목록의 해시는 적힌 투표들의 해시와 같아야 합니다.',
  ),
  'kiosk-manifest.final-missing': report(
    813,
    'Every kiosk that served while the polls were open closed with a final manifest.',
    '투표 중에 쓰인 모든 투표기에는 최종 목록이 있어야 합니다.',
  ),
  'kiosk-manifest.unlisted': report(
    814,
    'Every ballot in the log is listed by its kiosk.',
    '원장의 모든 투표는 투표기의 목록에 있어야 합니다.',
  ),
  'kiosk-manifest.challenged': report(
    815,
    'As many challenged ballots are in the log as their kiosk counted.',
    '확인용 투표의 수는 투표기가 센 수와 같아야 합니다.',
  ),

  'refusal.content': stop(
    901,
    'A refusal gives a known reason.',
    '거절 기록에는 알려진 사유가 있어야 합니다.',
  ),
  'refusal.ballot': stop(
    902,
    'A refused ballot passes every check of its own.',
    '거절된 투표는 그 자체로는 올바른 투표여야 합니다.',
  ),
  'refusal.reason': stop(
    903,
    'The reason of a refusal follows from the leaves before it.',
    '거절 사유는 앞선 기록에서 다시 확인할 수 있어야 합니다.',
  ),
  'refusal.ballot-logged': stop(904, 'A logged ballot is not refused.', '기록된 투표를 거절할 수 없습니다.'),
  'refusal.repeated': stop(905, 'No ballot is refused twice.', '같은 투표를 두 번 거절할 수 없습니다.'),
  'refusal.limit-credential': stop(
    906,
    'At most 4 refusals of one slip are logged.',
    '용지 한 장의 거절 기록은 네 건까지만 올라옵니다.',
  ),
  'refusal.limit-kiosk': stop(
    907,
    'At most 200 refusals of one kiosk are logged.',
    '투표기 한 대의 거절 기록은 200건까지만 올라옵니다.',
  ),
} as const
