import { CALL_STAFF, type ErrorText, say } from './error-text.ts'

/** What the technician's screen can be refused. No voter ever meets these. */
export const TECHNICIAN_ERROR_TEXT = {
  'technician-locked': {
    voter: CALL_STAFF,
    staff: say(
      '기술 담당자 화면이 잠겼어요. 기술 담당자 번호를 다시 눌러 주세요.',
      'The technician’s screen is locked. Enter the technician’s PIN again.',
    ),
  },
  'test-running': {
    voter: CALL_STAFF,
    staff: say(
      '시험이 돌고 있어요. 끝내거나 그만둔 뒤에 다시 해 주세요.',
      'A test is running. Finish or stop it first.',
    ),
  },
  'no-such-answer': {
    voter: CALL_STAFF,
    staff: say('그 사이에 시험이 끝났어요.', 'The test ended meanwhile.'),
  },
  'not-kept': {
    voter: CALL_STAFF,
    staff: say(
      '저장하지 못했어요. 저장할 자리와 자료 폴더의 권한을 살펴봐 주세요. 표에는 아무 일도 없어요.',
      'It could not be saved. Check the disk and the rights of the data folder. No vote is affected.',
    ),
  },
  'hash-not-ready': {
    voter: CALL_STAFF,
    staff: say(
      '소프트웨어 해시를 아직 계산하고 있어요. 잠시 뒤에 다시 눌러 주세요.',
      'The software hash is still being computed. Try again in a moment.',
    ),
  },
} as const satisfies Readonly<Record<string, ErrorText>>
