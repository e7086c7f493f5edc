import type { ErrorCatalogue, ErrorEntry } from '../frame/error-entry.ts'

const NOTHING_WRITTEN = {
  ko: '아무것도 쓰지 않았습니다. 단말기의 투표 내용은 그대로입니다.',
  en: 'Nothing was written. What the kiosk holds is as it was.',
}
const STEPS_KEPT = {
  ko: '앞 단계까지는 저장되었습니다. 다시 실행하면 이어서 합니다.',
  en: 'The steps before are kept; running it again continues there.',
}
const ANOTHER_BUNDLE = 'get the package again, then hanpyo provision bundle verify FILE --authority VKEY'
const ANOTHER_SLIPS = 'ask the registrar for the file again, then the same command'

const of = (exit: number, ko: string, en: string, next: string, state = NOTHING_WRITTEN): ErrorEntry => ({
  exit,
  happened: { ko, en },
  state,
  next,
})

/** Bundles, elections, the kiosk's system and its self-test. */
export const KIOSK_ERRORS = {
  'install-drift': of(
    17,
    '설치된 파일이 있어야 할 모습과 다릅니다.',
    'Installed files are not as they should be.',
    'hanpyo kiosk install',
  ),
  'install-not-root': of(
    18,
    '이 작업은 관리자(root)만 할 수 있습니다.',
    'Only root can install into the running system.',
    'sudo hanpyo kiosk install',
  ),
  'install-not-taken-up': of(
    19,
    '파일은 설치했지만 시스템에 다 적용되지 않았습니다.',
    'The files are in place, but the system did not take all of them up.',
    'hanpyo kiosk install (again, after what it says is put right)',
    {
      ko: '파일은 모두 썼습니다. 다시 실행하면 적용부터 다시 합니다.',
      en: 'All files are written; running it again has the system take them up once more.',
    },
  ),
  'bundle-missing': of(
    60,
    '콘텐츠 꾸러미 파일을 찾지 못했습니다.',
    'The package file is not there.',
    'put the stick in, then the same command',
  ),
  'bundle-unreadable': of(60, '꾸러미 파일이 손상되었습니다.', 'The package is damaged.', ANOTHER_BUNDLE),
  'bundle-too-large': of(
    60,
    '꾸러미가 허용된 크기를 넘습니다.',
    'The package is larger than a package may be.',
    ANOTHER_BUNDLE,
  ),
  'bundle-entry-refused': of(
    61,
    '꾸러미에 허용되지 않은 파일이 있습니다.',
    'The package holds a file that may not be in one.',
    ANOTHER_BUNDLE,
  ),
  'bundle-signature': of(
    61,
    '꾸러미의 서명이 맞지 않습니다.',
    'The package is not signed by the authority or the device authority.',
    ANOTHER_BUNDLE,
  ),
  'bundle-tampered': of(
    61,
    '꾸러미의 파일이 서명된 것과 다릅니다.',
    'A file in the package is not the one that was signed.',
    ANOTHER_BUNDLE,
  ),
  'bundle-incomplete': of(
    61,
    '꾸러미에 필요한 파일이 없습니다.',
    'The package lacks a file.',
    ANOTHER_BUNDLE,
  ),
  'bundle-other-authority': of(
    62,
    '다른 선거관리 기관의 꾸러미입니다.',
    'The package is of another authority than the one given.',
    'compare the key on paper, then the same command with --authority VKEY',
  ),
  'bundle-pulled': of(
    60,
    '꾸러미를 읽는 동안 USB 메모리가 빠졌거나 읽히지 않습니다.',
    'The stick with the package went away, or cannot be read any more.',
    'put the stick in again, then the same command',
  ),
  'bundle-target-taken': of(
    62,
    '단말기 폴더의 election이 이 도구로 만든 것이 아닙니다.',
    'election in the device folder was not made by this tool.',
    'move it away, then the same command',
  ),
  'votes-waiting': of(
    63,
    '아직 보내지 못한 투표가 이 단말기에 있습니다.',
    'This kiosk still holds records that were not acknowledged.',
    'start the kiosk with a network, wait until nothing waits, then the same command',
  ),
  'votes-unproven': of(
    63,
    '기록된 투표가 원장에 실제로 있는지 이 단말기가 아직 확인하지 못했습니다.',
    'This kiosk has not yet seen proof that its recorded votes are in the ledger.',
    'start the kiosk with a network until it has checked the ledger, or wait for the archive date; then the same command',
  ),
  'box-unreadable': of(
    64,
    '단말기의 투표함을 읽지 못했습니다.',
    "The kiosk's ballot box could not be read, so it counts as not empty.",
    'hanpyo kiosk box --config {dir}/kiosk.toml',
  ),
  'election-not-loaded': of(
    64,
    '단말기에 투표가 실려 있지 않습니다.',
    'No election is loaded.',
    'hanpyo provision load-election --dir {dir} --bundle FILE --authority VKEY',
  ),
  'archive-period': of(
    65,
    '보관 기간이 아직 끝나지 않았습니다.',
    'The archive period is not over.',
    'wait until the date below, or hanpyo provision wipe --dir {dir} --release FILE',
  ),
  'release-invalid': of(
    65,
    '지우기 허가서가 이 단말기의 것이 아닙니다.',
    'The release is not signed by the authority for this kiosk and election.',
    'ask the authority for a release of this kiosk',
  ),
  'slips-missing': of(
    66,
    '투표권 종이 배정 파일을 찾지 못했습니다.',
    'The file with the slips of the centre is not there.',
    'put the stick in, then the same command',
  ),
  'slips-malformed': of(
    66,
    '투표권 종이 배정 파일을 읽을 수 없습니다.',
    'The file with the slips of the centre cannot be read.',
    ANOTHER_SLIPS,
  ),
  'slips-signature': of(
    66,
    '투표권 종이 배정에 이 투표의 등록 담당 서명이 없습니다.',
    'The slips are not signed by the registrar of the loaded election.',
    ANOTHER_SLIPS,
  ),
  'slips-other-election': of(
    66,
    '다른 투표나 다른 장소의 투표권 종이 배정입니다.',
    'The slips are of another election or centre.',
    'the same command with the file of this centre and election',
  ),
  'slips-impossible': of(
    66,
    '있을 수 없는 투표권 종이 배정입니다.',
    'The slips cannot be: an envelope twice, or more slips than the election has.',
    ANOTHER_SLIPS,
  ),
  'slips-older': of(
    67,
    '단말기에 더 새로운 투표권 종이 배정이 있습니다.',
    'The kiosk holds a newer note about the slips of the centre.',
    'the same command with the newest file of the registrar',
  ),
  'selftest-failed': of(
    70,
    '자가 점검에서 문제가 나왔습니다.',
    'The self-test found something wrong.',
    'mend what is named, then hanpyo provision selftest --dir {dir}',
    STEPS_KEPT,
  ),
  'kiosk-not-started': of(
    71,
    '단말기 프로그램이 시작되지 않았습니다.',
    'The kiosk core did not start.',
    'hanpyo kiosk core --config {dir}/kiosk.toml',
    STEPS_KEPT,
  ),
  'not-a-test-election': of(
    72,
    '시험 투표가 아니어서 시험 표를 넣지 않았습니다.',
    'This is no test election, so no test vote was cast.',
    'hanpyo provision load-election --dir {dir} --bundle TEST-BUNDLE --authority VKEY',
    STEPS_KEPT,
  ),
  'test-vote-refused': of(
    73,
    '시험 투표가 끝까지 가지 못했습니다.',
    'The test vote did not come through.',
    'the same command with another test slip when the network is there',
    STEPS_KEPT,
  ),
  'test-vote-not-on-ledger': of(
    74,
    '확인 응답은 왔지만 원장에서 시험 표를 찾지 못했습니다.',
    'The test vote was acknowledged, but the ledger does not hold it with a valid proof.',
    'stop using this bridge, and tell the operator',
    STEPS_KEPT,
  ),
  'not-ready': of(
    75,
    '단말기가 아직 준비되지 않았습니다.',
    'The device is not ready: what is named below is missing.',
    'hanpyo provision status --dir {dir}',
    {
      ko: '보고서는 빠진 것과 함께 저장되었습니다.',
      en: 'The report was written and names what is missing.',
    },
  ),
} as const satisfies ErrorCatalogue
