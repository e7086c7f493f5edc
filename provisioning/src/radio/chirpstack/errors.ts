import type { ErrorCatalogue } from '../../frame/error-entry.ts'

const NOTHING = { ko: 'ChirpStack에서 바뀐 것은 없습니다.', en: 'Nothing was changed at ChirpStack.' }
const PARTS_STAY = {
  ko: '앞서 등록된 것은 그대로 있습니다. 다시 실행하면 이어서 합니다.',
  en: 'What was registered before stays. Running it again continues there.',
}
const AGAIN = 'hanpyo provision chirpstack --dir {dir}'

/** What can go wrong at ChirpStack: 40 not to be reached, 41 TLS, 42 token, 43 rights, 44 an object, 45 the device, 46 version. */
export const CHIRPSTACK_ERRORS = {
  'chirpstack-url': {
    exit: 2,
    happened: {
      ko: 'ChirpStack 주소가 올바르지 않습니다.',
      en: 'The address of ChirpStack cannot be used: http://127.0.0.1:8080 or https://host, without path and password.',
    },
    state: NOTHING,
    next: `${AGAIN} --url https://chirpstack.example.org`,
  },
  'chirpstack-plain-text': {
    exit: 41,
    happened: {
      ko: '암호화되지 않은 주소로는 토큰을 보내지 않습니다.',
      en: 'The token is not sent over the network without TLS.',
    },
    state: NOTHING,
    next: `${AGAIN} --url https://… (or through ssh -L 8080:127.0.0.1:8080 and --url http://127.0.0.1:8080)`,
  },
  'chirpstack-unreachable': {
    exit: 40,
    happened: { ko: 'ChirpStack에 연결되지 않습니다.', en: 'ChirpStack does not answer.' },
    state: PARTS_STAY,
    next: `${AGAIN} (when it is up: curl http://127.0.0.1:8070/health on its machine)`,
  },
  'chirpstack-slow': {
    exit: 40,
    happened: {
      ko: 'ChirpStack이 제때 대답하지 않았습니다. 마지막 변경은 되었을 수도 있습니다.',
      en: 'ChirpStack did not answer in time. The last change may have been made.',
    },
    state: PARTS_STAY,
    next: AGAIN,
  },
  'not-chirpstack': {
    exit: 40,
    happened: {
      ko: '그 주소에는 ChirpStack 4가 아닌 다른 것이 있습니다.',
      en: 'What answers there is not ChirpStack 4, or a proxy that does not pass gRPC (HTTP/2).',
    },
    state: NOTHING,
    next: `${AGAIN} --url …`,
  },
  'chirpstack-tls': {
    exit: 41,
    happened: {
      ko: '서버 인증서를 믿을 수 없습니다. 토큰은 보내지 않았습니다.',
      en: 'The certificate of the server cannot be trusted, or it speaks no TLS. The token was not sent.',
    },
    state: NOTHING,
    next: `${AGAIN} --ca ca.pem (the authority of ChirpStack's proxy)`,
  },
  'chirpstack-token-missing': {
    exit: 42,
    happened: { ko: 'ChirpStack 토큰이 없습니다.', en: 'There is no token for ChirpStack.' },
    state: NOTHING,
    next: `${AGAIN} --token-file FILE (or HANPYO_CHIRPSTACK_TOKEN)`,
  },
  'chirpstack-token-readable': {
    exit: 42,
    happened: {
      ko: '다른 사용자가 토큰 파일을 읽을 수 있습니다.',
      en: 'Others can read the file with the token.',
    },
    state: NOTHING,
    next: 'chmod 600 on that file, then the same command again',
  },
  'chirpstack-token-malformed': {
    exit: 42,
    happened: { ko: '토큰의 모양이 올바르지 않습니다.', en: 'What is given as the token is none.' },
    state: NOTHING,
    next: 'copy the whole token, three parts with dots between them; then the same command again',
  },
  'chirpstack-token-refused': {
    exit: 42,
    happened: {
      ko: 'ChirpStack이 토큰을 받아들이지 않습니다. 다른 서버의 토큰일 수 있습니다.',
      en: 'ChirpStack does not accept the token: of another server, or the server has a new secret.',
    },
    state: NOTHING,
    next: 'make a new key at ChirpStack (tenant → API keys), then the same command again',
  },
  'chirpstack-token-expired': {
    exit: 42,
    happened: { ko: '토큰의 유효 기간이 지났습니다.', en: 'The token has expired.' },
    state: NOTHING,
    next: 'make a new key at ChirpStack (tenant → API keys), then the same command again',
  },
  'chirpstack-read-only': {
    exit: 43,
    happened: { ko: '읽기 전용 토큰입니다.', en: 'The token may only read.' },
    state: NOTHING,
    next: 'make a key that is not read-only, then the same command again',
  },
  'chirpstack-forbidden': {
    exit: 43,
    happened: {
      ko: '토큰에 권한이 없거나, 대상이 없습니다.',
      en: 'The token has no right to it, or it does not exist: ChirpStack does not say which.',
    },
    state: PARTS_STAY,
    next: `${AGAIN} --tenant-id ID (the tenant that the key belongs to)`,
  },
  'chirpstack-tenant-needed': {
    exit: 43,
    happened: {
      ko: '테넌트 전용 키입니다. 테넌트 ID를 알려 주어야 합니다.',
      en: 'The key belongs to one tenant and may not look for it by name.',
    },
    state: NOTHING,
    next: `${AGAIN} --tenant-id ID`,
  },
  'chirpstack-not-found': {
    exit: 44,
    happened: { ko: 'ChirpStack에 그런 것이 없습니다.', en: 'ChirpStack has no such object.' },
    state: PARTS_STAY,
    next: AGAIN,
  },
  'chirpstack-duplicate': {
    exit: 44,
    happened: {
      ko: '같은 것이 그사이에 만들어졌습니다.',
      en: 'The same object was made by somebody else meanwhile.',
    },
    state: PARTS_STAY,
    next: AGAIN,
  },
  'chirpstack-ambiguous': {
    exit: 44,
    happened: {
      ko: '이름이 같은 것이 둘 이상 있습니다.',
      en: 'There are two objects of that name.',
    },
    state: NOTHING,
    next: 'rename one of them at ChirpStack (for tenants give --tenant-id), then the same command again',
  },
  'chirpstack-reference': {
    exit: 44,
    happened: {
      ko: '등록하는 동안 테넌트, 애플리케이션 또는 프로필이 없어졌습니다.',
      en: 'The tenant, application or profile was deleted meanwhile.',
    },
    state: PARTS_STAY,
    next: AGAIN,
  },
  'chirpstack-invalid': {
    exit: 44,
    happened: { ko: 'ChirpStack이 값을 거절했습니다.', en: 'ChirpStack refused a value.' },
    state: PARTS_STAY,
    next: 'correct the value named above, then the same command again',
  },
  'chirpstack-failed': {
    exit: 44,
    happened: { ko: 'ChirpStack 안에서 오류가 났습니다.', en: 'ChirpStack failed; its log says more.' },
    state: PARTS_STAY,
    next: 'journalctl -u chirpstack on its machine, then the same command again',
  },
  'gateway-elsewhere': {
    exit: 44,
    happened: {
      ko: '게이트웨이가 다른 테넌트에 등록되어 있습니다.',
      en: 'The gateway is registered with another tenant.',
    },
    state: PARTS_STAY,
    next: 'take it out there, or leave --gateway away',
  },
  'deveui-elsewhere': {
    exit: 45,
    happened: {
      ko: '이 DevEUI는 이미 다른 애플리케이션에 등록되어 있습니다.',
      en: 'This DevEUI is registered already, in another application.',
    },
    state: {
      ko: '그 등록은 건드리지 않았습니다.',
      en: 'That registration was not touched.',
    },
    next: 'ask whoever owns it to delete the device there, or use another modem; then the same command again',
  },
  'chirpstack-device-disabled': {
    exit: 45,
    happened: {
      ko: '이 장치는 ChirpStack에서 사용 중지되어 있습니다. 폐기된 것일 수 있습니다.',
      en: 'The device is disabled at ChirpStack: it may have been revoked.',
    },
    state: NOTHING,
    next: `hanpyo provision status --dir {dir}; if it shall vote again: ${AGAIN} --enable`,
  },
  'chirpstack-key-differs': {
    exit: 45,
    happened: {
      ko: 'ChirpStack에는 다른 키가 들어 있습니다.',
      en: 'ChirpStack has another AppKey for this device.',
    },
    state: NOTHING,
    next: `${AGAIN} --replace-keys (then the modem: hanpyo provision modem --dir {dir} --replace-keys)`,
  },
  'chirpstack-too-old': {
    exit: 46,
    happened: {
      ko: 'ChirpStack이 4.19보다 오래되었습니다.',
      en: 'This ChirpStack is older than 4.19, which may lose its subscriptions.',
    },
    state: NOTHING,
    next: 'update ChirpStack (docs/guides/chirpstack.md 1), then the same command again',
  },
  'chirpstack-region': {
    exit: 46,
    happened: {
      ko: 'ChirpStack에 kr920 지역이 켜져 있지 않습니다.',
      en: 'The region kr920 is not enabled at ChirpStack.',
    },
    state: NOTHING,
    next: 'install region_kr920.toml (docs/guides/chirpstack.md 3), then the same command again',
  },
} as const satisfies ErrorCatalogue
