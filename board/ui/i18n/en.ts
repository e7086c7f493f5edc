import type { Catalog } from './catalog.ts'
import { ledger } from './en-ledger.ts'
import { checks, paper, proposals, results, turnout } from './en-results.ts'

export const en = {
  brand: 'Hanpyo',
  brandSoft: 'public ledger',
  skip: 'Go to the content',
  menu: 'Menu',
  otherLanguage: { label: '한국어', lang: 'ko' },
  nav: {
    name: 'Screens',
    overview: 'Overview',
    turnout: 'Turnout',
    receipt: 'Find my ballot',
    results: 'Results',
    checks: 'What was checked',
    ledger: 'Look into the ledger',
    proposals: 'Proposals',
    downloads: 'Downloads',
    paper: 'Print on paper',
    settings: 'Text and colours',
  },
  loading: {
    title: 'Reading the ledger',
    reading: (done, total) => `${done} of ${total} records are read.`,
    counting: (done, total) => `Counting what was read: ${done} of ${total} records so far.`,
    slow: (seconds) =>
      `The server has not answered for more than ${seconds} seconds. Waiting a little longer.`,
  },
  again: 'Try again',
  reload: 'Load the page again',
  showAll: (n) => `Show all (${n})`,
  showFewer: 'Show fewer',
  more: (n) => `Show more (${n} left)`,
  back: 'To the overview',
  table: 'Show as a table',
  save: (name) => `Save ${name}`,
  yes: 'yes',
  no: 'no',
  seconds: (n) => `${n} s`,
  minutes: (n) => `${n} min`,
  hours: (n) => `${n} h`,
  days: (n) => (n === 1 ? '1 day' : `${n} days`),
  ago: (time) => `${time} ago`,
  justNow: 'just now',
  count: (n) => n,
  test: 'This is an election for trying things out. Nothing here counts.',
  broken: {
    title: 'This browser cannot open the page',
    text: 'Open it in a current browser, or look at the plain page. Nothing has happened to the ledger.',
    facts: 'Open the plain page',
  },
  unknown: { title: 'There is no such screen', text: 'Check the address, or choose from the overview.' },
  problems: {
    'host-unreachable': {
      title: 'Nobody answers at this address',
      text: 'Your connection is down or the server is off. No record is lost. Open the address of another copy (a mirror).',
    },
    'host-slow': {
      title: 'The answer takes too long',
      text: 'The server did not answer in time. It will be asked again. If you are in a hurry, open the address of a mirror.',
    },
    'host-status': {
      title: 'The server reports an error of its own',
      text: 'Something is wrong with the server. It will be asked again. This does not mean that the ledger is wrong.',
    },
    'no-checkpoint': {
      title: 'There is no ledger at this address',
      text: 'The server answers, but it has no checkpoint. Check the address, and whether the copy is complete.',
    },
    'checkpoint-garbage': {
      title: 'The server sent something that is no ledger',
      text: 'Instead of the first page of the ledger (its checkpoint) came something that cannot be read. On a public Wi-Fi, sign in first and try again. If it stays so, do not rely on this server; open the address of a mirror.',
    },
    'log-empty': {
      title: 'The ledger is still empty',
      text: 'Its first record, the manifest, is not there yet.',
    },
    'manifest-invalid': {
      title: 'The manifest is not valid',
      text: 'The first record of the ledger is no manifest, or a wrong one. Do not rely on what is shown here.',
    },
    'checkpoint-signature': {
      title: 'The log of this election did not sign this checkpoint',
      text: 'What the server shows is not the ledger of this election. Do not rely on it, and tell the election authority.',
    },
    'records-missing': {
      title: 'Records are missing',
      text: 'Some of the records that the checkpoint names are not on this server. The copy is still being made, or was cut off. What you see counts only the first part, which was checked.',
    },
    'records-garbage': {
      title: 'A file of records is broken',
      text: 'A file that the server sent cannot be read. Open the address of a mirror.',
    },
    'records-changed': {
      title: 'The records are not the ones that were signed',
      text: 'What the server sent does not fit the signature of the ledger. Somebody changed it, or a file is damaged. Do not rely on it; open the address of a mirror.',
    },
    'lists-missing': {
      title: 'The list of slips is missing or another one',
      text: 'This server does not hand over the list that the manifest fixes, so ballots cannot be counted. Open the address of a mirror.',
    },
    'proofs-missing': {
      title: 'Files for doing the sums again are missing',
      text: 'This server lacks proofs of the mixing, the decryption or the key, so the result cannot be recomputed. The copy is probably still being made, or was cut off. Checks that do not hold may be due to that. Load the page again when the files are there, or open the address of a mirror.',
    },
    'head-older': {
      title: 'This server shows an older ledger',
      text: 'This browser has seen a newer one. The copy may be late. If it stays so, tell the election authority.',
    },
    'log-too-large': {
      title: 'There are too many records for a browser',
      text: 'Check them with “hanpyo verify”; the downloads screen says how.',
    },
    'check-ended': {
      title: 'Checking signatures and proofs came to an end',
      text: 'This browser cannot go on with it. Load the page again, or use hanpyo verify. The numbers are what the ledger says.',
    },
  },
  detail: (text) => `Details: ${text}`,
  fork: {
    title: 'Alarm: the ledger has two versions',
    text: 'This ledger shows something that does not fit what it signed before. That must never happen. Save both documents below and show them to the election authority and the press. Their signatures are the evidence.',
    earlier: 'The checkpoint seen before',
    now: 'The checkpoint seen now',
    witness: (name) => `What “${name}” signed does not fit what this server shows.`,
  },
  behind: {
    title: 'The ledger on this server is behind',
    text: (names, size) =>
      `There is a newer one (${size} records) at: ${names}. The numbers here may not be today’s. Look for the newer ones at another address.`,
  },
  otherElection: (hash) =>
    `This address showed another election before (manifest ${hash}…). That is fine if it is a new one. If not, compare the manifest value.`,
  overview: {
    polls: {
      'not-open': 'The polls have not opened yet',
      open: 'The polls are open',
      closed: 'The polls are closed. The last ballots are arriving',
      sealed: 'The polls are sealed',
    },
    announced: 'The result is announced',
    ballots: 'Ballots in the ledger',
    ofSlips: (n) => `${n} voting slips`,
    times: (from, to) => `Polls from ${from} to ${to}`,
    fresh: 'How fresh is this',
    freshHead: (ago) => `Witnesses signed it last ${ago}.`,
    freshNone: 'No witness has signed it yet.',
    future: 'The signatures are later than the clock of this device. Look whether its time is right.',
    stale: 'That is longer than usual. The server or the witnesses may have stopped.',
    read: (ago) => `This browser asked the server ${ago}.`,
    events: 'It changes as soon as there is a new record.',
    polling: 'It looks for new records from time to time.',
    size: (records, batches) => `${records} records in ${batches} batches`,
    checks: 'What this browser checked',
    checksGood: 'Everything that was checked holds.',
    checksRunning: (done, total) =>
      `Signatures and proofs of ${done} of ${total} records are checked. The rest is under way.`,
    checksBad: (n) => (n === 1 ? 'One check does not hold.' : `${n} checks do not hold.`),
    checksPart: 'Everything that was checked holds, but this server did not hand over all of it.',
    paused: 'Checking is paused. The numbers are what the ledger says.',
    checksSkipped: (n) => (n === 1 ? 'One could not be made' : `${n} could not be made`),
    checksLink: 'See them line by line',
    pin: {
      none: 'Whether this is the real election was not compared, because the address held no manifest value. Compare the value below with the one on the poster or in the newspaper.',
      match: 'The manifest is the one in the address.',
      mismatch: 'The manifest is not the one in the address. It is another election, or a deceit.',
      broken: 'The manifest value in the address is malformed, so nothing could be compared.',
    },
    manifest: 'Manifest value',
    memory: {
      first:
        'This browser sees this ledger for the first time. The next time it checks that it continues from today’s.',
      consistent: (date) =>
        `It continues, with nothing missing, from what this browser first saw on ${date}.`,
      older: 'It is older than what this browser has seen before.',
      fork: 'It does not fit what this browser has seen before.',
      unavailable: 'This window keeps no memory, so there will be nothing to compare with the next time.',
    },
    watchers: 'Who watches',
    watchersHow:
      'Witnesses and mirrors of different bodies sign the same ledger. Those that stopped or are wrong are not hidden.',
    watchersNone: 'The manifest of this election names no witness.',
    incidents: 'Incidents',
    incidentsNone: 'No incident is on record.',
    incident: (record) => `Record ${record}`,
  },
  watcher: {
    kind: { witness: 'Witness', mirror: 'Mirror' },
    kindHow: {
      witness: 'sees that the ledger only grows',
      mirror: 'holds a copy and checks every ballot again',
    },
    cosigned: (ago) => `signed this checkpoint · ${ago}`,
    notCosigned: 'did not sign this checkpoint',
    direct: {
      waiting: 'being asked',
      'no-address': 'no address to ask it',
      unreachable: 'asked by this browser: no answer',
      invalid: 'asked by this browser: a wrong answer',
      same: 'asked by this browser: shows the same ledger',
      behind: 'asked by this browser: shows a slightly older ledger',
      ahead: 'asked by this browser: shows a newer ledger',
      fork: 'asked by this browser: shows another ledger',
    },
    seen: (size, ago) => `${size} records · ${ago}`,
    hostSays: (what) => `The server says: ${what}`,
    hostProblem: {
      unreachable: 'not reachable',
      other: (code) => `a problem (${code})`,
      fine: 'nothing wrong',
    },
    state: { good: 'watching', late: 'late', bad: 'a problem', off: 'no answer' },
  },
  turnout,
  receipt: {
    title: 'Find my ballot',
    lead: 'With the slip number or the code you can see whether your ballot is in the ledger.',
    private: 'The search happens on this device only. Number and code are sent nowhere.',
    slip: 'Number of the voting slip',
    slipHow: 'The number printed on the paper, for example 1234',
    code: 'Tracker',
    codeHow: 'Five groups of four characters that the kiosk showed, for example ABCD-EFGH-JKMN-PQRS-TVWX',
    find: 'Find my ballot',
    camera: 'Scan the QR code with the camera',
    cameraStop: 'Turn the camera off',
    cameraHow: 'Hold the QR code of the receipt into the square.',
    cameraDenied: 'The camera cannot be used. Allow it in the browser, choose a photo, or type the code.',
    cameraInsecure: 'The camera works at https addresses only. Choose a photo or type the code.',
    cameraFound: 'The QR code was read.',
    photo: 'Read the QR code from a photo',
    photoNone: 'There is no QR code in the photo. Take one from nearer, in better light.',
    scanned: 'Searching with the code of the QR.',
    asked: {
      'nothing-asked': 'Type the slip number or the tracker.',
      'slip-malformed': 'The slip number has digits only. It is the number beside the QR code, not its text.',
      'code-malformed': 'The tracker has five groups of four characters. See whether one is missing.',
      'not-ready': 'The ledger is still being read. Press again in a moment.',
      'slip-secret':
        'That is the secret QR code of the voting slip. Show it to nothing but the kiosk. This page neither kept nor sent it. Use the QR code of the receipt, or the slip number.',
    },
    answers: {
      recorded: {
        title: 'It is in the ledger',
        text: (record, batch, code) =>
          `${where(record, batch)} Its tracker is ${code}. There is nothing more to do.`,
        compare: 'Compare it with the one on your receipt.',
      },
      'different-code': {
        title: 'The tracker is another one',
        text: (record, batch, code) =>
          `There is a ballot of this slip, but its tracker is ${code}. ${where(record, batch)} Look at your receipt once more. If it really differs, take slip and receipt to the centre and ask for an incident record.`,
      },
      refused: {
        title: 'It was refused',
        text: (record, batch, reason) =>
          `Reason: ${reason}. ${where(record, batch)} If that cannot be, take the slip to the centre and ask for an incident record.`,
      },
      checked: {
        title: 'It was opened for checking',
        text: (record, batch) =>
          `${where(record, batch)} It does not count. See whether the choices in the record are the ones you made. The slip can still be used.`,
      },
      'not-found': {
        title: 'It is not in the ledger yet',
        open: (time) =>
          `A kiosk that works without the internet may take hours to deliver. Your ballot is safe on the kiosk. Usually it arrives within ${time}. Look again later.`,
        sealed:
          'It is not there although the polls are sealed. Check number and tracker once more. If it is still missing, take slip and receipt to the centre or the election authority and ask for an incident record.',
      },
    },
    partial: 'Records are missing on this server. What cannot be found here may be found elsewhere.',
    reasons: {
      'credential-spent': 'this slip had voted before',
      'c1-seen': 'this ballot had been opened for checking',
      'polls-not-open': 'the polls were not open',
      'polls-sealed': 'the polls were sealed',
      'slip-void': 'this slip had been voided',
      'not-in-final-manifest': 'it is not in the kiosk’s final list',
      unknown: 'a reason that is not known',
    },
    look: 'See the record',
    proof: 'Save the proof',
    proofHow:
      'With this file and the signatures on the ledger anybody can see that this ballot is in the ledger.',
    proofNone: 'The proof cannot be made at the moment.',
  },
  ledger,
  proposals,
  results,
  checks,
  downloads: {
    title: 'Downloads',
    lead: 'Anybody may hold a copy and check it.',
    checkpoint: 'Checkpoint',
    checkpointHow: 'One page that stands for the whole ledger, signed by the log and its witnesses.',
    manifest: 'Manifest',
    manifestHow: 'The first record: contests, keys and rules.',
    proof: 'Proof of a record',
    proofHow: 'Save it from “Find my ballot” or from a record of the ledger.',
    verify: 'Check it on your own computer',
    verifyHow: 'Recomputes every signature and proof from the start.',
    mirror: 'Hold a copy and sign it',
    mirrorHow: 'A mirror keeps copying the ledger and checks it again.',
    copy: 'Get one copy',
    files: 'Where the files are',
    remembered: 'What this browser remembers',
    rememberedHow:
      'The last checkpoint it saw, and files of records. With them it sees the next time that the ledger continues.',
    forget: 'Forget it',
    forgotten: 'It is forgotten.',
  },
  paper,
  settings: {
    title: 'Text and colours',
    size: 'Size of the text',
    sizes: { normal: 'Normal', large: 'Large', largest: 'Very large' },
    theme: 'Colours',
    themes: { auto: 'As on this device', light: 'Light', dark: 'Dark' },
    language: 'Language',
    languages: { ko: '한국어', en: 'English' },
  },
} satisfies Catalog

function where(record: number, batch: number | null): string {
  return batch === null ? `It is record ${record}.` : `It is record ${record} in batch ${batch}.`
}
