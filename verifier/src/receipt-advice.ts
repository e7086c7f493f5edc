import type { ReceiptAnswer } from '@hanpyo/protocol/checks/receipt.ts'
import type { RefusalName } from '@hanpyo/protocol/election/refusal.ts'

/** What the answer means and what the voter can do. */
export function adviceFor(answer: ReceiptAnswer): { readonly en: string; readonly ko: string } {
  switch (answer.status) {
    case 'recorded':
      return {
        en: `RECORDED: the ballot of this slip is record ${answer.record}, code ${answer.code}. Nothing to do. "hanpyo verify" checks that it is counted.`,
        ko: `기록됨: 이 용지의 투표는 ${answer.record}번 기록이고 코드는 ${answer.code}입니다. 더 하실 일은 없습니다. 집계에 들어가는지는 "hanpyo verify"로 확인할 수 있습니다.`,
      }
    case 'different-code':
      return {
        en: `DIFFERENT CODE: record ${answer.record} holds a ballot of this slip with the code ${answer.code}. Compare the printed code once more; if it really differs, take the slip and the printout to the centre and ask for an incident record.`,
        ko: `다른 코드: ${answer.record}번 기록에 이 용지의 투표가 있으나 코드가 ${answer.code}입니다. 인쇄된 코드를 다시 맞추어 보고, 정말 다르면 용지와 인쇄물을 들고 주민센터에 가서 사고 기록을 요청하세요.`,
      }
    case 'refused':
      return {
        en: `REFUSED: ${REASONS[answer.reason].en} (record ${answer.record}). If that cannot be, take the slip to the centre and ask for an incident record.`,
        ko: `거절됨: ${REASONS[answer.reason].ko} (${answer.record}번 기록). 그럴 리가 없다면 용지를 들고 주민센터에 가서 사고 기록을 요청하세요.`,
      }
    case 'checked':
      return {
        en: `CHECKED: this ballot was opened for checking (record ${answer.record}) and does not count. Check its choices there; the slip can still be used.`,
        ko: `확인용: 이 투표는 확인하려고 연 것이라(${answer.record}번 기록) 집계하지 않습니다. 선택이 맞는지 살펴보세요. 용지는 아직 쓸 수 있습니다.`,
      }
    case 'not-found':
      return {
        en: 'NOT FOUND: no record holds a ballot of this slip. A kiosk without a network may take hours to deliver: try again later, at the latest when the polls are sealed. If it is still missing then, take the slip and the printout to the centre.',
        ko: '찾을 수 없음: 이 용지의 투표 기록이 없습니다. 통신이 끊긴 투표기는 보내는 데 몇 시간이 걸릴 수 있으니 나중에 다시 확인하세요. 봉인 뒤에도 없으면 용지와 인쇄물을 들고 주민센터로 가세요.',
      }
  }
}

const REASONS: Readonly<Record<RefusalName | 'unknown', { readonly en: string; readonly ko: string }>> = {
  'credential-spent': { en: 'this slip had voted before', ko: '이 용지로 이미 투표했습니다' },
  'c1-seen': { en: 'this ballot had been opened for checking', ko: '이미 확인하려고 연 투표입니다' },
  'polls-not-open': { en: 'the polls were not open', ko: '투표가 시작되기 전이었습니다' },
  'polls-sealed': { en: 'the polls were sealed', ko: '투표가 봉인된 뒤였습니다' },
  'slip-void': { en: 'this slip had been voided', ko: '무효로 된 용지입니다' },
  'not-in-final-manifest': {
    en: "it is not in the kiosk's final list",
    ko: '투표기의 마지막 목록에 없습니다',
  },
  unknown: { en: 'for a reason that is not known', ko: '알 수 없는 사유입니다' },
}
