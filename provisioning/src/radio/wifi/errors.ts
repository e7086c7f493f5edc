import type { ErrorCatalogue } from '../../frame/error-entry.ts'

const NOTHING = { ko: '바뀐 것은 없습니다.', en: 'Nothing was changed.' }
const WRITTEN = {
  ko: '설정 파일은 저장되었습니다. 서버 확인만 되지 않았습니다.',
  en: 'The configuration is written; only the check of the broker did not pass.',
}
const AGAIN = 'hanpyo provision wifi --dir {dir}'

/** 50 not to be reached, 51 the broker's certificate, 52 ours, 53 refused by the broker. */
export const WIFI_ERRORS = {
  'wifi-ssid': {
    exit: 2,
    happened: { ko: 'Wi-Fi 이름이 올바르지 않습니다.', en: 'A Wi-Fi name has 1 to 32 bytes.' },
    state: NOTHING,
    next: `${AGAIN} --ssid NAME`,
  },
  'wifi-psk': {
    exit: 2,
    happened: {
      ko: 'Wi-Fi 암호가 올바르지 않습니다.',
      en: 'A Wi-Fi password has 8 to 63 ASCII characters, or is 64 hex digits.',
    },
    state: NOTHING,
    next: `${AGAIN} --psk-file FILE`,
  },
  'kiosk-certificate-missing': {
    exit: 52,
    happened: {
      ko: '단말기 인증서가 아직 없습니다.',
      en: 'The kiosk has no certificate yet, or the file given is not there.',
    },
    state: NOTHING,
    next: 'hanpyo provision enrol --dir {dir}',
  },
  'kiosk-certificate-other': {
    exit: 52,
    happened: {
      ko: '인증서가 이 단말기의 것이 아니거나 키와 맞지 않습니다.',
      en: 'The certificate is of another kiosk, or does not fit the key.',
    },
    state: WRITTEN,
    next: 'hanpyo provision enrol --dir {dir}',
  },
  'broker-url': {
    exit: 2,
    happened: {
      ko: '브로커 주소는 mqtts://이름:8883 꼴입니다.',
      en: 'The address of a broker is mqtts://host:8883.',
    },
    state: NOTHING,
    next: `${AGAIN} --broker mqtts://broker.example.org:8883`,
  },
  'broker-unreachable': {
    exit: 50,
    happened: { ko: '브로커에 연결되지 않습니다.', en: 'The broker does not answer.' },
    state: WRITTEN,
    next: `${AGAIN} (ballots go over LoRaWAN meanwhile)`,
  },
  'broker-name-unknown': {
    exit: 50,
    happened: {
      ko: '브로커의 이름을 찾을 수 없습니다(DNS).',
      en: 'The name of the broker is not known (DNS).',
    },
    state: WRITTEN,
    next: `hanpyo provision doctor --broker mqtts://…, then ${AGAIN}`,
  },
  'broker-slow': {
    exit: 50,
    happened: { ko: '브로커가 제때 대답하지 않았습니다.', en: 'The broker did not answer in time.' },
    state: WRITTEN,
    next: AGAIN,
  },
  'broker-not-tls': {
    exit: 51,
    happened: {
      ko: '그 포트에서는 TLS를 쓰지 않습니다.',
      en: 'What answers at that port does not speak TLS; kiosks use 8883.',
    },
    state: WRITTEN,
    next: `${AGAIN} --broker mqtts://host:8883`,
  },
  'broker-certificate-foreign': {
    exit: 51,
    happened: {
      ko: '브로커의 인증서가 이 선거의 기관에서 나온 것이 아닙니다.',
      en: "The broker's certificate is not of this election's authority.",
    },
    state: WRITTEN,
    next: `${AGAIN} --ca ca.pem (compare its fingerprint with the device authority)`,
  },
  'broker-certificate-name': {
    exit: 51,
    happened: {
      ko: '브로커의 인증서가 다른 이름으로 되어 있습니다.',
      en: "The broker's certificate is for another name.",
    },
    state: WRITTEN,
    next: `${AGAIN} --broker … (with the name in the certificate)`,
  },
  'broker-certificate-dates': {
    exit: 51,
    happened: {
      ko: '브로커의 인증서가 만료되었거나 아직 유효하지 않습니다. 이 컴퓨터의 시계가 틀렸을 수도 있습니다.',
      en: "The broker's certificate has expired or is not valid yet; or the clock of this machine is wrong.",
    },
    state: WRITTEN,
    next: `hanpyo provision doctor, then ${AGAIN}`,
  },
  'client-certificate-refused': {
    exit: 52,
    happened: {
      ko: '브로커가 단말기 인증서를 받아들이지 않았습니다.',
      en: "The broker does not take the kiosk's certificate: revoked, expired, or of another authority.",
    },
    state: WRITTEN,
    next: 'hanpyo provision status --dir {dir}',
  },
  'broker-refused': {
    exit: 53,
    happened: { ko: '브로커가 접속을 거절했습니다.', en: 'The broker refused the connection.' },
    state: WRITTEN,
    next: `ask the operator of the broker, then ${AGAIN}`,
  },
  'broker-topic-refused': {
    exit: 53,
    happened: {
      ko: '브로커가 이 단말기의 주제를 허락하지 않습니다(ACL).',
      en: 'The broker does not let the kiosk hear its own topic: the ACL, or a certificate of another kiosk.',
    },
    state: WRITTEN,
    next: `deploy/mosquitto/acl on the broker, then ${AGAIN}`,
  },
} as const satisfies ErrorCatalogue
