/** Everything a self-test can say is wrong: what it means, and what the technician does next. */

interface Text {
  readonly ko: string
  readonly en: string
}

const say = (ko: string, en: string): Text => ({ ko, en })

export const SELF_TEST_PROBLEMS = {
  absent: say(
    '이 기기에는 설정되지 않았습니다. 있어야 한다면 설정 파일에 적고 다시 시작하세요.',
    'Not set up on this machine. If it should be there, add it to the configuration and restart.',
  ),
  stopped: say('끝까지 하지 않았습니다. 다시 시험하세요.', 'Not finished. Run the test again.'),
  'not-connected': say(
    '장치가 없습니다. 전원과 케이블을 확인하세요. 다시 꽂으면 저절로 찾습니다.',
    'The device is not there. Check its power and cable; it is found again by itself.',
  ),
  'unplugged-meanwhile': say(
    '시험하는 동안 장치가 빠졌습니다. 케이블을 확인하고 다시 시험하세요.',
    'The device went away during the test. Check its cable and run the test again.',
  ),
  'keys-missing': say(
    '눌리지 않은 키가 있습니다. 그 키를 다시 눌러 보고, 안 되면 키패드를 바꾸세요.',
    'Some keys were not heard. Try them again; if they stay silent, replace the device.',
  ),
  'keys-stuck': say(
    '눌린 채로 있는 키가 있습니다. 키를 풀거나 장치를 바꾸세요.',
    'Some keys are stuck. Free them or replace the device.',
  ),
  'no-sound': say(
    '소리를 내지 못했습니다. 소리 장치의 설정을 확인하세요.',
    'No sound could be played. Check the audio set-up of the machine.',
  ),
  'not-heard': say(
    '소리가 들리지 않았습니다. 이어폰이나 스피커의 연결과 소리 크기를 확인하세요.',
    'The chime was not heard. Check the plug of the headphones or speaker, and the volume.',
  ),
  'wrong-side': say(
    '왼쪽과 오른쪽이 다르게 들렸습니다. 이어폰 단자와 연결을 확인하세요.',
    'Left and right were not heard as played. Check the jack and its wiring.',
  ),
  'not-readable': say(
    '인쇄가 흐리거나 잘렸습니다. 종이의 방향과 폭, 헤드를 확인하세요.',
    'The print is faint or cut off. Check the paper’s side and width, and the print head.',
  ),
  'not-printed': say(
    '인쇄되지 않았습니다. 프린터가 말한 이유를 보세요.',
    'Nothing was printed. See what the printer says.',
  ),
  'other-code': say(
    '시험 인쇄의 코드가 아닌 것을 읽었습니다. 시험 인쇄의 네모를 대 주세요.',
    'Another code than that of the test print was read. Hold the code of the test print to the scanner.',
  ),
  'lamp-dark': say(
    '등이 제대로 켜지지 않았습니다. 등과 선을 확인하세요.',
    'The lamp did not light as it should. Check the lamp and its wire.',
  ),
  'lamp-silent': say(
    '등이 대답하지 않습니다. 전원과 케이블을 확인하세요.',
    'The lamp does not answer. Check its power and cable.',
  ),
  'modem-missing': say(
    '모뎀을 찾지 못했습니다. 케이블과 포트 이름을 확인하세요.',
    'No modem was found. Check the cable and the name of the port.',
  ),
  'wrong-region': say(
    '모뎀의 지역이 KR920이 아닙니다. 먼저 다시 설정하세요.',
    'The modem is not set to KR920. Program it first.',
  ),
  'not-joined': say(
    '모뎀이 망에 들어가지 못했습니다. 안테나, 게이트웨이, 등록된 키를 확인하세요.',
    'The modem has not joined. Check antenna, gateway, and the keys registered for it.',
  ),
  'no-answer': say(
    '게이트웨이가 대답하지 않았습니다. 안테나를 확인하고 자리를 옮겨 다시 시험하세요.',
    'No gateway answered. Check the antenna, or try another place.',
  ),
  'link-weak': say(
    '신호가 약합니다(여유 5 dB 미만). 안테나를 높이거나 자리를 옮기세요.',
    'The signal is weak (margin below 5 dB). Raise the antenna or move the kiosk.',
  ),
  'modem-failed': say(
    '모뎀이 요청을 끝내지 못했습니다. 잠시 뒤 다시 시험하세요.',
    'The modem did not finish the request. Try again in a moment.',
  ),
  offline: say(
    '이어지지 않았습니다. 와이파이 이름과 비밀번호, 인증서를 확인하세요. 표는 기기에 남아 있습니다.',
    'Not connected. Check the Wi-Fi name, password and certificates. Votes stay on this machine.',
  ),
  unreachable: say(
    '브리지가 대답하지 않습니다. 주소와 방화벽을 확인하세요.',
    'The bridge does not answer. Check its address and the firewall.',
  ),
  inconsistent: say(
    '장부가 앞뒤가 맞지 않습니다. 이 기기를 열지 말고 운영 담당자에게 알리세요.',
    'The ledger contradicts itself. Do not open this kiosk; tell the operator.',
  ),
  'time-unknown': say(
    '시각을 견주어 볼 곳이 없습니다. 망을 이은 뒤 다시 시험하세요.',
    'Nobody told the time yet. Connect a network and run the test again.',
  ),
  'clock-wrong': say(
    '시계가 2분 넘게 다릅니다. 기기의 시계를 맞추세요.',
    'The clock is more than two minutes off. Set it.',
  ),
  'disk-low': say(
    '저장할 자리가 거의 없습니다. 오래된 기록을 옮기세요.',
    'The disk is nearly full. Move old logs away.',
  ),
  'outbox-waiting': say(
    '보내지 못한 것이 있습니다. 망을 잇고 모두 보낼 때까지 기다리세요.',
    'Something waits to be sent. Connect a network and wait until all is acknowledged.',
  ),
  'not-calibrated': say(
    '화면 크기를 맞추지 않았습니다. 은행 카드를 대고 맞추세요.',
    'The screen was not calibrated. Match a bank card on the screen.',
  ),
  implausible: say(
    '화면 크기가 있을 법하지 않습니다. 카드를 다시 대고 맞추세요.',
    'The size of the screen is implausible. Match the card again.',
  ),
  'not-a-test-election': say(
    '시험 투표가 아닙니다. 시험용 투표를 넣은 기기에서만 할 수 있습니다.',
    'This is not a test election. A test vote is only cast where nothing counts.',
  ),
  'slip-refused': say(
    '이 시험 종이는 쓸 수 없습니다. 다른 시험 종이를 대 주세요.',
    'This test slip cannot be used. Take another test slip.',
  ),
  'not-cast': say(
    '시험 표를 저장하지 못했습니다. 자세한 이유를 보세요.',
    'The test vote was not stored. See the reason given.',
  ),
  'no-ack': say(
    '표는 저장되었지만 아직 확인이 오지 않았습니다. 망을 확인하세요. 표는 계속 보냅니다.',
    'The test vote is stored, but no acknowledgement came in time. Check the networks; it keeps being sent.',
  ),
} as const satisfies Record<string, Text>

export type SelfTestProblem = keyof typeof SELF_TEST_PROBLEMS
