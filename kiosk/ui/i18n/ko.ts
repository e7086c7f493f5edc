import type { Catalog } from './catalog.ts'

export const ko = {
  brand: '한표',
  switchLanguage: { label: 'English', spoken: 'English: switch to English', lang: 'en' },
  footer: { name: '아래 단추', help: '도움', leave: '처음으로', back: '이전', next: '다음' },
  steps: {
    name: '투표 순서',
    names: ['투표 종이', '고르기', '살펴보기', '투표하기'],
    current: (step, name) => `네 단계 중 ${step}단계 · ${name}`,
  },
  scroll: { down: '더 보기', up: '위로', area: '화면 내용' },
  attract: {
    sentence: '우리 동네에 필요한 일, 직접 골라 주세요.',
    start: '시작하기',
    private: '누가 무엇을 골랐는지는 아무도 알 수 없어요.',
    closed: {
      what: '아직 투표를 시작하지 않았어요',
      next: '직원이 투표를 시작하면 이 화면에 시작 단추가 나와요.',
    },
    final: {
      what: '이 기기의 투표가 끝났어요',
      next: '투표해 주셔서 고맙습니다. 결과는 집계가 끝나면 누구나 볼 수 있어요.',
    },
  },
  slip: {
    title: '투표 종이를 아래 불빛에 대 주세요',
    how: '직원에게 받은 종이를 펴고, 네모 그림이 불빛을 보게 해 주세요.',
    picture: '펼친 투표 종이의 네모 그림을 화면 아래 불빛에 대는 그림',
    problems: {
      'slip-damaged': {
        what: '네모 그림을 다 읽지 못했어요',
        next: '종이를 반듯하게 펴서 다시 대 주세요. 그래도 안 되면 직원에게 새 종이를 받으세요.',
      },
      'slip-not-ours': {
        what: '투표 종이가 아니에요',
        next: '직원에게 받은 투표 종이의 네모 그림을 대 주세요.',
      },
      'slip-foreign': {
        what: '다른 투표의 종이예요',
        next: '이 종이로는 여기서 투표할 수 없어요. 직원에게 종이를 보여 주세요.',
      },
      'slip-two-part': {
        what: '두 장으로 나뉜 종이예요',
        next: '이 기기는 두 장짜리 종이를 읽지 못해요. 직원에게 종이를 보여 주세요.',
      },
      'slip-used': {
        what: '이미 투표에 쓴 종이예요',
        next: '종이 한 장으로 한 번만 투표할 수 있어요. 투표하지 않으셨다면 직원에게 알려 주세요.',
      },
      'slip-void': { what: '쓸 수 없게 된 종이예요', next: '직원에게 보여 주세요.' },
      'election-closed': { what: '투표가 끝났어요', next: '와 주셔서 고마워요.' },
      'disk-nearly-full': { what: '이 기기에서는 지금 투표를 시작할 수 없어요', next: '직원을 불러 주세요.' },
      'polls-not-open': {
        what: '지금은 투표 시간이 아니에요',
        next: '종이는 그대로 쓸 수 있어요. 투표 시간을 직원에게 물어봐 주세요.',
      },
    },
  },
  number: {
    title: '종이에 적힌 번호와 같은가요?',
    how: '투표 종이에 적힌 번호와 견주어 보세요.',
    same: '네, 같아요',
    different: '아니요, 달라요',
    mismatch: {
      what: '직원에게 알려 주세요',
      next: '번호가 다르면 투표하지 마세요. 아직 아무것도 저장하지 않았고, 종이는 다시 쓸 수 있어요.',
    },
    spoken: (digits) => `투표 종이 번호 ${digits}`,
  },
  contest: {
    place: (position, count) => (count === 1 ? '고르기' : `고르기 · ${count}가지 중 ${position}번째`),
    choose: (most, exactly) => (exactly ? `${most}개 고르기` : `${most}개까지 고르기`),
    left: (count) => `${count}개 남음`,
    complete: '다 골랐어요',
    leftBlank: '고르지 않음',
    blank: '고르지 않고 넘어가기',
    tooMany: (most) => ({
      what: `이미 ${most}개를 골랐어요`,
      next: '다른 것으로 바꾸려면 먼저 고른 것을 한 번 더 눌러 빼 주세요.',
    }),
    tooFew: (least) => ({
      what: `${least}개를 골라야 해요`,
      next: '더 고르거나, ‘고르지 않고 넘어가기’\u2060를 눌러 주세요.',
    }),
    options: '고를 것',
    toReview: '살펴보기',
  },
  review: {
    title: '이렇게 고르셨어요. 맞나요?',
    how: '바꾸고 싶은 것이 있으면 ‘바꾸기’\u2060를 누르세요.',
    change: '바꾸기',
    changeWhat: (title) => `바꾸기: ${title}`,
    nothing: '고르지 않았어요',
    under: (count) => `${count}개 더 고를 수 있어요`,
    short: (least) => `${least}개를 골라야 세어져요. 바꾸기를 눌러 주세요.`,
    next: '맞아요',
  },
  tracker: {
    title: '투표할까요, 점검할까요?',
    how: '표를 잠갔어요. 확인 번호로 내 표가 기록되었는지 나중에 볼 수 있어요.',
    label: '확인 번호',
    qr: '확인 번호 큐아르 코드',
    question: '하나를 골라 주세요',
    cast: '투표하기',
    castHow: '이 표를 투표함에 넣어요.',
    check: '기기 점검하기',
    checkHow: '표를 열어 맞게 담겼는지 봐요. 이 표는 세지 않고 다시 골라요.',
  },
  confirm: {
    title: '이대로 투표할까요?',
    how: '투표하면 바꿀 수 없습니다.',
    yes: '네, 투표합니다',
    no: '아니요, 다시 볼게요',
  },
  stored: {
    title: '투표했습니다',
    how: '투표가 이 기기에 안전하게 저장되었습니다.',
    offline: '인터넷이 끊겨도 표는 없어지지 않아요.',
    next: '확인 번호 보기',
  },
  checked: {
    title: '표를 열었어요',
    how: '네모 그림을 휴대전화로 읽어 고른 것과 같은지 셈해 보세요. 이 표는 세지 않아요.',
    qr: '점검 자료 큐아르 코드',
    again: '다시 고르기',
    stop: '그만하기',
  },
  receipt: {
    title: '확인 번호를 챙기세요',
    checkedTitle: '점검한 표의 번호예요',
    how: '사진을 찍거나 적어 두세요. 내 표가 기록되었는지 휴대전화로 볼 수 있어요.',
    checkedHow: '사진을 찍거나 적어 두세요. 점검 기록이 공개되었는지 볼 수 있어요. 이 표는 세지 않아요.',
    secret: '무엇을 골랐는지는 이 번호로 알 수 없어요.',
    finish: '끝내기',
  },
  done: {
    title: '고맙습니다',
    how: '가져오신 종이와 짐을 챙겨 주세요.',
    finish: '첫 화면으로',
  },
  help: {
    title: '무엇을 도와드릴까요?',
    staff: '가까이 있는 직원에게 손을 들거나 말씀해 주세요.',
    covered: '고르신 내용은 지금 가려져 있어요.',
    close: '돌아가기',
    tips: {
      attract: '‘시작하기’\u2060를 누르면 투표를 시작해요. 먼저 직원에게 투표 종이를 받아 주세요.',
      slip: '종이의 네모 그림을 화면 아래 불빛에 대면 저절로 읽어요.',
      contest:
        '마음에 드는 것을 누르면 표시가 생겨요. 한 번 더 누르면 빠져요. 다 고르면 ‘다음’\u2060을 누르세요.',
      review: '고른 것을 다시 보는 화면이에요. 바꾸고 싶으면 ‘바꾸기’, 맞으면 ‘맞아요’\u2060를 누르세요.',
      tracker:
        '투표하려면 ‘투표하기’\u2060를 누르세요. ‘기기 점검하기’\u2060는 기기가 믿을 만한지 시험해 보는 것이에요.',
      confirm: '‘네, 투표합니다’\u2060를 누르면 투표가 끝나요. 아직은 돌아가서 바꿀 수 있어요.',
      stored: '투표가 끝났어요. 확인 번호는 적어 두어도 되고, 그냥 가셔도 돼요.',
      checked: '이 표는 세지 않아요. ‘다시 고르기’\u2060를 누르면 같은 종이로 투표할 수 있어요.',
    },
  },
  leave: {
    title: '처음으로 돌아갈까요?',
    how: '지금까지 고른 것은 지워져요. 종이는 다시 쓸 수 있어요.',
    stay: '계속 투표하기',
    go: '처음으로',
  },
  idle: {
    title: '계속하시겠어요?',
    how: '아무것도 누르지 않으면 고른 것을 지우고 첫 화면으로 가요. 종이는 다시 쓸 수 있어요.',
    seconds: (count) => `${count}초 남음`,
    stay: '네, 계속할게요',
    go: '그만하기',
  },
  problem: {
    notStored: {
      what: '아직 투표하지 못했어요',
      next: '표가 저장되지 않았으니 다시 눌러 주세요. 또 안 되면 직원을 불러 주세요.',
    },
    diskFull: {
      what: '아직 투표하지 못했어요',
      next: '기기에 저장할 자리가 없어요. 직원을 불러 주세요. 종이는 다른 기기에서 쓸 수 있어요.',
    },
    usedMeanwhile: {
      what: '이미 투표에 쓴 종이예요',
      next: '이 표는 저장하지 않았어요. 직원에게 알려 주세요.',
    },
    unreachable: {
      what: '잠깐만 기다려 주세요',
      next: '기기가 다시 준비하고 있어요. 저장된 투표는 안전해요. 오래 걸리면 직원을 불러 주세요.',
    },
    unexpected: {
      what: '방금 누른 것이 되지 않았어요',
      next: '한 번 더 눌러 주세요. 또 안 되면 직원을 불러 주세요.',
    },
  },
  working: '잠깐만요',
} satisfies Catalog
