/**
 * The catalogue of rules: every sentence `hanpyo verify` can say about a record, with a number that never changes.
 * Hundreds group them: 1 setup, 2 log and notes, 3 polls, 4 devices, 5 registrar and authority, 6 ballots,
 * 7 challenged ballots, 8 kiosk manifests, 9 refusals.
 *
 * `stops` says what a validating mirror and the bridge do: a leaf that breaks a stopping rule has no effect but its
 * place in tree and batch, a mirror does not cosign past it, and the bridge never logs it. The other rules are lines
 * that `verify` fails for people to decide, because the log could do nothing about them.
 */
export interface Rule {
  readonly number: number
  readonly stops: boolean
  readonly ko: string
  readonly en: string
}

function stop(number: number, en: string, ko: string): Rule {
  return { number, stops: true, ko, en }
}

function report(number: number, en: string, ko: string): Rule {
  return { number, stops: false, ko, en }
}

export const RULES = {
  'manifest.note': stop(
    101,
    'Leaf 0 is a signed note whose text is the canonical manifest.',
    '0번 기록은 정해진 형식의 선거 공고문이어야 합니다.',
  ),
  'manifest.signature': stop(
    102,
    'The manifest is signed by the authority key it names, and by nobody else.',
    '선거 공고문에는 공고문에 적힌 선거 관리 기관의 서명만 있어야 합니다.',
  ),
  'manifest.trust': stop(
    103,
    'The authority key is the one the reader was given.',
    '선거 관리 기관의 키는 확인하는 사람이 미리 받은 키와 같아야 합니다.',
  ),
  'manifest.consistent': stop(
    104,
    'Ids in the manifest are unique, references exist, and times are in order.',
    '공고문의 번호는 겹치지 않고, 참조와 시각의 순서가 맞아야 합니다.',
  ),
  'manifest.keys': stop(
    105,
    'Every role has its own sound key under its prescribed name.',
    '역할마다 정해진 이름의 안전한 키를 따로 가져야 합니다.',
  ),
  'manifest.joint-key': stop(
    106,
    "The trustees' verification keys combine to the joint key.",
    '수탁자들의 검증 키를 합치면 공동 키가 되어야 합니다.',
  ),
  'manifest.policies': stop(
    107,
    'Both witness policies can be read and name the key of this log.',
    '두 증인 정책을 읽을 수 있고 이 원장의 키를 가리켜야 합니다.',
  ),
  'keylist.commitment': stop(
    111,
    'A key list has the count, root and hash that the manifest commits to.',
    '키 목록의 개수와 해시는 공고문에 적힌 값과 같아야 합니다.',
  ),
  'keylist.entries': stop(
    112,
    'A key list is sorted, holds no key twice, and names styles that exist.',
    '키 목록은 정렬되어 있고 중복이 없으며 투표 유형이 실제로 있어야 합니다.',
  ),
  'keylist.keys': stop(
    113,
    'Every key in a key list is a valid ristretto255 element.',
    '키 목록의 모든 키는 올바른 키여야 합니다.',
  ),

  'leaf.format': stop(
    201,
    'A leaf has 1 to 65,535 bytes.',
    '기록의 길이는 1바이트 이상 65,535바이트 이하여야 합니다.',
  ),
  'leaf.type': stop(202, 'The type of a leaf is known.', '기록의 종류는 알려진 것이어야 합니다.'),
  'leaf.manifest-again': stop(
    203,
    'The manifest stands at leaf 0 only.',
    '선거 공고문은 0번 기록에만 있어야 합니다.',
  ),
  'note.format': stop(
    211,
    'A record is a well-formed signed note.',
    '기록은 올바른 형식의 서명 문서여야 합니다.',
  ),
  'note.content': stop(
    212,
    'The text of a record is canonical JSON with exactly the fields of its type.',
    '기록의 본문은 종류별로 정해진 항목만 담은 표준 JSON이어야 합니다.',
  ),
  'note.signature': stop(
    213,
    'A record is signed by exactly the key its type asks for.',
    '기록에는 그 종류에 정해진 키의 서명만 있어야 합니다.',
  ),
  'note.election': stop(214, 'A record names this election.', '기록은 이 선거의 것이어야 합니다.'),
  'note.repeated': stop(215, 'No record is logged twice.', '같은 기록이 두 번 올라오면 안 됩니다.'),
  'order.batch-section': stop(
    221,
    'A batch holds notes, then ballots, then challenged ballots, then refusals.',
    '한 묶음 안에서는 문서, 투표, 확인용 투표, 거절의 순서를 지켜야 합니다.',
  ),
  'order.batch-sort': stop(
    222,
    'Inside a batch ballots and refusals ascend by id, challenged ballots by tracker.',
    '한 묶음 안의 투표는 식별값 순서로 놓여야 합니다.',
  ),
  'batch.content': stop(
    231,
    'A batch leaf is canonical JSON with exactly its fields.',
    '묶음 기록은 정해진 항목만 담아야 합니다.',
  ),
  'batch.empty': stop(232, 'No batch is empty.', '빈 묶음은 없어야 합니다.'),
  'batch.range': stop(
    233,
    'A batch leaf counts exactly the leaves since the previous one.',
    '묶음 기록은 앞 묶음 뒤의 기록을 빠짐없이 세어야 합니다.',
  ),
  'batch.number': stop(234, 'Batches are numbered 1, 2, 3 …', '묶음 번호는 1부터 차례로 이어져야 합니다.'),
  'batch.prev': stop(
    235,
    'A batch leaf names the hash of the previous batch leaf.',
    '묶음 기록은 앞 묶음 기록의 해시를 담아야 합니다.',
  ),
  'batch.refused-more': stop(
    236,
    'Refusals are counted instead of logged only once a limit is reached.',
    '거절 기록을 개수로만 세는 것은 한도에 이른 뒤에만 가능합니다.',
  ),
  'batch.unfinished': stop(
    237,
    'The last leaf of a published log is a batch leaf.',
    '공개된 원장의 마지막 기록은 묶음 기록이어야 합니다.',
  ),

  'polls.transition': stop(
    301,
    'The polls open once, then close, then are sealed.',
    '투표는 시작, 마감, 봉인의 순서로 한 번씩만 진행되어야 합니다.',
  ),
  'polls.time': stop(
    302,
    'Times of polls records do not go back.',
    '투표 상태의 시각은 거꾸로 갈 수 없습니다.',
  ),
  'polls.sealed-early': stop(
    303,
    'The polls are sealed when every kiosk is settled or the delivery deadline has passed.',
    '모든 투표기의 정산이 끝나거나 전달 기한이 지난 뒤에 봉인해야 합니다.',
  ),
  'polls.after-sealed': stop(
    304,
    'After sealing only records about slips, turnout, test slips, incidents, counting and batches follow.',
    '봉인 뒤에는 용지, 투표율, 시험 용지, 사고, 개표, 묶음 기록만 올라올 수 있습니다.',
  ),
  'polls.stage': report(
    305,
    'The log has reached the stage it is checked for.',
    '원장은 확인하려는 단계에 이르러 있어야 합니다.',
  ),

  'device.slot': stop(
    401,
    'A device belongs to a kiosk slot of the manifest.',
    '기기는 공고문에 있는 자리에 속해야 합니다.',
  ),
  'device.occupied': stop(
    402,
    'A kiosk slot has one live key at most.',
    '한 자리에는 살아 있는 키가 하나뿐이어야 합니다.',
  ),
  'device.key': stop(
    403,
    'A device signs with a canonical, torsion-free Ed25519 key.',
    '기기의 서명 키는 안전한 Ed25519 키여야 합니다.',
  ),
  'device.x25519': stop(
    404,
    'A device agrees on keys with a canonical X25519 key that is not of low order.',
    '기기의 키 교환 키는 안전한 X25519 키여야 합니다.',
  ),
  'device.key-reused': stop(
    405,
    'A key is enrolled once in an election and serves no other role.',
    '한 번 쓴 키는 같은 선거에서 다시 쓸 수 없습니다.',
  ),
  'device.not-live': stop(
    406,
    'A revocation names the live keys of its slot.',
    '폐기 기록은 그 자리의 살아 있는 키를 가리켜야 합니다.',
  ),
  'device.dev-eui': stop(
    407,
    'A DevEUI belongs to one live kiosk.',
    'DevEUI는 살아 있는 투표기 한 대에만 속해야 합니다.',
  ),

  'void.slip': stop(
    501,
    'A void slip is in the credential list.',
    '무효 용지는 목록에 있는 용지여야 합니다.',
  ),
  'void.blob': stop(
    502,
    'The bitmap of void slips is there and matches its hash and count.',
    '무효 용지 목록 파일이 있고 해시와 개수가 맞아야 합니다.',
  ),
  'void.ballot-earlier': report(
    503,
    'A slip was declared void after its ballot was logged; people have to decide.',
    '투표가 기록된 뒤에 무효로 선언된 용지가 있어 사람의 판단이 필요합니다.',
  ),
  'turnout.centre': stop(
    511,
    'Turnout names a centre of the manifest.',
    '투표율 기록은 공고문에 있는 투표소의 것이어야 합니다.',
  ),
  'turnout.numbers': stop(
    512,
    'Slips returned do not exceed slips issued, nor slips issued the credential list.',
    '회수한 용지는 나눠 준 용지보다, 나눠 준 용지는 전체 용지보다 많을 수 없습니다.',
  ),
  'turnout.exceeded': report(
    513,
    'A centre has no more ballots than slips issued and not returned.',
    '투표소의 투표 수는 나눠 주고 회수하지 않은 용지 수를 넘을 수 없습니다.',
  ),
  'turnout.missing': report(
    514,
    'Every centre with ballots has a turnout record.',
    '투표가 있는 투표소에는 투표율 기록이 있어야 합니다.',
  ),
  'test-slips.commitment': stop(
    521,
    'The opened test slips match the commitment in the manifest.',
    '공개된 시험 용지는 공고문의 약속 값과 맞아야 합니다.',
  ),
  'test-slips.early': stop(
    522,
    'Test slips are opened after the polls closed.',
    '시험 용지는 마감 뒤에 공개해야 합니다.',
  ),
  'test-slips.again': stop(523, 'Test slips are opened once.', '시험 용지는 한 번만 공개해야 합니다.'),
  'incident.kiosk': stop(
    531,
    'An incident names a kiosk slot of the manifest.',
    '사고 기록은 공고문에 있는 투표기를 가리켜야 합니다.',
  ),

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
    'A kiosk manifest lists 20 to 128 ballots; only the final one may list fewer.',
    '투표기 목록은 20건에서 128건이며 최종 목록만 더 적을 수 있습니다.',
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
} as const satisfies Record<string, Rule>

export type RuleId = keyof typeof RULES

/** A rule that a leaf, or the log as a whole, breaks. */
export interface Violation {
  /** Leaf index; for a rule about the whole log the leaf concerned, or the last one. */
  readonly index: number
  /** Type of that leaf. */
  readonly type: number
  readonly rule: RuleId
  /** The English sentence of the rule. */
  readonly message: string
  /** What exactly was found, without secrets. */
  readonly detail?: string
}

/** Whether a mirror must not cosign past the violation and a bridge must not log the leaf. */
export function isStopping(violation: Violation): boolean {
  return RULES[violation.rule].stops
}

/** Builds a violation with the rule's sentence. */
export function violationOf(index: number, type: number, rule: RuleId, detail?: string): Violation {
  const violation = { index, type, rule, message: RULES[rule].en }
  return detail === undefined ? violation : { ...violation, detail }
}
