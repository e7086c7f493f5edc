/** What each expected failure of this room means to the person at the terminal, and what to do about it. */
import type { ConfigError } from '@hanpyo/platform/config.ts'
import type { KeyFileError } from '@hanpyo/platform/keyfile.ts'
import type { AssembleError } from './assemble-election.ts'
import type { BridgeError } from './bridge-client.ts'
import { CEREMONY_ERROR_TEXT, type CeremonyToolError } from './ceremony/errors.ts'
import { COUNT_ERROR_TEXT, type CountToolError } from './count/errors.ts'
import type { LoadElectionError } from './load-election.ts'
import type { AllocationError } from './slip-allocations.ts'

export type AuthorityError =
  | ConfigError
  | KeyFileError
  | AssembleError
  | 'election-exists'
  | 'text-unprintable'
  | LoadElectionError
  | BridgeError
  | 'slip-number-unknown'
  | AllocationError
  | 'centre-unknown'
  | 'kiosk-unknown'
  | 'reason-unusable'
  | 'proposals-not-offered'
  | CountToolError
  | CeremonyToolError

interface Text {
  readonly ko: string
  readonly en: string
}

export const ERROR_TEXT: Readonly<Record<AuthorityError, Text>> = {
  ...COUNT_ERROR_TEXT,
  ...CEREMONY_ERROR_TEXT,
  'reason-unusable': {
    ko: '사유는 1자에서 300자까지, 보이지 않는 문자 없이 적어 주세요. 기록한 것은 없습니다.',
    en: 'Give a reason of 1 to 300 characters without invisible ones. Nothing was recorded.',
  },
  'proposals-not-offered': {
    ko: '이 선거는 제안을 받지 않습니다. 선거 폴더를 확인해 주세요.',
    en: 'This election takes no proposals. Check the election folder.',
  },
  'config-missing': {
    ko: '설정 파일이 없습니다. 경로를 확인해 주세요.',
    en: 'The election file does not exist. Check the path.',
  },
  'config-malformed': {
    ko: '설정 파일이 TOML 형식이 아닙니다. 표시된 줄을 고쳐 주세요.',
    en: 'The election file is not TOML. Correct the line shown.',
  },
  'config-invalid': {
    ko: '설정 파일에 고칠 곳이 있습니다.',
    en: 'The election file needs corrections.',
  },
  'key-file-missing': {
    ko: '열쇠 파일이 없습니다. 선거 폴더(--election)를 확인해 주세요.',
    en: 'A key file is missing. Check the election folder (--election).',
  },
  'key-file-readable-by-others': {
    ko: '열쇠 파일을 다른 사람이 읽을 수 있습니다. 누가 읽었는지 확인하고 chmod 600을 실행해 주세요.',
    en: 'Others can read a key file. Find out who could, then run chmod 600 on it.',
  },
  'key-file-malformed': {
    ko: '열쇠 파일이 손상되었습니다. 보관한 사본을 사용해 주세요.',
    en: 'A key file is damaged. Use the copy kept aside.',
  },
  'key-file-type': {
    ko: '다른 종류의 열쇠 파일입니다.',
    en: 'The key file is of another kind.',
  },
  'key-file-exists': {
    ko: '같은 이름의 열쇠 파일이 이미 있습니다. 덮어쓰지 않습니다.',
    en: 'A key file of this name exists. It is not overwritten.',
  },
  'pattern-risk': {
    ko: '가능한 선택이 예상 투표수에 비해 너무 많아 표가 거래될 수 있습니다. 선택 수를 줄이거나 patternRiskAccepted를 적어 주세요.',
    en: 'Too many possible votes for the expected ballots: patterns could be sold. Allow fewer choices, or set patternRiskAccepted.',
  },
  'manifest-refused': {
    ko: '만들어진 선거 정의가 규칙에 맞지 않습니다.',
    en: 'The manifest that comes out of this file breaks a rule.',
  },
  'election-exists': {
    ko: '이 폴더에 이미 선거가 있습니다. 다른 폴더를 골라 주세요.',
    en: 'The folder already holds an election. Choose another one.',
  },
  'text-unprintable': {
    ko: '쪽지에 인쇄할 수 없는 글자가 있습니다. 제목이나 유형 이름을 고쳐 주세요.',
    en: 'Some characters cannot be printed on slips. Change the title or the style name.',
  },
  'election-missing': {
    ko: '선거 폴더가 아닙니다. --election으로 폴더를 알려 주세요.',
    en: 'This is not an election folder. Name it with --election.',
  },
  'election-damaged': {
    ko: '선거 정의나 서명이 손상되었습니다. 보관한 사본을 사용해 주세요.',
    en: 'The manifest or its signature is damaged. Use the copy kept aside.',
  },
  'bridge-unreachable': {
    ko: '브리지에 연결되지 않습니다. 주소와 네트워크를 확인한 뒤 다시 실행해 주세요. 다시 보내도 안전합니다.',
    en: 'The bridge cannot be reached. Check address and network, then run it again; sending twice is safe.',
  },
  'bridge-deferred': {
    ko: '먼저 기록될 것이 남아 있습니다. 잠시 뒤 다시 실행해 주세요.',
    en: 'Something has to be logged first. Run it again after the next batch.',
  },
  'bridge-refused': {
    ko: '브리지가 기록을 받지 않았습니다. 아래 규칙을 확인해 주세요.',
    en: 'The bridge did not take it. See the rule below.',
  },
  'slips-malformed': {
    ko: '투표권 종이 배정 기록을 읽을 수 없습니다. 보관한 사본을 사용해 주세요.',
    en: 'The note about slips of a centre cannot be read. Use the copy kept aside.',
  },
  'slips-signature': {
    ko: '투표권 종이 배정 기록의 서명이 이 선거 등록 담당의 것이 아닙니다. 보관한 사본을 사용해 주세요.',
    en: 'The note about slips is not signed by the registrar of this election. Use the copy kept aside.',
  },
  'slips-other-election': {
    ko: '다른 선거나 다른 장소의 배정 기록입니다.',
    en: 'The note about slips is of another election or centre.',
  },
  'slips-impossible': {
    ko: '이 배정은 있을 수 없습니다. 아무것도 쓰지 않았습니다. 봉투 번호와 장수를 확인해 주세요.',
    en: 'These envelopes cannot be. Nothing was written. Check the serial numbers and how many slips are in each.',
  },
  'slips-given-elsewhere': {
    ko: '이 봉투는 다른 장소에 배정되어 있습니다. 아무것도 쓰지 않았습니다. 그곳의 기록을 --correct로 고친 뒤 다시 실행해 주세요.',
    en: 'An envelope is another centre’s already. Nothing was written. Correct that centre with --correct, then run it again.',
  },
  'slips-beyond-allocation': {
    ko: '이 장소에 배정한 것보다 많은 장수입니다. 아무것도 보내지 않았습니다. 수를 확인하거나 election slips allocate로 배정을 고쳐 주세요.',
    en: 'More slips than the centre was given. Nothing was sent. Check the numbers, or note the envelopes with election slips allocate.',
  },
  'slip-number-unknown': {
    ko: '그런 번호는 없습니다.',
    en: 'There is no slip of that number.',
  },
  'centre-unknown': {
    ko: '선거 정의에 없는 주민센터입니다.',
    en: 'The manifest has no such centre.',
  },
  'kiosk-unknown': {
    ko: '선거 정의에 없는 단말기 번호입니다.',
    en: 'The manifest has no such kiosk.',
  },
}
