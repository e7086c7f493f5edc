import type { ProposalsCatalog } from './proposals-catalog.ts'

const OTHER_SLIP = 'This slip cannot be used for it. Please show the slip to staff.'

export const proposalsEn = {
  start: 'Propose something for our area',
  step: 'Proposing',
  entry: {
    title: 'What would you like to do?',
    how: 'Your slip stays as it is. You can still vote with it.',
    write: { name: 'Make a proposal', how: 'Write what our neighbourhood should have.' },
    read: 'See neighbours’ proposals',
    count: (count) => `${count} so far`,
    none: 'There are none yet.',
  },
  topic: {
    title: 'What is it about?',
    how: 'Choose the one that comes closest.',
    chosen: 'You chose this before.',
  },
  write: {
    title: 'Write your proposal',
    box: 'What you wrote',
    empty: 'Your text appears here',
    count: (typed, most) => `${typed} characters · of ${most}`,
    full: {
      what: 'It cannot be longer',
      next: 'Nothing you wrote is lost. Delete a little and go on, or press ‘Next’ if it is complete.',
    },
    slip: {
      what: 'The slip comes last',
      next: 'Nothing you wrote is lost. Please finish the text first.',
    },
  },
  similar: {
    title: 'There are similar proposals',
    how: 'Read them and support one if you like. Your text is still here.',
    goOn: 'Make mine',
  },
  readBack: {
    title: 'This is what you wrote. Is it right?',
    how: 'Press ‘Change’ if something is wrong.',
    again: 'Hear it again',
    fix: 'Change',
    right: 'Right',
  },
  consent: {
    title: 'Hand it in like this?',
    how: 'Everybody will be able to read it, and it cannot be changed.',
    noName: 'Your name does not go with it. If the text has a name or a phone number in it, take it out.',
    no: 'No, change it',
    yes: 'Yes, hand it in',
  },
  slip: {
    propose: 'Now hold your slip to the light below',
    support: 'To support it, hold your slip to the light below',
    how: 'It only shows that nobody does this twice. You can still vote with this slip.',
    problems: {
      'slip-damaged': {
        what: 'The square code could not be read in full',
        next: 'Flatten the slip and hold it to the light again. Your text is still here.',
      },
      'slip-not-ours': {
        what: 'That is not a voting slip',
        next: 'Hold the square code of the slip you got from staff to the light.',
      },
      'slip-foreign': { what: 'This slip is for another vote', next: OTHER_SLIP },
      'slip-two-part': { what: 'This slip has two parts', next: OTHER_SLIP },
      'already-supported': {
        what: 'You already support this proposal',
        next: 'You can support each proposal once. You can look at others.',
      },
      'proposal-limit': {
        what: 'This slip has made all its proposals',
        next: 'You cannot make another one, but you can support those of your neighbours.',
      },
      'proposal-disk-full': {
        what: 'It is not stored yet',
        next: 'This machine has no room left. Please call staff. Your text is still on the screen.',
      },
      'proposal-box-failed': {
        what: 'It is not stored yet',
        next: 'Hold the slip to the light again. If it fails again, call staff. Your text is still here.',
      },
    },
  },
  list: {
    title: 'Proposals of your neighbours',
    how: 'Press one to read all of it.',
    place: (page, pages) => `Page ${page} · ${pages} in all`,
    before: 'Page before',
    after: 'Next page',
    empty: {
      what: 'There are no proposals yet',
      next: 'Be the first. Press ‘Propose’ below.',
    },
    supporters: (count) => `Supporters: ${count}`,
    waiting: 'Has just come in',
    show: 'Read all',
    write: 'Propose',
  },
  detail: {
    title: 'A neighbour proposes',
    support: 'Support this',
    waiting: {
      what: 'It cannot be supported yet',
      next: 'It has just come in and is waiting to be recorded. Please come back in a while.',
    },
  },
  support: {
    title: 'Support this proposal?',
    how: 'It cannot be undone. Nobody can know who supports it.',
    no: 'No, look again',
    yes: 'Yes, I support it',
  },
  stored: {
    proposed: 'You have made a proposal',
    supported: 'You support it now',
    how: 'It is safely stored on this machine. Once it is recorded, everybody can see it.',
    offline: 'Nothing is lost when the internet fails.',
    more: 'See neighbours’ proposals',
    finish: 'Finish',
  },
  expired: {
    title: 'Please begin again',
    how: 'Nothing was pressed for a while, so your text was erased. Nothing was stored.',
    finish: 'First screen',
  },
  hint: {
    what: 'The slip comes last',
    next: 'It was not read now. Hold it to the light when the screen asks for it.',
  },
  leave: {
    how: 'What you wrote will be erased and kept nowhere.',
    stay: 'Go on proposing',
  },
  idle: 'If you press nothing, your text is erased and the first screen comes back. Nothing is stored.',
  covered: 'What you wrote is covered now.',
  problems: {
    'text-empty': { what: 'There is no text yet', next: 'Write with the keys below, then press again.' },
    'text-character': {
      what: 'One character cannot be used',
      next: 'Your text is still here. Delete that character and press again.',
    },
    'text-marks': {
      what: 'One letter has too many marks',
      next: 'Your text is still here. Delete that letter and press again.',
    },
    'proposal-waiting': {
      what: 'It cannot be supported yet',
      next: 'It has just come in and is waiting to be recorded. Please come back in a while.',
    },
    'unknown-proposal': {
      what: 'That proposal was not found',
      next: 'It may be gone by now. Please choose from the list again.',
    },
  },
  tips: {
    proposals: 'Press ‘Make a proposal’ to write one, or ‘See neighbours’ proposals’ to read.',
    'proposal-topic': 'It need not be exact. Press the one that comes closest.',
    'proposal-write':
      'Press the keys one by one; the text appears above. ‘Del’ takes back one letter. Staff can write for you.',
    'proposal-similar': 'Press a proposal to support it, or ‘Make mine’ to hand in your own text.',
    'proposal-read-back': 'This is your text once more. Press ‘Right’ if it is.',
    'proposal-consent': 'After ‘Yes, hand it in’ you are asked for your slip. You can still go back.',
    'proposal-slip': 'Hold the square code to the light below the screen. Then it is stored.',
    'proposal-list': 'Press a proposal to read all of it. The buttons below turn the page.',
    'proposal-detail': 'Press ‘Support this’ if you like it. Nothing is decided by that yet.',
    'proposal-support': 'After ‘Yes, I support it’ you are asked for your slip.',
    'proposal-stored': 'You are done. You can simply leave.',
    'proposal-expired': 'Press ‘First screen’ to begin again.',
  },
} satisfies ProposalsCatalog
