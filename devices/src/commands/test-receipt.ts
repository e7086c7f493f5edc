import type { Receipt } from '../printer/receipt.ts'

/** What the QR code of the test receipt says; no voting right, so it may be shown. */
export const TEST_CODE = 'HANPYO-TEST-0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** A receipt that shows whether the printer is set up well: small and large text, dense syllables, both edges, QR. */
export function testReceipt(uri: string): Receipt {
  return {
    title: '인쇄 시험 Test print',
    parts: [
      { kind: 'text', text: uri, align: 'centre' },
      { kind: 'rule' },
      { kind: 'pair', label: '왼쪽 끝 left', value: 'right 오른쪽 끝' },
      { kind: 'text', text: '뚜렷하게 읽히나요? 쌍뺌쯩훑밝옳 읊닭값삶 0O 1lI 5S 8B 2Z' },
      { kind: 'big', text: '0123-4567-89AB' },
      { kind: 'qr', text: TEST_CODE, encoding: 'alphanumeric' },
      { kind: 'text', text: '이 네모를 스캐너에 대면 스캐너도 시험할 수 있어요.', align: 'centre' },
    ],
  }
}
