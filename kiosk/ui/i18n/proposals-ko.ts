import type { ProposalsCatalog } from './proposals-catalog.ts'

const OTHER_SLIP = '이 종이로는 할 수 없어요. 직원에게 종이를 보여 주세요.'

export const proposalsKo = {
  start: '우리 동네에 제안하기',
  step: '제안하기',
  entry: {
    title: '무엇을 해 볼까요?',
    how: '제안해도 투표 종이는 그대로예요. 투표도 할 수 있어요.',
    write: { name: '새로 제안하기', how: '우리 동네에 있으면 좋을 것을 글로 써요.' },
    read: '이웃의 제안 보기',
    count: (count) => `지금까지 ${count}개가 모였어요`,
    none: '아직 모인 제안이 없어요.',
  },
  topic: {
    title: '무엇에 대한 제안인가요?',
    how: '가장 가까운 것을 하나 골라 주세요.',
    chosen: '아까 고른 주제예요.',
  },
  write: {
    title: '제안을 써 주세요',
    box: '쓴 글',
    empty: '여기에 글이 나와요',
    count: (typed, most) => `${most}자까지 · ${typed}자 썼어요`,
    full: {
      what: '더 길게는 쓸 수 없어요',
      next: '지금까지 쓴 글은 그대로 있어요. 조금 지우고 이어서 쓰거나, 다 됐으면 ‘다음’\u2060을 눌러 주세요.',
    },
    slip: {
      what: '종이는 마지막에 대요',
      next: '쓰던 글은 그대로 있어요. 먼저 글을 다 써 주세요.',
    },
  },
  similar: {
    title: '비슷한 제안이 있어요',
    how: '읽어 보고 함께할 수 있어요. 쓰던 글은 그대로 있어요.',
    goOn: '내 제안 하기',
  },
  readBack: {
    title: '이렇게 쓰셨어요. 맞나요?',
    how: '고칠 것이 있으면 ‘고치기’\u2060를 누르세요.',
    again: '다시 듣기',
    fix: '고치기',
    right: '맞아요',
  },
  consent: {
    title: '이대로 제안할까요?',
    how: '이 글은 누구나 볼 수 있게 되고, 바꿀 수 없어요.',
    noName: '이름은 함께 나가지 않아요. 글 안에 이름이나 전화번호가 있으면 지워 주세요.',
    no: '아니요, 고칠게요',
    yes: '네, 제안합니다',
  },
  slip: {
    propose: '이제 투표 종이를 아래 불빛에 대 주세요',
    support: '함께하려면 투표 종이를 아래 불빛에 대 주세요',
    how: '한 사람이 여러 번 하지 않았는지만 봐요. 이 종이로 투표도 따로 할 수 있어요.',
    problems: {
      'slip-damaged': {
        what: '네모 그림을 다 읽지 못했어요',
        next: '종이를 반듯하게 펴서 다시 대 주세요. 쓰던 글은 그대로 있어요.',
      },
      'slip-not-ours': {
        what: '투표 종이가 아니에요',
        next: '직원에게 받은 투표 종이의 네모 그림을 대 주세요.',
      },
      'slip-foreign': { what: '다른 투표의 종이예요', next: OTHER_SLIP },
      'slip-two-part': { what: '두 장으로 나뉜 종이예요', next: OTHER_SLIP },
      'already-supported': {
        what: '이미 이 제안에 함께하셨어요',
        next: '제안 하나에 한 번만 함께할 수 있어요. 다른 제안은 볼 수 있어요.',
      },
      'proposal-limit': {
        what: '이 종이로 할 수 있는 제안을 다 하셨어요',
        next: '새로 제안할 수는 없지만, 이웃의 제안에는 함께할 수 있어요.',
      },
      'proposal-disk-full': {
        what: '아직 저장하지 못했어요',
        next: '기기에 저장할 자리가 없어요. 직원을 불러 주세요. 쓰던 글은 아직 화면에 있어요.',
      },
      'proposal-box-failed': {
        what: '아직 저장하지 못했어요',
        next: '종이를 다시 대 주세요. 또 안 되면 직원을 불러 주세요. 쓰던 글은 그대로 있어요.',
      },
    },
  },
  list: {
    title: '이웃의 제안이에요',
    how: '하나를 누르면 다 읽을 수 있어요.',
    place: (page, pages) => `전체 ${pages}쪽 · 지금 ${page}쪽`,
    before: '앞쪽 보기',
    after: '다음 쪽 보기',
    empty: {
      what: '아직 모인 제안이 없어요',
      next: '처음으로 제안해 보세요. 아래 ‘제안하기’\u2060를 누르면 돼요.',
    },
    supporters: (count) => `${count}명이 함께해요`,
    waiting: '방금 들어온 제안이에요',
    show: '다 읽기',
    write: '제안하기',
  },
  detail: {
    title: '이웃의 제안이에요',
    support: '이 제안에 함께하기',
    waiting: {
      what: '아직은 함께할 수 없어요',
      next: '방금 들어온 제안이라 기록을 기다리고 있어요. 조금 뒤에 다시 와 주세요.',
    },
  },
  support: {
    title: '이 제안에 함께할까요?',
    how: '함께하면 되돌릴 수 없어요. 누가 함께했는지는 아무도 알 수 없어요.',
    no: '아니요, 다시 볼게요',
    yes: '네, 함께합니다',
  },
  stored: {
    proposed: '제안했습니다',
    supported: '함께하셨습니다',
    how: '이 기기에 안전하게 저장되었어요. 기록되면 누구나 볼 수 있어요.',
    offline: '인터넷이 끊겨도 없어지지 않아요.',
    more: '이웃의 제안 보기',
    finish: '끝내기',
  },
  expired: {
    title: '처음부터 다시 해 주세요',
    how: '한동안 누르지 않으셔서 쓰던 글을 지웠어요. 아무것도 저장하지 않았어요.',
    finish: '첫 화면으로',
  },
  hint: {
    what: '종이는 마지막에 대요',
    next: '지금은 읽지 않았어요. 종이를 대 달라는 화면이 나오면 대 주세요.',
  },
  leave: {
    how: '쓰던 글은 지워지고 아무 데도 남지 않아요.',
    stay: '계속 제안하기',
  },
  idle: '아무것도 누르지 않으면 쓰던 글을 지우고 첫 화면으로 가요. 아무것도 저장하지 않아요.',
  covered: '쓰신 글은 지금 가려져 있어요.',
  problems: {
    'text-empty': { what: '아직 쓴 글이 없어요', next: '아래 자판으로 글을 쓴 다음 다시 눌러 주세요.' },
    'text-character': {
      what: '쓸 수 없는 글자가 있어요',
      next: '글은 그대로 있어요. 그 글자를 지우고 다시 눌러 주세요.',
    },
    'text-marks': {
      what: '글자 위에 붙은 표시가 너무 많아요',
      next: '글은 그대로 있어요. 그 글자를 지우고 다시 눌러 주세요.',
    },
    'proposal-waiting': {
      what: '아직은 함께할 수 없어요',
      next: '방금 들어온 제안이라 기록을 기다리고 있어요. 조금 뒤에 다시 와 주세요.',
    },
    'unknown-proposal': {
      what: '그 제안을 찾지 못했어요',
      next: '그사이에 없어졌을 수 있어요. 목록에서 다시 골라 주세요.',
    },
  },
  tips: {
    proposals: '글을 쓰려면 ‘새로 제안하기’, 다른 사람의 제안을 보려면 ‘이웃의 제안 보기’\u2060를 누르세요.',
    'proposal-topic': '정확하지 않아도 괜찮아요. 가장 비슷한 것을 누르면 다음으로 가요.',
    'proposal-write':
      '자판을 하나씩 누르면 위에 글이 나와요. 잘못 누르면 ‘지움’\u2060을 누르세요. 쓰기 어려우면 직원이 대신 써 드려요.',
    'proposal-similar':
      '마음에 드는 제안을 누르면 함께할 수 있어요. 내 글로 제안하려면 ‘내 제안 하기’\u2060를 누르세요.',
    'proposal-read-back': '쓰신 글을 다시 보는 화면이에요. 맞으면 ‘맞아요’\u2060를 누르세요.',
    'proposal-consent': '‘네, 제안합니다’\u2060를 누르면 종이를 대는 화면이 나와요. 아직은 고칠 수 있어요.',
    'proposal-slip': '종이의 네모 그림을 화면 아래 불빛에 대면 저절로 읽어요. 그때 저장돼요.',
    'proposal-list': '제안을 누르면 다 읽을 수 있어요. 아래 단추로 다음 쪽을 봐요.',
    'proposal-detail': '함께하고 싶으면 ‘이 제안에 함께하기’\u2060를 누르세요. 아직 정해지는 것은 없어요.',
    'proposal-support': '‘네, 함께합니다’\u2060를 누르면 종이를 대는 화면이 나와요.',
    'proposal-stored': '다 끝났어요. 그냥 가셔도 돼요.',
    'proposal-expired': '‘첫 화면으로’\u2060를 누르면 처음부터 할 수 있어요.',
  },
} satisfies ProposalsCatalog
