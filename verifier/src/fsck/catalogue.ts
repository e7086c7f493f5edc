/** A sentence in both languages. */
export interface Words {
  readonly en: string
  readonly ko: string
}

/** What fsck checks, in the order of its lines. */
export const FSCK_CHECKS = [
  {
    id: 'checkpoint',
    en: 'The checkpoint is there and signed by the log',
    ko: '체크포인트가 있고 원장의 서명이 맞습니다',
  },
  {
    id: 'pinned',
    en: 'The log is the one you were given',
    ko: '알려 받은 바로 그 원장입니다',
  },
  {
    id: 'quorum',
    en: 'Enough witnesses have cosigned the checkpoint',
    ko: '충분한 증인이 체크포인트에 함께 서명했습니다',
  },
  {
    id: 'bundles',
    en: 'Every bundle of records is there and whole',
    ko: '모든 기록 묶음 파일이 온전합니다',
  },
  {
    id: 'tiles',
    en: 'Every hash tile of every level is there and whole',
    ko: '모든 단계의 해시 타일이 온전합니다',
  },
  {
    id: 'root',
    en: 'The records lead to the signed root',
    ko: '기록이 서명된 뿌리 해시로 이어집니다',
  },
  {
    id: 'blobs',
    en: 'Every blob that a record names is there under its hash',
    ko: '기록이 가리키는 모든 첨부 자료가 해시와 맞습니다',
  },
  {
    id: 'batches',
    en: 'The batches form one chain without a gap',
    ko: '기록 묶음의 사슬이 빈틈없이 이어집니다',
  },
  {
    id: 'duplicates',
    en: 'No slip, no ballot and no ciphertext stands there twice',
    ko: '같은 투표 용지, 투표, 암호문이 두 번 나오지 않습니다',
  },
  {
    id: 'records',
    en: 'Every record stands where it may (structure only)',
    ko: '모든 기록이 있을 수 있는 자리에 있습니다 (구조만 확인)',
  },
  {
    id: 'files',
    en: 'What else lies there contradicts nothing',
    ko: '그 밖의 파일도 원장과 어긋나지 않습니다',
  },
  {
    id: 'memory',
    en: 'What the key has cosigned is remembered and fits',
    ko: '서명한 내용을 기억하고 있으며 서로 맞습니다',
  },
  {
    id: 'proofs',
    en: 'Every signature and every proof holds',
    ko: '모든 서명과 증명이 맞습니다',
  },
] as const satisfies readonly ({ readonly id: string } & Words)[]

export type FsckCheckId = (typeof FSCK_CHECKS)[number]['id']

/** What can be wrong with a file, and what to do about it. */
export const DAMAGE = {
  missing: {
    what: { en: 'is missing', ko: '파일이 없습니다' },
    advice: {
      en: 'Copy this file from a mirror or from the ledger itself; "hanpyo copy" fetches what is missing.',
      ko: '미러나 원장에서 이 파일을 다시 받으세요. "hanpyo copy"가 없는 파일을 받아 옵니다.',
    },
  },
  'half-written': {
    what: { en: 'is cut off or half written', ko: '파일이 중간에 끊겼습니다' },
    advice: {
      en: 'Delete it and copy it again from a mirror. If it happens again, test the disk or the stick.',
      ko: '지우고 미러에서 다시 받으세요. 되풀이되면 디스크나 저장 장치를 점검하세요.',
    },
  },
  damaged: {
    what: { en: 'is not what the signed root commits to', ko: '서명된 뿌리 해시와 맞지 않습니다' },
    advice: {
      en: 'Keep it as evidence, copy it again from a mirror, and test the disk.',
      ko: '증거로 따로 보관하고, 미러에서 다시 받은 뒤 디스크를 점검하세요.',
    },
  },
  'one-of-two': {
    what: {
      en: 'and the hash tile above it disagree, and nothing here says which is right',
      ko: '파일과 해시 타일이 서로 다르며, 어느 쪽이 맞는지 여기서는 알 수 없습니다',
    },
    advice: {
      en: 'Copy both from a mirror and run the command again.',
      ko: '두 파일을 모두 미러에서 다시 받고 명령을 다시 실행하세요.',
    },
  },
  'too-large': {
    what: { en: 'is larger than it can be', ko: '파일이 있을 수 있는 크기보다 큽니다' },
    advice: {
      en: 'Delete it and copy it again from a mirror.',
      ko: '지우고 미러에서 다시 받으세요.',
    },
  },
  'wrong-hash': {
    what: { en: 'does not have the hash of its name', ko: '내용이 이름의 해시와 다릅니다' },
    advice: {
      en: 'Delete it and copy it again from a mirror, and test the disk.',
      ko: '지우고 미러에서 다시 받은 뒤 디스크를 점검하세요.',
    },
  },
  'other-content': {
    what: {
      en: 'says something else than the verified file of the same records',
      ko: '같은 기록을 담은 확인된 파일과 내용이 다릅니다',
    },
    advice: {
      en: 'Delete it; the wider file holds the same records.',
      ko: '지우세요. 더 큰 파일에 같은 기록이 들어 있습니다.',
    },
  },
  contradiction: {
    what: {
      en: 'is signed by the log and excludes this ledger: the log has shown two histories',
      ko: '원장의 서명이 있지만 이 원장과 양립하지 않습니다. 원장이 두 가지 기록을 보인 것입니다',
    },
    advice: {
      en: 'Publish it together with the checkpoint: anybody can check that both are signed.',
      ko: '체크포인트와 함께 공개하세요. 누구나 두 서명을 확인할 수 있습니다.',
    },
  },
} as const satisfies Record<string, { readonly what: Words; readonly advice: Words }>

export type Damage = keyof typeof DAMAGE
