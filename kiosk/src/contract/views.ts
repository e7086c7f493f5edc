/**
 * What a screen needs to draw itself, and nothing else: every screen of a voter's session is one member of
 * `Screen`. The page is a projection of the newest `KioskView`; it keeps no voting state of its own.
 */
import { z } from 'zod'
import { bilingualSchema as text } from './bilingual.ts'
import { inputViewSchema } from './input-views.ts'
import { proposalScreens, proposalStopSchema } from './proposal-views.ts'

export type { BilingualText } from './bilingual.ts'

export const languageSchema = z.enum(['ko', 'en'])
export type Language = z.infer<typeof languageSchema>

const optionNumber = z.int().min(1).max(255)
const options = z.array(optionNumber).max(231)

/** One contest's answer; `protocol/ballot/plaintext.ts` has the meaning. Option lists may come in any order. */
export const selectionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('choose-one'), option: optionNumber }),
  z.strictObject({ kind: z.literal('yes-no'), option: optionNumber }),
  z.strictObject({ kind: z.literal('approve'), options }),
  z.strictObject({ kind: z.literal('budget'), options }),
  z.strictObject({ kind: z.literal('rank'), options }),
  z.strictObject({ kind: z.literal('blank') }),
])
export type SelectionView = z.infer<typeof selectionSchema>

const contest = z.strictObject({
  id: z.int(),
  kind: z.enum(['choose-one', 'approve', 'rank', 'budget', 'yes-no']),
  title: text,
  summary: text,
  options: z.array(
    z.strictObject({ id: optionNumber, title: text, summary: text, cost: z.int().exactOptional() }),
  ),
  minSelections: z.int(),
  maxSelections: z.int(),
  /** Won that the chosen options' costs together may reach. */
  budget: z.int().exactOptional(),
})
export type ContestView = z.infer<typeof contest>

/** Why a slip was not accepted. The voter keeps the slip; nothing was recorded. */
export const slipProblemSchema = z.enum([
  'slip-damaged',
  'slip-not-ours',
  'slip-foreign',
  'slip-two-part',
  'slip-used',
  /** Declared void in the ledger; without a network the bridge says it, and the ballot is refused there. */
  'slip-void',
  'polls-not-open',
  'election-closed',
  'disk-nearly-full',
])
export type SlipProblem = z.infer<typeof slipProblemSchema>

const tracker = z.strictObject({
  /** Five groups of four characters, for eyes. */
  text: z.string(),
  /** All 32 bytes as 52 Crockford characters, for the QR code; begins with the characters of `text`. */
  qr: z.string(),
})
export type TrackerView = z.infer<typeof tracker>

/** `complete`: as many as allowed. `under`: more could be chosen. `short`: fewer than the contest asks for, must be
 * changed or left blank before going on. `blank`: nothing chosen, or left blank on purpose. */
const reviewItem = z.strictObject({
  contest,
  selection: selectionSchema.nullable(),
  state: z.enum(['complete', 'under', 'short', 'blank']),
})
export type ReviewItem = z.infer<typeof reviewItem>

const slipNumber = z.int().min(0)
/** `null` while practising: there is no slip. */
const slipNumberOrPractice = slipNumber.nullable()

