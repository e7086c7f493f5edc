import type { ErrorCatalogue } from '../../frame/error-entry.ts'

const UNTOUCHED = { ko: '모뎀에서 바뀐 것은 없습니다.', en: 'Nothing was changed in any modem.' }
const HALF = {
  ko: '모뎀이 일부만 설정되었을 수 있습니다. 키는 폴더에 남아 있고, 다시 실행하면 이어서 합니다.',
  en: 'The modem may be programmed in part. The key is kept in the folder; running it again continues.',
}
const PROGRAMMED = {
  ko: '모뎀은 설정되었지만 아직 네트워크에 들어가지 못했습니다.',
  en: 'The modem is programmed, but has not joined.',
}
const AGAIN = 'hanpyo provision modem --dir {dir}'

/** 30 no modem, 31 which modem, 32 firmware or region, 33 keys, 34 programming, 35 joining, 36 link. */
export const MODEM_ERRORS = {
  'modem-none': {
    exit: 30,
    happened: { ko: '어느 포트에서도 모뎀을 찾지 못했습니다.', en: 'No modem was found at any serial port.' },
    state: UNTOUCHED,
    next: `check power and cable, then ${AGAIN} --port serial:/dev/ttyUSB0`,
  },
  'modem-port': {
    exit: 2,
    happened: { ko: '포트 이름이 올바르지 않습니다.', en: 'That is not the name of a port.' },
    state: UNTOUCHED,
    next: `${AGAIN} --port serial:/dev/ttyUSB0`,
  },
  'modem-port-unavailable': {
    exit: 30,
    happened: {
      ko: '포트를 열 수 없습니다.',
      en: 'The port cannot be opened: no such port, no right to it, or another program holds it.',
    },
    state: UNTOUCHED,
    next: 'hanpyo provision doctor, then the same command again',
  },
  'modem-silent': {
    exit: 30,
    happened: {
      ko: '그 포트에서 모뎀이 대답하지 않습니다.',
      en: 'Nothing at that port answers as a modem.',
    },
    state: HALF,
    next: 'check power, TX and RX, or choose another --port; then the same command again',
  },
  'modem-unplugged': {
    exit: 30,
    happened: { ko: '작업 중에 모뎀이 빠졌습니다.', en: 'The modem was unplugged.' },
    state: HALF,
    next: `plug it in, then ${AGAIN}`,
  },
  'modem-ambiguous': {
    exit: 31,
    happened: { ko: '모뎀이 둘 이상 연결되어 있습니다.', en: 'More than one modem is plugged in.' },
    state: UNTOUCHED,
    next: `${AGAIN} --port …`,
  },
  'modem-unknown': {
    exit: 32,
    happened: {
      ko: '알 수 없는 기기입니다. RAK3172(RUI3), Wio-E5, ST AT_Slave만 다룹니다.',
      en: 'What answers there is none of the known modems (RAK3172 with RUI3, Wio-E5, ST AT_Slave).',
    },
    state: UNTOUCHED,
    next: `${AGAIN} --port … (the port of the modem)`,
  },
  'modem-firmware': {
    exit: 32,
    happened: { ko: '모뎀의 펌웨어가 맞지 않습니다.', en: 'The firmware of the modem is not suitable.' },
    state: UNTOUCHED,
    next: 'update the firmware (RUI 4.x, Wio-E5 4.x), then the same command again',
  },
  'modem-mode': {
    exit: 32,
    happened: { ko: '모뎀이 LoRaWAN 모드가 아닙니다.', en: 'The modem is not in LoRaWAN mode.' },
    state: UNTOUCHED,
    next: 'AT+NWM=1 (RAK3172) or AT+MODE=LWOTAA (Wio-E5) in a terminal, then the same command again',
  },
  'modem-region': {
    exit: 32,
    happened: {
      ko: '이 모뎀은 KR920(한국)을 쓸 수 없습니다.',
      en: 'This modem cannot be set to KR920: bought for another region.',
    },
    state: UNTOUCHED,
    next: 'use a modem for KR920: sending with this one would break Korean law',
  },
  'modem-keys-present': {
    exit: 33,
    happened: {
      ko: '모뎀에 이미 다른 키가 들어 있습니다.',
      en: 'The modem holds keys already.',
    },
    state: UNTOUCHED,
    next: `${AGAIN} --replace-keys (the network it belonged to will not hear it any more)`,
  },
  'modem-identity-missing': {
    exit: 33,
    happened: {
      ko: '모뎀에 쓸 만한 DevEUI가 없습니다.',
      en: 'The modem has no DevEUI of its own, and none is given.',
    },
    state: UNTOUCHED,
    next: `${AGAIN} --dev-eui 16-hex-digits`,
  },
  'modem-identity-differs': {
    exit: 33,
    happened: {
      ko: '이 단말기에는 다른 DevEUI가 정해져 있습니다.',
      en: 'Another DevEUI belongs to this kiosk already.',
    },
    state: UNTOUCHED,
    next: `${AGAIN} without --dev-eui, or --replace-keys for another modem`,
  },
  'lorawan-key-malformed': {
    exit: 33,
    happened: {
      ko: '키는 16진수 32자리여야 합니다.',
      en: 'The given AppKey is not 32 hex digits, or all alike.',
    },
    state: UNTOUCHED,
    next: `${AGAIN} without --app-key-file: a key is made here`,
  },
  'lorawan-key-file': {
    exit: 33,
    happened: {
      ko: '키 파일을 쓸 수 없습니다.',
      en: 'The key file cannot be used: damaged, of another kind, or readable by others.',
    },
    state: UNTOUCHED,
    next: 'chmod 600 {dir}/keys/lorawan.json, then the same command again',
  },
  'lorawan-key-missing': {
    exit: 33,
    happened: { ko: '이 단말기의 LoRaWAN 키가 아직 없습니다.', en: 'This kiosk has no LoRaWAN key yet.' },
    state: UNTOUCHED,
    next: `${AGAIN} (or hanpyo provision chirpstack --dir {dir} --dev-eui …)`,
  },
  'modem-rejected': {
    exit: 34,
    happened: { ko: '모뎀이 설정을 거절했습니다.', en: 'The modem refused a setting.' },
    state: HALF,
    next: AGAIN,
  },
  'modem-busy': {
    exit: 34,
    happened: { ko: '모뎀이 다른 일을 하고 있습니다.', en: 'The modem is busy with something else.' },
    state: HALF,
    next: `stop the kiosk (systemctl stop hanpyo-kiosk), then ${AGAIN}`,
  },
  'modem-rebooted': {
    exit: 34,
    happened: {
      ko: '작업 중에 모뎀이 다시 시작되었습니다.',
      en: 'The modem restarted meanwhile: its power supply may be too weak.',
    },
    state: HALF,
    next: AGAIN,
  },
  'modem-read-back': {
    exit: 34,
    happened: {
      ko: '모뎀에 쓴 값과 읽은 값이 다릅니다.',
      en: 'The modem does not say what was written into it.',
    },
    state: HALF,
    next: `${AGAIN}; if it stays so, use another modem`,
  },
  'join-unanswered': {
    exit: 35,
    happened: {
      ko: '네트워크에서 대답이 없습니다. 모뎀은 그 이유를 알려 주지 않습니다.',
      en: 'Nobody answered the join-request; the modem cannot tell why: not registered, another key, or out of reach.',
    },
    state: PROGRAMMED,
    next: `${AGAIN} --url … --token-file … (ChirpStack knows why)`,
  },
  'join-device-unknown': {
    exit: 35,
    happened: {
      ko: 'ChirpStack의 우리 애플리케이션에 이 DevEUI가 없습니다.',
      en: 'ChirpStack has no such DevEUI in our application.',
    },
    state: PROGRAMMED,
    next: `hanpyo provision chirpstack --dir {dir}, then ${AGAIN}`,
  },
  'join-device-disabled': {
    exit: 35,
    happened: {
      ko: '이 장치는 ChirpStack에서 사용 중지되어 있습니다.',
      en: 'The device is disabled at ChirpStack.',
    },
    state: PROGRAMMED,
    next: 'hanpyo provision status --dir {dir}',
  },
  'join-key-missing': {
    exit: 35,
    happened: { ko: 'ChirpStack에 이 장치의 키가 없습니다.', en: 'ChirpStack has no key for the device.' },
    state: PROGRAMMED,
    next: `hanpyo provision chirpstack --dir {dir}, then ${AGAIN}`,
  },
  'join-key-differs': {
    exit: 35,
    happened: {
      ko: 'ChirpStack의 키가 모뎀의 키와 다릅니다(MIC 오류).',
      en: 'ChirpStack has another key than the modem, so the MIC of its join-request is wrong.',
    },
    state: PROGRAMMED,
    next: `hanpyo provision chirpstack --dir {dir} --replace-keys, then ${AGAIN}`,
  },
  'join-no-gateway': {
    exit: 35,
    happened: {
      ko: '켜져 있는 게이트웨이가 없습니다.',
      en: 'No gateway of our tenant is online at ChirpStack.',
    },
    state: PROGRAMMED,
    next: `docs/guides/chirpstack.md 6 and 10, then ${AGAIN}`,
  },
  'join-nonce-used': {
    exit: 35,
    happened: {
      ko: '모뎀이 이미 쓴 DevNonce를 다시 보내는 것 같습니다(초기화되었거나 교체된 모뎀).',
      en: 'It has joined before, so the modem probably counts its DevNonce from the beginning: reset or exchanged.',
    },
    state: PROGRAMMED,
    next: 'hanpyo provision rotate-keys --dir {dir} (a new key makes old join-requests worthless)',
  },
  'join-out-of-reach': {
    exit: 35,
    happened: {
      ko: '등록은 모두 맞지만 게이트웨이가 이 장치를 듣지 못했습니다.',
      en: 'Everything is registered and a gateway is online, but none heard the modem: antenna or distance.',
    },
    state: PROGRAMMED,
    next: `move the antenna, then ${AGAIN}`,
  },
  'modem-link': {
    exit: 36,
    happened: {
      ko: '네트워크에 들어갔지만 링크 확인에 대답이 없습니다.',
      en: 'It joined, but the link check was not answered: what comes down does not arrive reliably.',
    },
    state: { ko: '모뎀은 설정되었고 가입되었습니다.', en: 'The modem is programmed and has joined.' },
    next: `move the antenna, then ${AGAIN}`,
  },
} as const satisfies ErrorCatalogue
