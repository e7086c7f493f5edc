import type { ErrorCatalogue } from '../../frame/error-entry.ts'

const NOTHING = { ko: '어느 단말기도 건드리지 않았습니다.', en: 'No device was touched.' }
const AGAIN = 'correct the table, then the same command again'

export const BATCH_ERRORS = {
  'csv-missing': {
    exit: 2,
    happened: { ko: '표 파일을 읽을 수 없습니다.', en: 'The table cannot be read.' },
    state: NOTHING,
    next: 'hanpyo provision batch devices.csv',
  },
  'csv-not-utf8': {
    exit: 2,
    happened: {
      ko: '표가 UTF-8이 아닙니다. 엑셀에서 "CSV UTF-8"로 저장하세요.',
      en: 'The table is not UTF-8; save it as "CSV UTF-8".',
    },
    state: NOTHING,
    next: AGAIN,
  },
  'csv-quote': {
    exit: 2,
    happened: { ko: '따옴표의 짝이 맞지 않습니다.', en: 'A quotation mark is in the wrong place.' },
    state: NOTHING,
    next: AGAIN,
  },
  'csv-record-too-long': {
    exit: 2,
    happened: { ko: '한 행이 너무 깁니다.', en: 'A row is too long; a quotation mark may be missing.' },
    state: NOTHING,
    next: AGAIN,
  },
  'csv-too-long': {
    exit: 2,
    happened: { ko: '행이 너무 많습니다.', en: 'The table has too many rows.' },
    state: NOTHING,
    next: 'split the table, then the same command again',
  },
  'csv-empty': {
    exit: 2,
    happened: { ko: '표에 단말기가 없습니다.', en: 'There is no device in the table.' },
    state: NOTHING,
    next: AGAIN,
  },
  'csv-header': {
    exit: 2,
    happened: {
      ko: '첫 행에 번호, 장소, DevEUI 열이 있어야 합니다.',
      en: 'The first row has to name the columns kiosk, centre and devEui (joinEui, description, port may follow).',
    },
    state: NOTHING,
    next: AGAIN,
  },
  'csv-rows': {
    exit: 2,
    happened: { ko: '잘못된 행이 있습니다.', en: 'There are mistakes in the table.' },
    state: NOTHING,
    next: AGAIN,
  },
  'batch-incomplete': {
    exit: 47,
    happened: { ko: '끝나지 않은 단말기가 있습니다.', en: 'Some devices are not finished.' },
    state: {
      ko: '나머지는 끝났고 다시 하지 않습니다.',
      en: 'The others are finished and are not done again.',
    },
    next: 'the same command again, when the reasons above are put right',
  },
  'label-printer': {
    exit: 17,
    happened: { ko: '라벨을 인쇄하지 못했습니다.', en: 'The label was not printed.' },
    state: { ko: 'PDF 라벨은 저장되었습니다.', en: 'The label as PDF is written.' },
    next: 'hanpyo provision label --dir {dir} --printer …',
  },
  'election-unreadable': {
    exit: 60,
    happened: { ko: '선거 폴더를 읽을 수 없습니다.', en: 'The manifest of the election cannot be read.' },
    state: NOTHING,
    next: 'hanpyo provision batch devices.csv --election DIR (the folder with manifest.note)',
  },
} as const satisfies ErrorCatalogue
