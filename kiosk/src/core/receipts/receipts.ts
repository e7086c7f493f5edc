import type { Receipt, ReceiptPart } from '@hanpyo/devices/printer/receipt.ts'
import type { BilingualText, Language, Screen, TrackerView } from '../../contract/views.ts'

const say = (ko: string, en: string): BilingualText => ({ ko, en })

const WORDS = {
  tracker: say('추적 번호', 'Tracker'),
  slip: say('종이 번호', 'Slip number'),
  trackerHow: say(
    '아직 투표한 것이 아니에요. 이 번호는 표를 담은 봉투의 번호예요.',
    'You have not voted yet. This number is the number of the envelope around your vote.',
  ),
  cast: say('투표했어요', 'You have voted'),
  castHow: say(
    '표는 이 기기에 안전하게 저장되었어요. 나중에 이 번호로 찾아볼 수 있어요. 무엇을 골랐는지는 적혀 있지 않아요.',
    'Your vote is safely stored on this machine. You can look for this number later. What you chose is not on it.',
  ),
  checked: say('기기 점검', 'Machine check'),
  checkedHow: say(
    '점검하려고 연 표예요. 투표한 것이 아니에요. QR로 누구나 다시 계산할 수 있어요.',
    'This ballot was opened for checking. It is not a vote. With the QR code anybody can recompute it.',
  ),
  opening: say('투표 시작 보고서', 'Opening report'),
  closing: say('투표 마감 보고서', 'Close report'),
  final: say('최종 목록', 'Final kiosk manifest'),
  kiosk: say('기기', 'Kiosk'),
  castCount: say('저장된 표', 'Ballots stored'),
  challengedCount: say('점검한 표', 'Ballots opened'),
  assistedCount: say('도움을 받은 사람', 'Assisted sessions'),
  waitingCount: say('보내기를 기다리는 것', 'Waiting to be sent'),
  signed: say('기기가 서명한 보고서', 'Report signed by the kiosk'),
} as const

/**
 * The receipt that belongs to a voter's screen: the tracker before the question "cast or check", "cast" after the vote is
 * durable, the opening after a check. No time and no choice. The slip number stands on the last paper of a cast ballot only:
 * before the decision the ballot may yet be opened, and an opened one must not be tied to its slip.
 */
export function receiptOf(screen: Screen, election: BilingualText, language: Language): Receipt | null {
  const word = (name: keyof typeof WORDS): string => WORDS[name][language]
  const title = election[language]
  switch (screen.screen) {
    case 'tracker':
      return { title, parts: [...envelope(screen.tracker, word), text(word('trackerHow'))] }
    case 'stored':
      return {
        title,
        parts: [
          { kind: 'big', text: word('cast') },
          ...envelope(screen.tracker, word),
          { kind: 'pair', label: word('slip'), value: String(screen.slipNumber).padStart(6, '0') },
          text(word('castHow')),
        ],
      }
    case 'checked':
      return {
        title,
        parts: [
          { kind: 'big', text: word('checked') },
          text(word('checkedHow')),
          { kind: 'big', text: screen.tracker.text },
          { kind: 'qr', text: screen.opening, encoding: 'byte', errorCorrection: 'low' },
        ],
      }
    default:
      return null
  }
}

export interface ReportFacts {
  readonly kind: 'opening' | 'closing'
  readonly kioskId: number
  readonly counts: { readonly cast: number; readonly challenged: number; readonly assisted: number }
  readonly waiting: number
  /** The signed note. */
  readonly report: string
  readonly finalManifest: string | null
}

/** What staff sign and keep: numbers to read, and the signed notes as QR. */
export function reportReceipt(facts: ReportFacts, election: BilingualText): Receipt {
  const word = (name: keyof typeof WORDS): string => `${WORDS[name].ko} / ${WORDS[name].en}`
  const pair = (name: keyof typeof WORDS, value: number): ReceiptPart => ({
    kind: 'pair',
    label: word(name),
    value: String(value),
  })
  return {
    title: election.ko,
    parts: [
      { kind: 'big', text: WORDS[facts.kind].ko },
      { kind: 'text', text: WORDS[facts.kind].en, align: 'centre' },
      pair('kiosk', facts.kioskId),
      pair('castCount', facts.counts.cast),
      pair('challengedCount', facts.counts.challenged),
      pair('assistedCount', facts.counts.assisted),
      pair('waitingCount', facts.waiting),
      { kind: 'rule' },
      text(word('signed')),
      { kind: 'qr', text: facts.report, encoding: 'byte', errorCorrection: 'low' },
      ...(facts.finalManifest === null
        ? []
        : [
            text(word('final')),
            { kind: 'qr', text: facts.finalManifest, encoding: 'byte', errorCorrection: 'low' } as const,
          ]),
    ],
  }
}

function envelope(tracker: TrackerView, word: (name: 'tracker') => string): ReceiptPart[] {
  return [
    text(word('tracker')),
    { kind: 'big', text: tracker.text },
    { kind: 'qr', text: tracker.qr, encoding: 'alphanumeric' },
  ]
}

function text(words: string): ReceiptPart {
  return { kind: 'text', text: words }
}
