import { skip, stop } from './rule.ts'

/** Rules 10xx about records 0x30 to 0x32 that follow from the leaves alone; bridge and mirrors check them too. */
export const COUNT_RECORD_RULES = {
  'count.not-sealed': stop(
    1001,
    'Mixing and counting begin after the polls are sealed.',
    '섞기와 개표는 봉인 뒤에 시작해야 합니다.',
  ),
  'mix.contest': stop(
    1011,
    'A mix is about a contest of the manifest.',
    '섞기 기록은 공고문에 있는 안건의 것이어야 합니다.',
  ),
  'mix.turn': stop(
    1012,
    "Mixers act in the manifest's order, once each, and only where enough ballots were cast.",
    '섞기는 공고문의 순서대로 한 번씩, 투표가 충분한 안건에서만 해야 합니다.',
  ),
  'mix.input': stop(
    1013,
    'A mix starts from the list before it and keeps its length.',
    '섞기는 바로 앞의 목록에서 시작하고 개수를 지켜야 합니다.',
  ),
  'decryption.contest': stop(
    1021,
    'Decryption shares are about a contest and by a trustee of the manifest.',
    '해독 조각은 공고문에 있는 안건과 수탁자의 것이어야 합니다.',
  ),
  'decryption.minimum': stop(
    1022,
    'A contest with fewer ballots than the minimum is not decrypted.',
    '투표가 최소 개수보다 적은 안건은 해독하지 않습니다.',
  ),
  'decryption.mix': stop(
    1023,
    'Decryption shares are for the whole list of the last mix, after every mixer has mixed.',
    '해독 조각은 모든 섞기가 끝난 마지막 목록 전체에 대한 것이어야 합니다.',
  ),
  'decryption.limit': stop(
    1024,
    'A trustee posts shares of a contest at most four times.',
    '수탁자는 안건마다 해독 조각을 네 번까지만 올릴 수 있습니다.',
  ),
  'result.repeated': stop(1031, 'There is one result.', '결과는 한 번만 올라와야 합니다.'),
  'result.contests': stop(
    1032,
    "The result names every contest, in the manifest's order.",
    '결과에는 모든 안건이 공고문의 순서대로 있어야 합니다.',
  ),
  'result.minimum': stop(
    1033,
    'The result withholds exactly the contests with fewer ballots than the minimum.',
    '결과는 투표가 최소 개수보다 적은 안건만 비공개로 두어야 합니다.',
  ),
  'result.trustees': stop(
    1034,
    'The result rests on valid shares of as many trustees as the manifest asks for.',
    '결과는 공고문이 요구하는 수만큼의 올바른 해독 조각으로 만들어야 합니다.',
  ),
  'result.totals': stop(
    1036,
    'The totals of the result follow from the ledger and the plaintexts.',
    '결과의 숫자는 원장과 해독된 표에서 다시 계산한 값과 같아야 합니다.',
  ),
} as const

/**
 * Rules 10xx that need blobs and proofs, checked by `CountState` and `CountReplay` and not by `ElectionState`. Shares
 * that break one are listed and skipped, as if they had not been posted (the Belenios lesson of 2026).
 */
export const COUNT_PROOF_RULES = {
  'mix.blob': stop(
    1014,
    'The output and the proof of a mix are there and have the right length.',
    '섞기의 결과와 증명 파일이 있고 길이가 맞아야 합니다.',
  ),
  'mix.proof': stop(
    1015,
    'The proof of a mix holds: the same ballots in another order and wrapping.',
    '섞기의 증명이 맞아야 합니다. 표는 그대로이고 순서와 겉모습만 달라야 합니다.',
  ),
  'decryption.repeated': skip(
    1025,
    'A trustee with valid shares of a contest posts no others.',
    '올바른 해독 조각을 올린 수탁자는 다시 올릴 수 없습니다.',
  ),
  'decryption.blob': skip(
    1026,
    'The file of decryption shares is there and has the right length.',
    '해독 조각 파일이 있고 길이가 맞아야 합니다.',
  ),
  'decryption.proof': skip(
    1027,
    "The proof of decryption shares holds under the trustee's key.",
    '해독 조각의 증명이 수탁자의 키로 맞아야 합니다.',
  ),
  'result.points': stop(
    1035,
    'The plaintexts of the result follow from the last mix and the shares.',
    '해독된 표는 마지막 섞기와 해독 조각에서 다시 계산한 값과 같아야 합니다.',
  ),
  'result.missing': stop(1041, 'A finished count has a result.', '끝난 개표에는 결과가 있어야 합니다.'),
} as const

/** Rules 12x about the key ceremony that the manifest names; they need its blob, so `checkCeremony` checks them. */
export const CEREMONY_RULES = {
  'ceremony.document': stop(
    121,
    'The key ceremony is published and has the hash that the manifest names.',
    '열쇠 만들기 기록이 공개되어 있고 공고문의 해시와 같아야 합니다.',
  ),
  'ceremony.notes': stop(
    122,
    'Every trustee committed, revealed and confirmed, and every proof of the key ceremony holds.',
    '모든 수탁자가 열쇠 만들기의 단계마다 서명했고 증명이 맞아야 합니다.',
  ),
  'ceremony.keys': stop(
    123,
    'Joint key and verification keys of the manifest are those of the key ceremony.',
    '공고문의 공동 키와 검증 키는 열쇠 만들기에서 나온 값과 같아야 합니다.',
  ),
} as const
