/**
 * Every code a kiosk can answer with: what the voter reads, and what staff or a technician should do. The page shows
 * `voter` under the current screen; `staff` belongs on staff screens and in the guides.
 */
import type { Contract, ErrorOf, TransportError } from './define.ts'
import { CALL_STAFF as CALL, type ErrorText, SCREEN_RENEWED as NEWEST, say } from './error-text.ts'
import type { KioskContract } from './kiosk-contract.ts'
import { PROPOSAL_ERROR_TEXT } from './proposal-errors.ts'
import { TECHNICIAN_ERROR_TEXT } from './technician-errors.ts'

export type { ErrorText } from './error-text.ts'

type CodesOf<C extends Contract> = { [Name in keyof C]: ErrorOf<C[Name]> }[keyof C]
export type KioskErrorCode = CodesOf<KioskContract> | TransportError

export const ERROR_TEXT: Readonly<Record<KioskErrorCode, ErrorText>> = {
  'slip-damaged': {
    voter: say(
      '종이를 읽지 못했어요. 종이를 펴서 다시 대 주세요.',
      'The slip could not be read. Flatten it and hold it to the scanner again.',
    ),
    staff: say(
      '계속 읽지 못하면 새 종이를 뽑게 해 주세요.',
      'If it still cannot be read, let the person draw another slip.',
    ),
  },
  'slip-not-ours': {
    voter: say(
      '투표 종이의 네모 그림이 아니에요. 투표 종이를 대 주세요.',
      'That is not the code of a voting slip. Please hold the voting slip to the scanner.',
    ),
    staff: say('다른 QR 코드를 읽었어요.', 'Another QR code was scanned.'),
  },
  'slip-foreign': {
    voter: say(
      '이 투표의 종이가 아니에요. 직원에게 보여 주세요.',
      'This slip is not for this vote. Please show it to staff.',
    ),
    staff: say(
      '이 투표의 명부에 없는 종이예요. 종이 묶음을 확인해 주세요.',
      'The slip is not in the list of this vote. Check which vote the stack of slips is for.',
    ),
  },
  'slip-two-part': {
    voter: say(
      '두 장으로 된 종이는 이 기기에서 쓸 수 없어요. 직원에게 보여 주세요.',
      'Two-part slips do not work on this machine. Please show it to staff.',
    ),
    staff: say('두 장짜리 종이(HP2)는 아직 지원하지 않아요.', 'Two-part slips (HP2) are not supported yet.'),
  },
  'slip-used': {
    voter: say(
      '이 종이로 이미 투표했어요. 투표는 이 기기에 안전하게 저장되어 있어요.',
      'This slip has already been used here. That vote is safely stored on this machine.',
    ),
    staff: say(
      '이 기기에서 이미 투표한 종이예요. 두 번 투표할 수 없어요.',
      'A vote with this slip is stored on this machine. It cannot vote twice.',
    ),
  },
  'slip-void': {
    voter: say(
      '쓸 수 없게 된 종이예요. 직원에게 보여 주세요.',
      'This slip has been declared void. Please show it to staff.',
    ),
    staff: say(
      '무효로 등록된 종이예요. 종이를 거두고, 절차에 따라 새 종이를 뽑게 해 주세요.',
      'The slip is on the void list. Take it back and, by the procedure, let the person draw another.',
    ),
  },
  'election-closed': {
    voter: say('투표가 끝났어요.', 'Voting has ended.'),
    staff: say(
      '선거 관리자가 투표를 마쳤어요. 이 기기의 투표를 마쳐 주세요.',
      'The authority has closed the election. Close the polls on this machine.',
    ),
  },
  'election-not-open': {
    voter: say('지금은 투표 시간이 아니에요.', 'Voting is not open now.'),
    staff: say(
      '선거 관리자가 아직 투표를 열지 않았어요. 기다렸다가 다시 눌러 주세요.',
      'The authority has not opened the election yet. Wait, then press again.',
    ),
  },
  'outside-hours': {
    voter: say('지금은 투표 시간이 아니에요.', 'Voting is not open now.'),
    staff: say(
      '이 기기의 시계로는 투표 시간이 아니에요. 시계를 확인하고, 맞게 열어야 한다면 그래도 열 수 있어요.',
      'By this machine’s clock it is not voting time. Check the clock; if the polls should be open, you can open anyway.',
    ),
  },
  'disk-nearly-full': {
    voter: say(
      '이 기기에서는 지금 투표를 시작할 수 없어요. 직원을 불러 주세요.',
      'Nobody can begin on this machine now. Please call staff.',
    ),
    staff: say(
      '저장할 자리가 거의 없어요. 다른 기기로 안내하고 기술 담당자를 불러 주세요. 저장된 표는 안전해요.',
      'The disk is nearly full. Send voters to another machine and call the technician. Stored votes are safe.',
    ),
  },
  'staff-wrong': {
    voter: CALL,
    staff: say('번호나 카드가 맞지 않아요. 다시 해 주세요.', 'Wrong PIN or card. Try again.'),
  },
  'staff-waiting': {
    voter: CALL,
    staff: say('여러 번 틀려서 잠시 기다려야 해요.', 'After several wrong tries, you have to wait a moment.'),
  },
  'staff-not-set-up': {
    voter: CALL,
    staff: say(
      '이 기기에 직원 번호가 없어요. 기술 담당자가 “hanpyo kiosk staff”로 만들어요.',
      'This machine has no staff PIN. The technician makes one with "hanpyo kiosk staff".',
    ),
  },
  'staff-locked': {
    voter: CALL,
    staff: say('잠겼어요. 번호를 다시 눌러 주세요.', 'Locked. Enter the PIN again.'),
  },
  'staff-unlocked': {
    voter: say('직원이 돕고 있어요. 잠시 기다려 주세요.', 'Staff are at the machine. One moment, please.'),
    staff: say('먼저 직원 화면을 잠가 주세요.', 'Lock the staff screen first.'),
  },
  'box-not-empty': {
    voter: CALL,
    staff: say(
      '투표함이 비어 있지 않아서 시작할 수 없어요. 이 기기를 쓰지 말고 기술 담당자를 불러 주세요.',
      'The ballot box is not empty, so the polls cannot open. Do not use this machine; call the technician.',
    ),
  },
  'nobody-here': {
    voter: CALL,
    staff: say('지금 투표하는 사람이 없어요.', 'Nobody is voting now.'),
  },
  'no-report': {
    voter: CALL,
    staff: say('아직 인쇄할 보고서가 없어요.', 'There is no report to print yet.'),
  },
  'no-printer': {
    voter: CALL,
    staff: say(
      '영수증 프린터가 없어요. 화면의 QR을 찍어 두세요.',
      'There is no printer. Photograph the QR code on the screen.',
    ),
  },
  'polls-not-open': {
    voter: say('지금은 투표 시간이 아니에요.', 'Voting is not open now.'),
    staff: say('이 기기의 투표를 먼저 시작해 주세요.', 'Open the polls on this machine first.'),
  },
  'wrong-step': { voter: NEWEST, staff: NEWEST },
  'unknown-contest': { voter: NEWEST, staff: NEWEST },
  'wrong-kind': { voter: NEWEST, staff: NEWEST },
  'unknown-option': { voter: NEWEST, staff: NEWEST },
  'duplicate-option': { voter: NEWEST, staff: NEWEST },
  'too-many-selected': {
    voter: say('더 고를 수 없어요. 하나를 먼저 빼 주세요.', 'You cannot choose more. Take one away first.'),
    staff: say('고를 수 있는 개수를 넘었어요.', 'More than the allowed number was chosen.'),
  },
  'over-budget': {
    voter: say(
      '쓸 수 있는 돈을 넘어요. 하나를 먼저 빼 주세요.',
      'That would exceed the budget. Take one away first.',
    ),
    staff: say('고른 것의 값이 예산을 넘었어요.', 'The chosen options cost more than the budget.'),
  },
  'too-few-selected': {
    voter: say(
      '더 골라야 해요. 더 고르거나 “고르지 않기”를 눌러 주세요.',
      'More choices are needed. Choose more, or press “leave blank”.',
    ),
    staff: say(
      '고른 개수가 모자라면 표로 세지 않으므로, 더 고르거나 비워 두어야 해요.',
      'An answer below the minimum would not count: more choices, or none at all.',
    ),
  },
  'disk-full': {
    voter: say(
      '투표가 저장되지 않았어요. 이 종이로 다시 투표할 수 있어요. 직원을 불러 주세요.',
      'Your vote was not stored. You can still vote with this slip. Please call staff.',
    ),
    staff: say(
      '저장 공간이 가득 찼어요. 다른 기기로 안내하고 기술 담당자를 불러 주세요.',
      'The disk is full. Send voters to another machine and call the technician.',
    ),
  },
  'box-failed': {
    voter: say(
      '투표를 저장하지 못했어요. 직원을 불러 주세요.',
      'Your vote could not be stored. Please call staff.',
    ),
    staff: say(
      '투표함 파일에 쓸 수 없어요. 기기를 다시 켜고, 그 뒤 같은 종이를 대 보세요. 이미 저장되었다면 알려 줍니다.',
      'The ballot box cannot be written. Restart the machine, then scan the same slip: if the vote was stored after all, the machine says so.',
    ),
  },
  'already-open': {
    voter: CALL,
    staff: say('이미 투표 중이에요.', 'The polls are already open here.'),
  },
  'not-open': { voter: CALL, staff: say('투표 중이 아니에요.', 'The polls are not open here.') },
  'not-paused': { voter: CALL, staff: say('멈춘 상태가 아니에요.', 'The polls are not paused here.') },
  'polls-final': {
    voter: say('이 기기의 투표가 끝났어요.', 'Voting on this machine has ended.'),
    staff: say(
      '이 기기의 투표를 완전히 마쳐서 다시 시작할 수 없어요.',
      'The polls were closed here for good and cannot be opened again.',
    ),
  },
  'voter-present': {
    voter: CALL,
    staff: say(
      '투표하는 사람이 있어요. 끝난 뒤에 다시 해 주세요.',
      'Somebody is voting. Try again when they have finished.',
    ),
  },
  ...PROPOSAL_ERROR_TEXT,
  ...TECHNICIAN_ERROR_TEXT,
  'core-unreachable': {
    voter: say(
      '기기가 잠시 쉬고 있어요. 직원을 불러 주세요.',
      'The machine is not answering. Please call staff.',
    ),
    staff: say(
      '투표 프로그램이 응답하지 않아요. 곧 다시 시작합니다. 계속되면 기술 담당자를 불러 주세요.',
      'The voting service does not answer and will restart. If it goes on, call the technician.',
    ),
  },
  'not-allowed': {
    voter: CALL,
    staff: say(
      '이 화면은 투표 프로그램에 연결할 수 없어요. 기기를 다시 켜 주세요.',
      'This page may not talk to the voting service. Restart the machine.',
    ),
  },
  'unknown-method': {
    voter: CALL,
    staff: say('화면과 투표 프로그램의 판이 달라요.', 'Page and voting service are of different versions.'),
  },
  'invalid-input': {
    voter: NEWEST,
    staff: say('화면과 투표 프로그램의 판이 달라요.', 'Page and voting service are of different versions.'),
  },
  'request-too-large': {
    voter: CALL,
    staff: say('화면과 투표 프로그램의 판이 달라요.', 'Page and voting service are of different versions.'),
  },
  'internal-error': {
    voter: say('문제가 생겼어요. 직원을 불러 주세요.', 'Something went wrong. Please call staff.'),
    staff: say(
      '예상하지 못한 오류예요. 기록을 기술 담당자에게 전해 주세요.',
      'An unexpected error. Give the log to the technician.',
    ),
  },
}
