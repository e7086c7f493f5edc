import { report, stop } from './rule.ts'

/** Rules 1xx to 5xx: setup, log and notes, polls, devices, registrar and authority. */
export const LOG_RULES = {
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
    'A batch holds notes, then ballots, then challenged ballots, then refusals; or notes, then proposals, then supports.',
    '한 묶음 안에서는 문서, 투표, 확인용 투표, 거절의 순서나 문서, 제안, 공감의 순서를 지켜야 합니다.',
  ),
  'order.batch-sort': stop(
    222,
    'Inside a batch ballots, refusals and proposals ascend by id, challenged ballots by tracker, supports by their hash.',
    '한 묶음 안의 투표와 제안은 식별값 순서로 놓여야 합니다.',
  ),
  'order.batch-mixed': stop(
    223,
    'A batch with proposals or supports holds no ballot, challenged ballot or refusal.',
    '제안이나 공감이 든 묶음에는 투표나 거절이 함께 있을 수 없습니다.',
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
    'After sealing only records about slips, turnout, test slips, incidents, moderation, counting and batches follow.',
    '봉인 뒤에는 용지, 투표율, 시험 용지, 사고, 제안 관리, 개표, 묶음 기록만 올라올 수 있습니다.',
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
  'incident.kiosk': stop(
    531,
    'An incident names a kiosk slot of the manifest.',
    '사고 기록은 공고문에 있는 투표기를 가리켜야 합니다.',
  ),
} as const