export const screenSchema = z.discriminatedUnion('screen', [
  /** Nobody is here. With `polls` other than `open`, the start button is off. */
  z.strictObject({ screen: z.literal('attract') }),
  /** Waiting for a slip; `problem` says why the last one was not accepted. */
  z.strictObject({ screen: z.literal('slip'), problem: slipProblemSchema.nullable() }),
  z.strictObject({
    screen: z.literal('contest'),
    slipNumber: slipNumberOrPractice,
    /** 1-based place of this contest among `count`. */
    position: z.int().min(1),
    count: z.int().min(1),
    contest,
    /** `null`: not answered yet. `{ kind: 'blank' }`: left blank on purpose. */
    selection: selectionSchema.nullable(),
    /** Ids of all contests in order, for `session.show`. */
    contestIds: z.array(z.int()),
  }),
  z.strictObject({
    screen: z.literal('review'),
    slipNumber: slipNumberOrPractice,
    items: z.array(reviewItem),
  }),
  /** The ballot is encrypted; the voter decides: cast or check. `problem` says why casting failed just now. */
  z.strictObject({
    screen: z.literal('tracker'),
    slipNumber,
    tracker,
    problem: z.enum(['disk-full', 'box-failed']).nullable(),
  }),
  /** Durably stored on this machine. */
  z.strictObject({ screen: z.literal('stored'), slipNumber, tracker }),
  /** Opened instead of cast; `opening` is the QR text with choices and randomness. The slip is still unused. */
  z.strictObject({ screen: z.literal('checked'), slipNumber, tracker, opening: z.string() }),
  z.strictObject({
    screen: z.literal('receipt'),
    slipNumber,
    tracker,
    kind: z.enum(['cast', 'checked']),
  }),
  /** Good-bye; turns into `attract` by itself. */
  z.strictObject({ screen: z.literal('done') }),
  /** The end of practising: nothing was signed, stored or sent. Turns into `attract` by itself. */
  z.strictObject({ screen: z.literal('practice-done') }),
  ...proposalScreens,
  /** Staff are unlocked: whatever the voter sees is not even sent to the page. */
  z.strictObject({ screen: z.literal('covered') }),
])
export type Screen = z.infer<typeof screenSchema>
export type ScreenName = Screen['screen']
export type ScreenOf<Name extends ScreenName> = Extract<Screen, { screen: Name }>

/** This kiosk's polls: closed → open ⇄ paused → final, which means closed for good. */
export const pollsSchema = z.enum(['closed', 'open', 'paused', 'final'])
export type Polls = z.infer<typeof pollsSchema>

export const kioskViewSchema = z.strictObject({
  /** Names this state for `events`; changes with every change, opaque. */
  cursor: z.string(),
  kiosk: z.strictObject({
    id: z.int(),
    centre: text,
    /** Provisioned CSS pixels per millimetre of this screen; every size on the page follows it. */
    pxPerMm: z.number().min(1).max(20).optional(),
  }),
  election: z.strictObject({ id: z.string(), title: text }),
  language: languageSchema,
  polls: pollsSchema,
  /** Changes with every voter, so that a page can reload between voters; `null` when nobody is here. */
  session: z.string().nullable(),
  screen: screenSchema,
  /** Set while "do you want to continue?" is shown; counts from the moment this view was made. */
  idle: z.strictObject({ secondsLeft: z.int().min(0) }).nullable(),
  /** This session is a practice; the page must look like one. */
  isPractice: z.boolean(),
  /** Whether proposals can be made now: `null` yes, else why not. Draw no button with `proposals-not-offered`. */
  proposalStop: proposalStopSchema.nullable(),
  /** A slip was scanned where none is wanted; gone with the next step. */
  hint: z.enum(['slip-while-practising', 'slip-while-proposing']).nullable(),
  /** Somebody pressed "call staff" and nobody has come yet. */
  isHelpCalled: z.boolean(),
  /** Why nobody new can begin although this kiosk's polls are open. */
  stop: z.enum(['disk-nearly-full', 'election-closed']).nullable(),
  /** Paper of this session; `failed`: the voter should note the tracker from the screen. Never blocks voting. */
  receipt: z.enum(['none', 'printing', 'printed', 'failed']),
  input: inputViewSchema,
  staff: z.strictObject({
    /** Whether this kiosk has a PIN or card at all. */
    isSetUp: z.boolean(),
    isUnlocked: z.boolean(),
    /** Who unlocked; `null`: nobody. */
    role: z.enum(['staff', 'technician']).nullable(),
    /** After wrong tries: seconds until the next is looked at, from the moment this view was made. */
    waitSeconds: z.int().min(0).nullable(),
  }),
})
export type KioskView = z.infer<typeof kioskViewSchema>

