/** Expected failures of mixing, decryption and result. */
import type { DecryptError } from './decrypt.ts'
import type { JournalError } from './journal.ts'
import type { LoadCountError } from './load-count.ts'
import type { MixError } from './mix.ts'
import type { ResultError } from './result.ts'

export type CountToolError =
  | LoadCountError
  | MixError
  | DecryptError
  | ResultError
  | JournalError
  | 'ledger-unreachable'

export const COUNT_ERROR_TEXT: Readonly<
  Record<CountToolError, { readonly ko: string; readonly en: string }>
> = {
  'ledger-unreachable': {
    ko: '원장을 읽을 수 없습니다. 주소나 폴더를 확인한 뒤 다시 실행해 주세요.',
    en: 'The ledger cannot be read. Check the address or folder, then run it again.',
  },
  'ledger-missing': {
    ko: '원장에 서명된 체크포인트가 없습니다. 주소나 폴더를 확인해 주세요.',
    en: 'There is no signed checkpoint. Check the address or folder of the ledger.',
  },
  'ledger-damaged': {
    ko: '원장이 온전하지 않습니다. 다른 사본으로 확인하고, 같으면 선거 관리 기관에 알려 주세요.',
    en: 'The ledger is not complete. Try another copy; if it is the same, tell the election authority.',
  },
  'ledger-breaks-rule': {
    ko: '원장이 규칙을 어깁니다. 아무것도 하지 않았습니다. hanpyo verify로 확인하고 알려 주세요.',
    en: 'The ledger breaks a rule. Nothing was done. Look at it with hanpyo verify and report it.',
  },
  'ledger-not-official': {
    ko: '증인과 거울이 이 원장의 끝에 아직 서명하지 않았습니다. 아무것도 하지 않았습니다. 잠시 뒤 다시 실행해 주세요.',
    en: 'Witnesses and mirrors have not signed the end of this ledger yet. Nothing was done. Run it again in a while; if it stays so, call them.',
  },
  'ledger-other-election': {
    ko: '다른 선거의 원장입니다. 공고문 해시를 확인해 주세요.',
    en: 'This is the ledger of another election. Check the manifest hash.',
  },
  'trustee-other-election': {
    ko: '이 수탁자 열쇠는 이 선거의 것이 아닙니다. 다른 USB를 꽂았는지 확인해 주세요.',
    en: 'This trustee key does not belong to this election. Check whether it is the wrong stick.',
  },
  'count-not-sealed': {
    ko: '투표가 아직 봉인되지 않았습니다. 봉인된 뒤에 다시 실행해 주세요.',
    en: 'The polls are not sealed. Run it again after they are.',
  },
  'count-contest': {
    ko: '공고문에 없는 안건 번호입니다.',
    en: 'The manifest has no such contest.',
  },
  'count-withheld': {
    ko: '투표가 공고문의 최소 개수보다 적어 이 안건은 열지 않습니다.',
    en: "Fewer ballots than the manifest's minimum: this contest is not opened.",
  },
  'mix-done': {
    ko: '이 안건의 섞기는 이미 끝났습니다. 더 할 일이 없습니다.',
    en: 'This contest is mixed already. There is nothing left to do.',
  },
  'mix-not-your-turn': {
    ko: '아직 차례가 아닙니다. 앞 수탁자가 섞은 뒤에 다시 실행해 주세요.',
    en: 'It is not your turn. Run it again after the trustee before you has mixed.',
  },
  'decrypt-not-mixed': {
    ko: '아직 모든 섞기가 끝나지 않았습니다. 끝난 뒤에 다시 실행해 주세요.',
    en: 'Not every mixer has mixed. Run it again after the last one.',
  },
  'decrypt-done': {
    ko: '이 안건의 해독 조각은 이미 올렸습니다. 더 할 일이 없습니다.',
    en: 'Your shares of this contest are in the ledger. There is nothing left to do.',
  },
  'result-done': {
    ko: '결과가 이미 원장에 있습니다.',
    en: 'The result is in the ledger already.',
  },
  'result-not-mixed': {
    ko: '아직 모든 섞기가 끝나지 않았습니다.',
    en: 'Not every contest is mixed.',
  },
  'result-shares-missing': {
    ko: '올바른 해독 조각이 모자랍니다. 아래 안건의 수탁자가 더 필요합니다.',
    en: 'Too few valid decryption shares. The contests below need more trustees.',
  },
  'journal-other-manifest': {
    ko: '이 열쇠는 다른 공고문으로 이미 일했습니다. 아무것도 하지 않았습니다. 선거 관리 기관에 알려 주세요.',
    en: 'This key has worked for another manifest. Nothing was done. Report it.',
  },
  'journal-other-list': {
    ko: '이 안건에서 다른 목록에 이미 서명했습니다. 아무것도 하지 않았습니다. 선거 관리 기관에 알려 주세요.',
    en: 'You have signed for another list of this contest. Nothing was done. Report it.',
  },
  'record-damaged': {
    ko: '보관된 기록이 손상되었습니다. 열쇠 옆의 journal 폴더 사본을 사용해 주세요.',
    en: 'A kept record is damaged. Use the copy of the journal folder beside the key.',
  },
}
