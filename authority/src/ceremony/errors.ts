/** Expected failures of the key ceremony. The detail names who and which file. */
export type CeremonyToolError =
  | 'ceremony-waiting'
  | 'ceremony-file'
  | 'ceremony-disagree'
  | 'ceremony-own-file'
  | 'ceremony-changed'
  | 'ceremony-dishonest'
  | 'ceremony-complaint'
  | 'ceremony-order'
  | 'ceremony-unfinished'
  | 'ceremony-config'
  | 'dry-run-failed'
  | 'sealed-key-missing'
  | 'sealed-key-damaged'
  | 'sealed-key-exists'
  | 'sealed-key-passphrase'
  | 'sealed-key-election'
  | 'sealed-key-unfinished'
  | 'passphrase-missing'
  | 'passphrase-short'

export const CEREMONY_ERROR_TEXT: Readonly<
  Record<CeremonyToolError, { readonly ko: string; readonly en: string }>
> = {
  'ceremony-waiting': {
    ko: '다른 수탁자의 파일을 기다립니다. 아래 파일이 폴더에 들어오면 다시 실행해 주세요. 지금까지 한 일은 그대로 있습니다.',
    en: "Waiting for other trustees. Run it again when the files below are in the folder; today's work is kept.",
  },
  'ceremony-file': {
    ko: '폴더의 파일 하나를 쓸 수 없습니다. 그 수탁자에게 자기 노트북에서 다시 복사해 달라고 하세요.',
    en: 'A file in the folder cannot be used. Ask that trustee to copy it again from their own laptop.',
  },
  'ceremony-disagree': {
    ko: '수탁자들이 선거, 인원, 필요한 수에 대해 다르게 말합니다. 맞춘 뒤 trustee init부터 다시 해 주세요.',
    en: 'Trustees disagree about election, number or threshold. Agree, then start again with trustee init.',
  },
  'ceremony-own-file': {
    ko: '폴더에 있는 내 파일이 내가 쓴 것과 다릅니다. 누가 바꿨는지 확인하고, 지운 뒤 다시 실행해 주세요.',
    en: 'Your own file in the folder is not what you wrote. Find out who changed it, delete it, and run again.',
  },
  'ceremony-changed': {
    ko: '앞 단계에서 본 파일이 바뀌었습니다. 멈추고 모두 함께 확인해 주세요.',
    en: 'Files you saw in an earlier step have changed. Stop and look at it together.',
  },
  'ceremony-dishonest': {
    ko: '수탁자 한 명의 값이 증명과 맞지 않습니다. 새 선거 이름으로 처음부터 다시 해야 합니다.',
    en: "A trustee's values do not match its proofs. The ceremony is over; start again under a new election id.",
  },
  'ceremony-complaint': {
    ko: '수탁자의 이의가 있습니다. 새 선거 이름으로 처음부터 다시 해야 합니다.',
    en: 'A trustee has complained. The ceremony is over; start again under a new election id.',
  },
  'ceremony-order': {
    ko: '앞 단계를 먼저 해야 합니다.',
    en: 'An earlier step comes first.',
  },
  'ceremony-unfinished': {
    ko: '열쇠 만들기가 끝나지 않았습니다. trustee verify와 trustee dry-run을 먼저 끝내 주세요.',
    en: 'The ceremony is not finished. Complete trustee verify and trustee dry-run first.',
  },
  'ceremony-config': {
    ko: '열쇠 만들기와 선거 파일이 서로 다릅니다.',
    en: 'The ceremony is for another election, number of trustees or threshold than the election file.',
  },
  'dry-run-failed': {
    ko: '연습 개표의 결과가 틀립니다. 이 열쇠로 선거를 열지 마세요.',
    en: 'The dry run gave wrong ballots. Do not open an election with this key.',
  },
  'sealed-key-missing': {
    ko: '수탁자 열쇠 파일이 없습니다. --key를 확인하거나 trustee init을 먼저 해 주세요.',
    en: 'There is no trustee key file. Check --key, or begin with trustee init.',
  },
  'sealed-key-damaged': {
    ko: '수탁자 열쇠 파일이 손상되었습니다. 두 번째 USB의 사본을 사용해 주세요.',
    en: 'The trustee key file is damaged. Use the copy on the second stick.',
  },
  'sealed-key-exists': {
    ko: '같은 이름의 열쇠 파일이 이미 있습니다. 덮어쓰지 않습니다.',
    en: 'A key file of this name exists. It is not overwritten.',
  },
  'sealed-key-passphrase': {
    ko: '암호가 틀리거나 열쇠 파일이 바뀌었습니다. 다시 입력해 주세요.',
    en: 'The passphrase is wrong, or the key file was changed. Try again.',
  },
  'sealed-key-election': {
    ko: '이 열쇠는 다른 선거나 다른 수탁자의 것입니다. USB를 확인해 주세요.',
    en: 'This key belongs to another election or trustee. Check the stick.',
  },
  'sealed-key-unfinished': {
    ko: '이 열쇠에는 아직 비밀 조각이 없습니다. trustee confirm까지 마쳐 주세요.',
    en: 'This key holds no share yet. Finish the ceremony up to trustee confirm.',
  },
  'passphrase-missing': {
    ko: '암호가 필요합니다. 터미널에서 입력하거나 --passphrase-file로 알려 주세요.',
    en: 'A passphrase is needed. Type it at a terminal, or give --passphrase-file.',
  },
  'passphrase-short': {
    ko: '암호가 너무 짧습니다. 열두 글자보다 길게 정해 주세요.',
    en: 'The passphrase is too short. Choose at least 12 characters.',
  },
}
