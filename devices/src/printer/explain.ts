import type { PrinterError } from './receipt-printer.ts'

/** One plain sentence each: for the person who votes, and for staff, who can do something about it. */
export interface PrinterExplanation {
  readonly voter: { readonly ko: string; readonly en: string }
  readonly staff: { readonly ko: string; readonly en: string }
}

const CALL_STAFF = {
  ko: '확인표가 인쇄되지 않았어요. 표는 사라지지 않았습니다. 직원을 불러 주세요.',
  en: 'Your receipt was not printed. Your vote is not lost. Please call a member of staff.',
}

const CATALOGUE: Readonly<Record<PrinterError, PrinterExplanation>> = {
  'printer-not-connected': {
    voter: CALL_STAFF,
    staff: {
      ko: '프린터가 연결되지 않았습니다. 전원과 케이블을 확인하세요. 다시 연결되면 저절로 찾습니다.',
      en: 'The printer is not connected. Check its power and its cable; it is found again by itself.',
    },
  },
  'printer-silent': {
    voter: CALL_STAFF,
    staff: {
      ko: '프린터가 대답하지 않습니다. 껐다가 다시 켜 주세요.',
      en: 'The printer does not answer. Switch it off and on again.',
    },
  },
  'paper-out': {
    voter: {
      ko: '프린터에 종이가 없어요. 표는 사라지지 않았습니다. 직원을 불러 주세요.',
      en: 'The printer is out of paper. Your vote is not lost. Please call a member of staff.',
    },
    staff: {
      ko: '종이가 없습니다. 새 두루마리를 넣고 덮개를 닫아 주세요. 이전 사람의 확인표는 다시 나오지 않습니다.',
      en: 'There is no paper. Put in a new roll and close the cover. The last receipt does not come out later.',
    },
  },
  'cover-open': {
    voter: CALL_STAFF,
    staff: {
      ko: '프린터 덮개가 열려 있습니다. 덮개를 닫아 주세요.',
      en: 'The printer cover is open. Close it.',
    },
  },
  'cutter-jammed': {
    voter: CALL_STAFF,
    staff: {
      ko: '종이 자르는 칼이 걸렸습니다. 프린터를 끄고 걸린 종이를 빼 주세요.',
      en: 'The cutter is jammed. Switch the printer off and take the stuck paper out.',
    },
  },
  'printer-fault': {
    voter: CALL_STAFF,
    staff: {
      ko: '프린터에 고장 표시등이 켜졌습니다. 잠시 식힌 뒤 껐다 켜고, 그래도 같으면 기술자를 불러 주세요.',
      en: 'The printer reports a fault. Let it cool, switch it off and on; if it stays, call a technician.',
    },
  },
  'printer-offline': {
    voter: CALL_STAFF,
    staff: {
      ko: '프린터가 쉬고 있습니다. 온라인 단추를 눌러 주세요.',
      en: 'The printer is offline. Press its online button.',
    },
  },
  'print-interrupted': {
    voter: {
      ko: '확인표가 끝까지 인쇄되지 않았어요. 표는 사라지지 않았습니다. 직원을 불러 주세요.',
      en: 'Your receipt was cut short. Your vote is not lost. Please call a member of staff.',
    },
    staff: {
      ko: '인쇄하다 끊겼습니다. 나온 종이는 그 사람에게 주고, 케이블과 전원을 확인하세요.',
      en: 'Printing broke off. Give the torn piece to the person, then check cable and power.',
    },
  },
  'receipt-unprintable': {
    voter: CALL_STAFF,
    staff: {
      ko: '이 확인표는 인쇄할 수 없는 내용입니다. 프린터는 정상입니다. 기술자에게 알려 주세요.',
      en: 'This receipt cannot be printed; the printer itself is all right. Tell a technician.',
    },
  },
  'printer-busy': {
    voter: CALL_STAFF,
    staff: {
      ko: '인쇄를 기다리는 확인표가 너무 많습니다. 잠시 기다려 주세요.',
      en: 'Too many receipts are waiting. Wait a moment.',
    },
  },
  'printer-closed': {
    voter: CALL_STAFF,
    staff: {
      ko: '투표기가 끝나는 중이라 인쇄하지 않았습니다.',
      en: 'Nothing was printed because the kiosk is shutting down.',
    },
  },
}

/** What happened, what was not lost, what to do. */
export function explainPrinterError(error: PrinterError): PrinterExplanation {
  return CATALOGUE[error]
}
