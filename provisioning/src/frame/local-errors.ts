import type { ErrorCatalogue } from './error-entry.ts'

const NOTHING_DONE = { ko: '바뀐 것은 없습니다.', en: 'Nothing was changed.' }
const EARLIER_STEPS_STAY = {
  ko: '앞 단계까지는 저장되었고, 이 단계는 끝나지 않았습니다. 다시 실행하면 이어서 합니다.',
  en: 'The steps before are done and kept; this one is not finished. Running it again continues there.',
}

/** What can go wrong on the technician's own machine. */
export const LOCAL_ERRORS = {
  'answer-missing': {
    exit: 2,
    happened: { ko: '필요한 값이 없습니다.', en: 'A value is missing and there is nobody to ask.' },
    state: NOTHING_DONE,
    next: 'the same command with the flag named below',
  },
  'answer-invalid': {
    exit: 2,
    happened: { ko: '값이 올바르지 않습니다.', en: 'A value cannot be used.' },
    state: NOTHING_DONE,
    next: 'the same command with the value corrected',
  },
  'not-confirmed': {
    exit: 2,
    happened: { ko: '확인하지 않아 멈췄습니다.', en: 'It was not confirmed, so it stopped.' },
    state: EARLIER_STEPS_STAY,
    next: 'the same command with --yes',
  },
  'folder-not-a-device': {
    exit: 10,
    happened: { ko: '단말기 폴더가 아닙니다.', en: 'This is not a device folder.' },
    state: NOTHING_DONE,
    next: 'hanpyo provision init --dir {dir}',
  },
  'folder-damaged': {
    exit: 11,
    happened: { ko: '단말기 폴더의 파일이 손상되었습니다.', en: 'A file of the device folder is damaged.' },
    state: NOTHING_DONE,
    next: 'hanpyo provision status --dir {dir}',
  },
  'folder-busy': {
    exit: 12,
    happened: {
      ko: '다른 창에서 같은 단말기를 작업하고 있습니다.',
      en: 'Another run is working on the same device.',
    },
    state: NOTHING_DONE,
    next: 'the same command when the other run has ended',
  },
  'disk-full': {
    exit: 13,
    happened: { ko: '저장할 공간이 없습니다.', en: 'The disk or stick is full.' },
    state: EARLIER_STEPS_STAY,
    next: 'make room, then the same command again',
  },
  'disk-failed': {
    exit: 14,
    happened: {
      ko: '디스크나 USB 메모리에 쓰거나 읽지 못했습니다. 빠졌거나 쓰기 금지일 수 있습니다.',
      en: 'The disk or stick could not be written or read: pulled out, or read-only.',
    },
    state: EARLIER_STEPS_STAY,
    next: 'put it back, then the same command again',
  },
  'step-without-effect': {
    exit: 15,
    happened: {
      ko: '단계를 실행했지만 결과가 남지 않았습니다.',
      en: 'A step ran, but what it should have changed is not there.',
    },
    state: EARLIER_STEPS_STAY,
    next: 'hanpyo provision status --dir {dir}',
  },
  'work-log-broken': {
    exit: 16,
    happened: {
      ko: '작업 기록이 바뀌었거나 이어지지 않습니다.',
      en: 'The work log was changed: its chain or a signature does not hold.',
    },
    state: NOTHING_DONE,
    next: 'keep the folder as it is, and tell the device authority',
  },
} as const satisfies ErrorCatalogue
