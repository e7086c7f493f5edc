import type { BilingualText } from './bilingual.ts'

/** What the voter reads, and what staff or a technician should do. */
export interface ErrorText {
  readonly voter: BilingualText
  readonly staff: BilingualText
}

export const say = (ko: string, en: string): BilingualText => ({ ko, en })
export const CALL_STAFF = say('직원을 불러 주세요.', 'Please call a member of staff.')
export const SCREEN_RENEWED = say(
  '화면을 새로 그렸어요. 다시 눌러 주세요.',
  'The screen was out of date. Please press again.',
)
