/** The words of the self-test, for screens, command lines and reports alike. */
import type { Prompt, Question } from './ports.ts'

interface Text {
  readonly ko: string
  readonly en: string
}

const say = (ko: string, en: string): Text => ({ ko, en })

/** In the order of the list, which is the order a technician goes through. */
export const SELF_TEST_TITLES = {
  screen: say('화면 크기', 'Screen size'),
  keypad: say('키패드', 'Keypad'),
  switches: say('스위치', 'Switches'),
  headphones: say('이어폰', 'Headphones'),
  speaker: say('스피커', 'Speaker'),
  printer: say('영수증 프린터', 'Receipt printer'),
  scanner: say('스캐너', 'Scanner'),
  lamp: say('도움등', 'Help lamp'),
  modem: say('LoRa 모뎀', 'LoRa modem'),
  link: say('LoRa 연결', 'LoRa link'),
  wifi: say('와이파이', 'Wi-Fi'),
  bridge: say('브리지', 'Bridge'),
  clock: say('시계', 'Clock'),
  disk: say('저장할 자리', 'Disk'),
  outbox: say('보낼 것', 'Outbox'),
  'test-vote': say('시험 투표', 'Test vote'),
} as const satisfies Record<string, Text>

export const PROMPT_TEXT: Readonly<Record<Prompt['kind'], Text>> = {
  'press-keys': say('키를 하나씩 모두 눌러 주세요.', 'Press each key once.'),
  'scan-test-code': say(
    '시험 인쇄의 네모를 스캐너에 대 주세요.',
    'Hold the code of the test print to the scanner.',
  ),
  'scan-test-slip': say('시험 종이를 스캐너에 대 주세요.', 'Hold a test slip to the scanner.'),
  listen: say('소리를 들어 보세요.', 'Listen for the chime.'),
  printing: say('인쇄하고 있습니다.', 'Printing.'),
  'asking-modem': say('모뎀에 묻고 있습니다.', 'Asking the modem.'),
  'asking-network': say('브리지에 묻고 있습니다.', 'Asking the bridge.'),
  voting: say(
    '시험 표를 저장했습니다. 확인을 기다리고 있습니다.',
    'The test vote is stored. Waiting for its acknowledgement.',
  ),
}

const YES = say('네', 'Yes')
const NO = say('아니요', 'No')

/** Each question with its answers by code, in the order they are offered. */
export const QUESTION_TEXT: Readonly<
  Record<Question, { readonly text: Text; readonly answers: Readonly<Record<string, Text>> }>
> = {
  'heard-headphones': {
    text: say('이어폰의 어느 쪽에서 들렸나요?', 'On which side of the headphones was it heard?'),
    answers: {
      left: say('왼쪽', 'Left'),
      right: say('오른쪽', 'Right'),
      both: say('양쪽', 'Both'),
      nowhere: say('안 들렸어요', 'Not at all'),
    },
  },
  'heard-speaker': {
    text: say('스피커에서 소리가 들렸나요?', 'Was the chime heard from the speaker?'),
    answers: { yes: YES, no: NO },
  },
  'paper-readable': {
    text: say(
      '한글이 뚜렷하고 양쪽 끝이 잘리지 않았나요?',
      'Is the Korean text sharp, and are both edges there?',
    ),
    answers: { yes: YES, no: NO },
  },
  'lamp-on': { text: say('등이 켜졌나요?', 'Is the lamp on?'), answers: { yes: YES, no: NO } },
  'lamp-blinking': {
    text: say('등이 깜박이나요?', 'Is the lamp blinking?'),
    answers: { yes: YES, no: NO },
  },
}

export const VERDICT_TEXT = {
  passed: say('통과', 'Passed'),
  failed: say('실패', 'Failed'),
  absent: say('없음', 'Not set up'),
  'not-done': say('안 함', 'Not done'),
} as const

/** Names of keys and switches. */
export const KEY_TEXT: Readonly<Record<string, Text>> = {
  up: say('위', 'Up'),
  down: say('아래', 'Down'),
  left: say('왼쪽', 'Left'),
  right: say('오른쪽', 'Right'),
  select: say('선택', 'Select'),
  'volume-up': say('소리 크게', 'Louder'),
  'volume-down': say('소리 작게', 'Softer'),
  faster: say('빠르게', 'Faster'),
  slower: say('느리게', 'Slower'),
  move: say('이동 (A)', 'Move (A)'),
}
