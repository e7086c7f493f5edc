import { CALL_STAFF, type ErrorText, SCREEN_RENEWED, say } from './error-text.ts'

/** What `errors.ts` is for votes, for proposals. */
export const PROPOSAL_ERROR_TEXT = {
  'slip-while-practising': {
    voter: say(
      '지금은 연습이라 종이를 읽지 않았어요. 투표하려면 연습을 끝내고 종이를 대 주세요.',
      'This is only practice, so the slip was not read. To vote, end the practice and scan the slip then.',
    ),
    staff: say(
      '연습 화면에서는 종이를 읽지 않아요. 종이는 그대로 쓸 수 있어요.',
      'Slips are not read during practice. The slip is still good.',
    ),
  },
  'slip-while-proposing': {
    voter: say(
      '종이는 마지막에 대 주세요. 아직 읽지 않았어요.',
      'The slip comes last. It has not been read yet.',
    ),
    staff: say(
      '제안은 종이를 마지막에 대요. 투표하려면 제안을 먼저 끝내야 해요.',
      'A proposal takes the slip last. To vote, end the proposal first.',
    ),
  },
  'proposals-not-offered': {
    voter: say('이번 투표에서는 제안을 받지 않아요.', 'This vote does not take proposals.'),
    staff: say('이 선거에는 제안이 없어요.', 'This election takes no proposals.'),
  },
  'unknown-topic': { voter: SCREEN_RENEWED, staff: SCREEN_RENEWED },
  'unknown-proposal': {
    voter: say('이 제안은 더 이상 볼 수 없어요.', 'This proposal can no longer be shown.'),
    staff: say(
      '이 주민센터에서 낸 제안이 아니거나 지워진 제안이에요.',
      'It was not handed in at this centre, or it was erased.',
    ),
  },
  'proposal-waiting': {
    voter: say(
      '아직 보내는 중인 제안이에요. 공개된 뒤에 힘을 보탤 수 있어요.',
      'This proposal is still on its way. You can support it once it is public.',
    ),
    staff: say('공개된 제안만 지지할 수 있어요.', 'Only published proposals can be supported.'),
  },
  'already-supported': {
    voter: say(
      '이 종이로 이미 힘을 보탠 제안이에요. 한 번만 셉니다.',
      'This slip already stands behind the proposal. It counts once.',
    ),
    staff: say(
      '종이 한 장은 한 제안에 한 번만 힘을 보태요.',
      'One slip supports a proposal once, its author’s included.',
    ),
  },
  'proposal-limit': {
    voter: say(
      '이 종이로 낼 수 있는 제안을 모두 냈어요. 이 제안은 저장되지 않았어요.',
      'This slip has handed in all the proposals it can. This one was not stored.',
    ),
    staff: say(
      '종이 한 장으로 낼 수 있는 제안 수가 정해져 있어요.',
      'The election limits the proposals of one slip.',
    ),
  },
  'proposal-disk-full': {
    voter: say(
      '저장하지 못했어요. 적은 글은 아직 화면에 있어요. 직원을 불러 주세요.',
      'It could not be stored. What you wrote is still on the screen. Please call staff.',
    ),
    staff: say(
      '저장 공간이 가득 찼어요. 다른 기기로 안내하고 기술 담당자를 불러 주세요.',
      'The disk is full. Send people to another machine and call the technician.',
    ),
  },
  'proposal-box-failed': {
    voter: say(
      '저장하지 못했어요. 적은 글은 아직 화면에 있어요. 직원을 불러 주세요.',
      'It could not be stored. What you wrote is still on the screen. Please call staff.',
    ),
    staff: say(
      '투표함 파일에 쓸 수 없어요. 기기를 다시 켜 주세요. 이미 저장된 것은 그대로 있어요.',
      'The ballot box cannot be written. Restart the machine. What was stored before is safe.',
    ),
  },
  'text-empty': {
    voter: say('아직 적은 글이 없어요.', 'Nothing has been written yet.'),
    staff: say('글을 적은 뒤에 다음으로 갈 수 있어요.', 'There must be some text before going on.'),
  },
  'text-too-long': {
    voter: say('글이 너무 길어요. 조금 줄여 주세요.', 'The text is too long. Please shorten it.'),
    staff: say('글자 수가 정해진 한도를 넘었어요.', 'The text is longer than the election allows.'),
  },
  'text-character': {
    voter: say(
      '쓸 수 없는 글자가 들어 있어요. 그 글자를 지워 주세요.',
      'A character in the text cannot be used. Please take it out.',
    ),
    staff: say(
      '보이지 않거나 글의 방향을 바꾸는 글자는 쓸 수 없어요.',
      'Invisible characters and those that turn the text around are not allowed.',
    ),
  },
  'text-marks': {
    voter: say(
      '한 글자 위에 표시가 너무 많아요. 그 글자를 지워 주세요.',
      'A character carries too many marks. Please take it out.',
    ),
    staff: say('한 글자에 겹친 표시가 너무 많아요.', 'Too many marks are stacked on one character.'),
  },
  'no-change': {
    voter: CALL_STAFF,
    staff: say('이미 그렇게 되어 있어요.', 'It is so already.'),
  },
  'reason-not-plain': {
    voter: CALL_STAFF,
    staff: say(
      '까닭을 알아볼 수 있는 글자로 적어 주세요. 까닭은 공개돼요.',
      'Write the reason in plain characters. It will be public.',
    ),
  },
} as const satisfies Readonly<Record<string, ErrorText>>
