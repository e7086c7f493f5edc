import type { Catalog } from './catalog.ts'

export const en = {
  brand: 'Hanpyo',
  switchLanguage: { label: '한국어', spoken: '한국어: 한국어로 바꾸기', lang: 'ko' },
  footer: { name: 'Buttons', help: 'Help', leave: 'Restart', back: 'Back', next: 'Next' },
  steps: {
    name: 'Steps of voting',
    names: ['Slip', 'Choose', 'Review', 'Vote'],
    current: (step, name) => `Step ${step} of 4 · ${name}`,
  },
  scroll: { down: 'More', up: 'Up', area: 'Page' },
  attract: {
    sentence: 'Choose what your neighbourhood needs.',
    start: 'Start voting',
    private: 'Nobody can find out who chose what.',
    closed: {
      what: 'Voting has not started yet',
      next: 'When staff open the polls, a start button will appear here.',
    },
    final: {
      what: 'Voting on this kiosk is over',
      next: 'Thank you for voting. Everyone can see the result once it is counted.',
    },
  },
  slip: {
    title: 'Hold your voting slip to the light below',
    how: 'Unfold the slip you got from staff and let the square code face the light.',
    picture: 'An unfolded voting slip whose square code is held to the light below the screen',
    problems: {
      'slip-damaged': {
        what: 'The square code could not be read fully',
        next: 'Flatten the slip and try again. If it still fails, ask staff for a new slip.',
      },
      'slip-not-ours': {
        what: 'This is not a voting slip',
        next: 'Hold the square code on the slip you got from staff to the light.',
      },
      'slip-foreign': {
        what: 'This slip is for another vote',
        next: 'You cannot vote with it here. Please show it to staff.',
      },
      'slip-two-part': {
        what: 'This slip has two parts',
        next: 'This kiosk cannot read two-part slips. Please show it to staff.',
      },
      'slip-used': {
        what: 'This slip has already been used',
        next: 'One slip votes once. If you have not voted, please tell staff.',
      },
      'slip-void': { what: 'This slip has been declared void', next: 'Please show it to a member of staff.' },
      'election-closed': { what: 'Voting has ended', next: 'Thank you for coming.' },
      'disk-nearly-full': { what: 'Nobody can begin on this machine now', next: 'Please call a member of staff.' },
      'polls-not-open': {
        what: 'Voting is not open now',
        next: 'Your slip stays valid. Please ask staff for the voting hours.',
      },
    },
  },
  number: {
    title: 'Is this the number on your slip?',
    how: 'Compare it with the number printed on your voting slip.',
    same: 'Yes, the same',
    different: 'No, different',
    mismatch: {
      what: 'Please tell staff',
      next: 'Do not vote when the numbers differ. Nothing is stored yet and your slip stays valid.',
    },
    spoken: (digits) => `Slip number ${digits}`,
  },
  contest: {
    place: (position, count) => (count === 1 ? 'Choose' : `Choose · question ${position} of ${count}`),
    choose: (most, exactly) => (exactly ? `Choose ${most}` : `Choose up to ${most}`),
    left: (count) => `${count} left`,
    complete: 'All chosen',
    leftBlank: 'Left blank',
    blank: 'Continue without choosing',
    tooMany: (most) => ({
      what: `You have already chosen ${most}`,
      next: 'To change, first press one of your choices again to remove it.',
    }),
    tooFew: (least) => ({
      what: `Please choose ${least}`,
      next: 'Choose more, or press “Continue without choosing”.',
    }),
    options: 'Options',
    toReview: 'Review',
  },
  review: {
    title: 'These are your choices. Are they correct?',
    how: 'Press “Change” if you want to change anything.',
    change: 'Change',
    changeWhat: (title) => `Change: ${title}`,
    nothing: 'Nothing chosen',
    under: (count) => `You may choose ${count} more`,
    short: (least) => `It counts only with ${least} chosen. Please press Change.`,
    next: 'Correct',
  },
  tracker: {
    title: 'Cast it, or check the kiosk?',
    how: 'Your ballot is locked. With the tracker you can see later that it is recorded.',
    label: 'Tracker',
    qr: 'QR code of the tracker',
    question: 'Choose one',
    cast: 'Cast my vote',
    castHow: 'Put this ballot into the ballot box.',
    check: 'Check the kiosk',
    checkHow: 'Open the ballot to see that it is right. It will not count; you choose again.',
  },
  confirm: {
    title: 'Cast your vote now?',
    how: 'You cannot change it afterwards.',
    yes: 'Yes, cast my vote',
    no: 'No, go back',
  },
  stored: {
    title: 'You have voted',
    how: 'Your vote is safely stored on this kiosk.',
    offline: 'It will not be lost, even when the internet is down.',
    next: 'See my tracker',
  },
  checked: {
    title: 'The ballot is open',
    how: 'Read the square code with a phone and recompute your choices. This ballot does not count.',
    qr: 'QR code with the opened ballot',
    again: 'Choose again',
    stop: 'Stop',
  },
  receipt: {
    title: 'Keep your tracker',
    checkedTitle: 'Tracker of the checked ballot',
    how: 'Take a photo or write it down. On a phone you can see that your ballot is recorded.',
    checkedHow:
      'Take a photo or write it down to see that the check is published. This ballot does not count.',
    secret: 'It does not show what you chose.',
    finish: 'Finish',
  },
  done: {
    title: 'Thank you',
    how: 'Please take your slip and your belongings.',
    finish: 'First screen',
  },
  help: {
    title: 'How can we help?',
    staff: 'Raise your hand or speak to a member of staff nearby.',
    covered: 'Your choices are covered now.',
    close: 'Go back',
    tips: {
      attract: 'Press “Start voting” to begin. First, get a voting slip from staff.',
      slip: 'Hold the square code to the light below the screen. It is read by itself.',
      contest: 'Press what you like to mark it. Press again to remove it. When you are done, press “Next”.',
      review: 'Look at your choices. Press “Change” to change one, or “Correct”.',
      tracker: 'Press “Cast my vote” to vote. “Check the kiosk” is a test of whether the kiosk is honest.',
      confirm: 'With “Yes, cast my vote” you are done. Until then you can go back and change.',
      stored: 'Your vote is done. You may note the tracker, or simply go.',
      checked: 'This ballot does not count. Press “Choose again” to vote with the same slip.',
    },
  },
  leave: {
    title: 'Go back to the start?',
    how: 'Your choices will be erased. You can use your slip again.',
    stay: 'Keep voting',
    go: 'Restart',
  },
  idle: {
    title: 'Do you want to continue?',
    how: 'If nothing is pressed, your choices are erased and the first screen appears. Your slip stays valid.',
    seconds: (count) => `${count} seconds left`,
    stay: 'Yes, continue',
    go: 'Stop',
  },
  problem: {
    notStored: {
      what: 'Your vote is not cast yet',
      next: 'It was not stored, so please press again. If it fails again, call staff.',
    },
    diskFull: {
      what: 'Your vote is not cast yet',
      next: 'The kiosk has no room to store it. Please call staff. Your slip works on another kiosk.',
    },
    usedMeanwhile: {
      what: 'This slip has already been used',
      next: 'This ballot was not stored. Please tell staff.',
    },
    unreachable: {
      what: 'One moment, please',
      next: 'The kiosk is getting ready again. Stored votes are safe. If it takes long, call staff.',
    },
    unexpected: {
      what: 'That did not work',
      next: 'Please press again. If it fails again, call staff.',
    },
  },
  working: 'One moment',
} satisfies Catalog
