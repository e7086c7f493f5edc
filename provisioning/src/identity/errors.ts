import type { ErrorCatalogue } from '../frame/error-entry.ts'

const NOTHING = { ko: '바뀐 것은 없습니다.', en: 'Nothing was changed.' }
const NOT_ADMITTED = {
  ko: '단말기의 열쇠와 요청은 그대로이고, 등록은 되지 않았습니다.',
  en: "The kiosk's keys and request are as they were; it is not enrolled.",
}
const NOT_IMPORTED = {
  ko: '단말기 폴더는 그대로이고, 인증서는 저장되지 않았습니다.',
  en: 'The device folder is as it was; the certificate was not stored.',
}
const NOT_POSTED = {
  ko: '서명된 기록은 파일에 남아 있고, 원장에는 아직 없습니다. 다시 보내도 안전합니다.',
  en: 'The signed record is kept in its file; it is not on the ledger yet. Sending it twice is safe.',
}
const NOT_SIGNED = { ko: '아무것도 서명하지 않았습니다.', en: 'Nothing was signed.' }

/** Keys, certificates, enrolment, revocation, and the people who may do it. */
export const IDENTITY_ERRORS = {
  'request-unreadable': {
    exit: 20,
    happened: { ko: '등록 요청 파일을 읽을 수 없습니다.', en: 'The enrolment request cannot be read.' },
    state: NOT_ADMITTED,
    next: 'hanpyo provision enrol request --dir {dir} --out STICK',
  },
  'request-kiosk': {
    exit: 20,
    happened: { ko: '요청 파일의 단말기 번호가 다릅니다.', en: 'The request is for another kiosk.' },
    state: NOT_ADMITTED,
    next: 'the same command with the right --request or --kiosk',
  },
  'request-key-weak': {
    exit: 20,
    happened: { ko: '요청 파일의 열쇠를 쓸 수 없습니다.', en: 'A key in the request cannot be used.' },
    state: NOT_ADMITTED,
    next: 'hanpyo provision keygen --dir {dir} in a new device folder',
  },
  'request-certificate': {
    exit: 20,
    happened: { ko: '인증서 요청이 올바르지 않습니다.', en: 'The certificate request is wrong.' },
    state: NOT_ADMITTED,
    next: 'hanpyo provision keygen --dir {dir} in a new device folder',
  },
  'slot-occupied': {
    exit: 20,
    happened: {
      ko: '이 자리에는 다른 단말기가 등록되어 있습니다.',
      en: 'Another device is enrolled in this slot.',
    },
    state: NOT_ADMITTED,
    next: 'hanpyo provision replace --kiosk ID --request FILE --desk DESK --out STICK',
  },
  'request-unproven': {
    exit: 20,
    happened: {
      ko: '요청을 만든 기기가 두 열쇠를 가지고 있다는 증명이 없거나 틀립니다. 요청이 바뀌었을 수 있습니다.',
      en: 'The request does not prove that its maker holds both keys. It may have been changed on the way.',
    },
    state: NOT_ADMITTED,
    next: 'hanpyo provision enrol request --dir {dir} --out STICK, and if it is refused again keygen in a new device folder',
  },
  'request-key-used': {
    exit: 20,
    happened: {
      ko: '폐기되었거나 다른 자리에 등록된 열쇠로 만든 요청입니다.',
      en: 'The keys of this request were revoked, or are enrolled in another slot.',
    },
    state: NOT_ADMITTED,
    next: 'hanpyo provision keygen --dir NEW_DIR, and a new request from there',
  },
  'kiosk-unknown': {
    exit: 21,
    happened: { ko: '선거 정의에 없는 단말기 번호입니다.', en: 'The manifest has no such kiosk.' },
    state: NOTHING,
    next: 'the same command with a kiosk of the manifest',
  },
  'device-of-another-slot': {
    exit: 21,
    happened: {
      ko: '이 폴더에는 다른 단말기가 이미 있습니다.',
      en: 'The folder already holds another device.',
    },
    state: NOTHING,
    next: 'hanpyo provision init --dir NEW-FOLDER',
  },
  'keys-missing': {
    exit: 22,
    happened: { ko: '단말기 열쇠가 아직 없습니다.', en: 'This device has no keys yet.' },
    state: NOTHING,
    next: 'hanpyo provision keygen --dir {dir}',
  },
  'keys-of-another-kiosk': {
    exit: 22,
    happened: {
      ko: '폴더의 열쇠가 다른 단말기 것입니다.',
      en: "The keys in the folder are another kiosk's.",
    },
    state: NOTHING,
    next: 'hanpyo provision status {dir}',
  },
  'certificate-missing': {
    exit: 23,
    happened: {
      ko: '돌아온 인증서 파일이 없습니다.',
      en: 'The certificate has not come back yet, or lies elsewhere.',
    },
    state: NOT_IMPORTED,
    next: 'hanpyo provision enrol import --dir {dir} --from STICK --ca SHA256',
  },
  'certificate-of-another-key': {
    exit: 23,
    happened: {
      ko: '인증서가 이 단말기의 열쇠 것이 아닙니다.',
      en: 'The certificate belongs to another key.',
    },
    state: NOT_IMPORTED,
    next: 'hanpyo provision enrol request --dir {dir} --out STICK',
  },
  'certificate-of-another-kiosk': {
    exit: 23,
    happened: { ko: '인증서가 다른 단말기 것입니다.', en: "The certificate is another kiosk's." },
    state: NOT_IMPORTED,
    next: 'hanpyo provision enrol import --dir {dir} --from STICK --ca SHA256',
  },
  'certificate-chain': {
    exit: 23,
    happened: {
      ko: '인증서를 함께 온 발급 기관이 서명하지 않았습니다.',
      en: 'The certificate is not signed by the authority that came with it.',
    },
    state: NOT_IMPORTED,
    next: 'ask the device authority to sign the request again',
  },
  'certificate-expired': {
    exit: 23,
    happened: { ko: '인증서 기간이 끝났습니다.', en: 'The certificate has expired.' },
    state: NOT_IMPORTED,
    next: 'hanpyo provision enrol request --dir {dir} --out STICK',
  },
  'clock-off': {
    exit: 24,
    happened: {
      ko: '인증서가 아직 유효하지 않습니다. 이 기기의 시계가 느릴 수 있습니다.',
      en: 'The certificate is not valid yet: the clock of this machine is probably behind.',
    },
    state: NOT_IMPORTED,
    next: 'set the clock (timedatectl), then the same command again',
  },
  'enrolment-record-wrong': {
    exit: 23,
    happened: {
      ko: '등록 기록이 이 단말기의 열쇠와 맞지 않거나 서명이 틀립니다.',
      en: 'The enrolment record names other keys, or its signature is wrong.',
    },
    state: NOT_IMPORTED,
    next: 'ask the device authority to sign the request again',
  },
  'enrolment-missing': {
    exit: 25,
    happened: { ko: '이 단말기의 등록 기록이 없습니다.', en: 'There is no enrolment of this kiosk here.' },
    state: NOTHING,
    next: "the same command with --desk naming the device authority's folder",
  },
  'key-file-missing': {
    exit: 26,
    happened: { ko: '열쇠 파일이 없습니다.', en: 'A key file is missing.' },
    state: NOT_SIGNED,
    next: 'the same command with the right --desk or --technician',
  },
  'key-file-readable-by-others': {
    exit: 26,
    happened: {
      ko: '열쇠 파일을 다른 사람이 읽을 수 있습니다.',
      en: 'Others can read a key file. Find out who could.',
    },
    state: NOT_SIGNED,
    next: 'chmod 600 on the file, then the same command again',
  },
  'key-file-malformed': {
    exit: 26,
    happened: { ko: '열쇠 파일이 손상되었습니다.', en: 'A key file is damaged.' },
    state: NOT_SIGNED,
    next: 'the same command with the copy kept aside',
  },
  'key-file-type': {
    exit: 26,
    happened: {
      ko: '다른 종류의 열쇠 파일이거나 다른 선거의 열쇠입니다.',
      en: 'The key file is of another kind or of another election.',
    },
    state: NOT_SIGNED,
    next: 'the same command with the right --desk or --technician',
  },
  'seal-malformed': {
    exit: 26,
    happened: { ko: '잠긴 열쇠 파일이 손상되었습니다.', en: 'A sealed key file is damaged.' },
    state: NOT_SIGNED,
    next: 'the same command with the copy kept aside',
  },
  'seal-passphrase-missing': {
    exit: 26,
    happened: {
      ko: '열쇠 파일이 잠겨 있고 암호가 없습니다.',
      en: 'The key file is sealed and there is no passphrase.',
    },
    state: NOT_SIGNED,
    next: 'the same command with --passphrase-file FILE',
  },
  'seal-wrong': {
    exit: 26,
    happened: {
      ko: '암호가 틀렸거나 파일이 바뀌었습니다.',
      en: 'The passphrase is wrong, or the file was changed.',
    },
    state: NOT_SIGNED,
    next: 'the same command again',
  },
  'tpm-missing': {
    exit: 27,
    happened: {
      ko: 'TPM 2.0이 없거나 tpm2-tools가 설치되지 않았습니다.',
      en: 'There is no TPM 2.0, or tpm2-tools are not installed.',
    },
    state: NOTHING,
    next: 'the same command with --seal passphrase or --seal none',
  },
  'tpm-refused': {
    exit: 27,
    happened: {
      ko: 'TPM이 열쇠를 내주지 않습니다. 펌웨어나 부팅 설정이 바뀌었거나 다른 기기입니다.',
      en: 'The TPM does not open it: firmware or boot settings changed, or it is another machine.',
    },
    state: NOTHING,
    next: 'hanpyo provision replace --kiosk ID … with new keys, unless the old settings can be put back',
  },
  'tpm-failed': {
    exit: 27,
    happened: { ko: 'TPM 명령이 실패했습니다.', en: 'A command to the TPM failed.' },
    state: NOTHING,
    next: 'the same command again',
  },
  'technician-not-certified': {
    exit: 28,
    happened: {
      ko: '기술자 인증서가 없거나 이 선거의 것이 아닙니다.',
      en: "The technician has no certificate of this election's device authority.",
    },
    state: NOT_SIGNED,
    next: 'hanpyo provision technician certify --desk DESK --request FILE',
  },
  'technician-expired': {
    exit: 28,
    happened: {
      ko: '기술자 인증서 기간이 끝났습니다.',
      en: "The technician's certificate has expired, or is not valid yet.",
    },
    state: NOT_SIGNED,
    next: 'hanpyo provision technician certify --desk DESK --request FILE',
  },
  'approval-wrong': {
    exit: 29,
    happened: {
      ko: '승인 서명이 이 목록의 것이 아니거나 올바르지 않습니다.',
      en: 'An approval is for another list, or its signature is wrong.',
    },
    state: NOTHING,
    next: 'hanpyo provision approve --kiosks LIST --technician DIR --out FILE',
  },
  'two-people-needed': {
    exit: 29,
    happened: {
      ko: '한 번에 단말기 5대를 넘게 폐기하려면 두 사람의 승인이 필요합니다.',
      en: 'Revoking more than 5 devices at once needs the approval of two people.',
    },
    state: NOTHING,
    next: 'hanpyo provision approve --kiosks LIST --technician DIR --out FILE, once by each, then the same command with --approval FILE',
  },
  'bridge-unreachable': {
    exit: 50,
    happened: { ko: '브리지에 연결되지 않습니다.', en: 'The bridge cannot be reached.' },
    state: NOT_POSTED,
    next: 'the same command again',
  },
  'bridge-deferred': {
    exit: 50,
    happened: { ko: '먼저 기록될 것이 남아 있습니다.', en: 'Something has to be logged first.' },
    state: NOT_POSTED,
    next: 'the same command again after the next batch',
  },
  'bridge-refused': {
    exit: 50,
    happened: { ko: '브리지가 기록을 받지 않았습니다.', en: 'The bridge did not take the record.' },
    state: NOT_POSTED,
    next: 'correct what the detail names, then the same command again',
  },
  'broker-not-reloaded': {
    exit: 51,
    happened: {
      ko: '브로커가 새 목록을 읽게 하지 못했습니다. 폐기된 단말기가 아직 연결할 수 있습니다.',
      en: 'The broker was not made to read the new list: a revoked kiosk may still connect.',
    },
    state: {
      ko: '폐기 목록과 원장 기록은 만들어졌습니다.',
      en: 'The revocation list and the record are made.',
    },
    next: 'systemctl reload mosquitto, or the same command again',
  },
  'election-missing': {
    exit: 60,
    happened: {
      ko: '선거 폴더가 아닙니다.',
      en: "This is not an election folder or the device authority's desk.",
    },
    state: NOTHING,
    next: 'the same command with --desk naming it',
  },
  'election-damaged': {
    exit: 61,
    happened: { ko: '선거 정의나 서명이 손상되었습니다.', en: 'The manifest or its signature is damaged.' },
    state: NOTHING,
    next: 'the same command with the copy kept aside',
  },
} as const satisfies ErrorCatalogue