const routeState = z.enum(['online', 'offline', 'not-configured'])

/** Plain facts for staff and technicians; no choice, id, slip number or time of a ballot. */
export const healthSchema = z.strictObject({
  polls: pollsSchema,
  routes: z.strictObject({
    wifi: z.strictObject({ state: routeState, suspect: z.boolean() }),
    lora: z.strictObject({
      state: routeState,
      /** Why it is offline: `joining`, `no-modem`, … in the modem driver's words. */
      reason: z.string().nullable(),
      dataRate: z.int().nullable(),
      /** Longest datagram that fits one frame now. */
      maxPayloadBytes: z.int().nullable(),
    }),
  }),
  box: z.strictObject({ cast: z.int(), challenged: z.int(), assisted: z.int() }),
  /** Stored here, sent or not; `assisted`: people whose proposal staff typed; `refused`: not counted by the bridge. */
  proposals: z.strictObject({
    proposed: z.int(),
    supported: z.int(),
    moderated: z.int(),
    assisted: z.int(),
    refused: z.int(),
    /** Others' and own, known from the ledger. */
    known: z.int(),
  }),
  outbox: z.strictObject({
    /** Not yet acknowledged, of any kind. */
    waiting: z.int(),
    /** Of these, too long for LoRaWAN: they wait for Wi-Fi. */
    waitingForWifi: z.int(),
    ackedOverWifi: z.int(),
    ackedOverLora: z.int(),
    /** Refused by the bridge, by reason name; they stay sealed here. */
    refused: z.record(z.string(), z.int()),
    promises: z.int(),
  }),
  /** Those this kiosk sends to, in the order in which they are tried. */
  bridges: z.array(
    z.strictObject({
      id: z.string(),
      /** `silent`: there is a way to it, and it does not answer. */
      state: z.enum(['online', 'silent', 'offline']),
      problem: z.enum(['bad-promise', 'broken-promise', 'not-published']).nullable(),
      recorded: z.int(),
      refused: z.int(),
      promises: z.int(),
      /** Promises that this kiosk found kept, and broken, in the ledger itself. */
      kept: z.int(),
      broken: z.int(),
    }),
  ),
  /** Ballots that this kiosk has proven to be in the ledger; of these, erased here; how often the ledger contradicted itself. */
  proofs: z.strictObject({ proven: z.int(), erased: z.int(), contradictions: z.int() }),
  /** `low`: tell the technician. `full`: no new voter may begin. */
  disk: z.strictObject({ freeBytes: z.int().nullable(), low: z.boolean(), full: z.boolean() }),
  scanner: routeState,
  keypad: z.strictObject({ state: routeState, stuckKeys: z.array(z.string()) }),
  switches: z.strictObject({ state: routeState, stuckKeys: z.array(z.string()) }),
  printer: z.strictObject({
    state: routeState,
    paper: z.enum(['ok', 'low', 'out', 'unknown']),
    /** `PrinterError` of the device room; `null` when it is ready. */
    problem: z.string().nullable(),
  }),
  /** This machine's clock beside the newest time somebody else told. It never blocks a vote. */
  clock: z.strictObject({
    state: z.enum(['ok', 'wrong', 'unknown']),
    /** How far this clock is ahead (negative: behind). */
    aheadSeconds: z.int().nullable(),
    source: z.enum(['ledger', 'lora']).nullable(),
  }),
  /** The polls of the whole election, as the authority signed it into the ledger. */
  election: z.strictObject({
    state: z.enum(['unknown', 'not-open', 'open', 'closed', 'sealed']),
    /** By this machine's clock. */
    time: z.enum(['before', 'during', 'after']),
    /** `stale`: nobody has signed what it shows for an hour, although the polls are not sealed. */
    ledger: z.enum(['online', 'stale', 'offline', 'inconsistent', 'not-configured']),
    voidSlips: z.int(),
  }),
})
export type Health = z.infer<typeof healthSchema>
