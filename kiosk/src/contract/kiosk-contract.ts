import { z } from 'zod'
import { defineContract, method } from './define.ts'
import { proposalMethods } from './proposal-contract.ts'
import { proposalSlipProblemSchema } from './proposal-views.ts'
import { speechMethods } from './speech-contract.ts'
import { staffViewSchema } from './staff-views.ts'
import { technicianMethods } from './technician-views.ts'
import { healthSchema, kioskViewSchema, languageSchema, selectionSchema, slipProblemSchema } from './views.ts'

const nothing = z.strictObject({})
/** Every method of a session answers with the state after it. */
const view = kioskViewSchema
const contestId = z.int().min(0).max(0xffff)
const unlockErrors = ['staff-wrong', 'staff-waiting', 'staff-not-set-up', 'voter-present'] as const
const storeErrors = ['disk-full', 'box-failed'] as const
const boundErrors = ['election-not-open', 'election-closed', 'outside-hours'] as const

/**
 * All a page, a scanner bridge or a scripted voter can ask of the kiosk. Transport: `POST /rpc/<method>` with a JSON
 * object; the answer is `{ ok: true, value }` or `{ ok: false, error }`. `wrong-step` means that the session is at a
 * screen where this makes no sense; the caller should draw the newest state.
 */
export const kioskContract = defineContract({
  'session.state': method({ input: nothing, output: view }),
  /** attract → slip. */
  'session.start': method({
    input: nothing,
    output: view,
    errors: ['wrong-step', 'polls-not-open', 'election-closed', 'disk-nearly-full', 'staff-unlocked'],
  }),
  /** attract → first contest of a practice: nothing is signed, stored or sent. */
  'session.practise': method({ input: nothing, output: view, errors: ['wrong-step', 'staff-unlocked'] }),
  /** Calls staff or takes the call back, at any moment. Staff who unlock have come; a voter who goes ends the call too. */
  'session.help': method({ input: z.strictObject({ isCalled: z.boolean() }), output: view }),
  /** attract or slip → first contest; proposal-slip → stored. On failure the slip screen shows the same code as `problem`.
   * A staff card unlocks the staff screens instead, from any screen. */
  'session.scan': method({
    input: z.strictObject({ text: z.string().max(512) }),
    output: view,
    errors: [
      'wrong-step',
      ...slipProblemSchema.options,
      ...proposalSlipProblemSchema.options,
      // The slip is not read; the view's `hint` says the same.
      'slip-while-practising',
      'slip-while-proposing',
      ...unlockErrors,
      'staff-unlocked',
    ],
  }),
  /** Replaces one contest's selection; `null` clears it, `{ kind: 'blank' }` leaves it blank on purpose. */
  'session.select': method({
    input: z.strictObject({ contest: contestId, selection: selectionSchema.nullable() }),
    output: view,
    errors: [
      'wrong-step',
      'staff-unlocked',
      'unknown-contest',
      'wrong-kind',
      'unknown-option',
      'duplicate-option',
      'too-many-selected',
      'over-budget',
    ],
  }),
  /** contest or review → that contest. */
  'session.show': method({
    input: z.strictObject({ contest: contestId }),
    output: view,
    errors: ['wrong-step', 'staff-unlocked', 'unknown-contest'],
  }),
  /** contest or tracker → review. From the tracker screen the encrypted ballot is thrown away unused. */
  'session.review': method({ input: nothing, output: view, errors: ['wrong-step', 'staff-unlocked'] }),
  /** review → tracker: encrypts. `too-few-selected`: a contest has an answer that would not count. */
  'session.prepare': method({
    input: nothing,
    output: view,
    errors: ['wrong-step', 'staff-unlocked', 'too-few-selected'],
  }),
  /** tracker → stored. On `disk-full` and `box-failed` nothing was stored and the voter can try again. */
  'session.cast': method({
    input: nothing,
    output: view,
    errors: ['wrong-step', 'staff-unlocked', 'slip-used', 'polls-not-open', 'disk-full', 'box-failed'],
  }),
  /** tracker → checked: opens the ciphertexts; the slip stays unused. */
  'session.check': method({
    input: nothing,
    output: view,
    errors: ['wrong-step', 'staff-unlocked', 'polls-not-open', 'disk-full', 'box-failed'],
  }),
  /** stored or checked → receipt. */
  'session.receipt': method({ input: nothing, output: view, errors: ['wrong-step', 'staff-unlocked'] }),
  /** checked or its receipt → slip: the voter starts anew with the same paper. */
  'session.again': method({ input: nothing, output: view, errors: ['wrong-step', 'staff-unlocked'] }),
  /** stored, checked, receipt → done; done → attract. */
  'session.finish': method({ input: nothing, output: view, errors: ['wrong-step', 'staff-unlocked'] }),
  /** slip … tracker → attract: the voter goes away without voting; the slip stays unused. */
  'session.leave': method({ input: nothing, output: view, errors: ['wrong-step', 'staff-unlocked'] }),
  /** At any moment. */
  'session.language': method({ input: z.strictObject({ language: languageSchema }), output: view }),
  /** Any sign of life: touch, key, "continue". Resets the idle time. */
  'session.touch': method({ input: nothing, output: view }),
  /** A PIN or a card's text. Every answer takes as long; from the fifth wrong try on, staff have to wait. */
  'staff.unlock': method({
    input: z.strictObject({ secret: z.string().min(1).max(64) }),
    output: view,
    errors: unlockErrors,
  }),
  /** Locks at once; the voter's screen comes back. Locked already is fine. */
  'staff.lock': method({ input: nothing, output: view }),
  'staff.state': method({ input: nothing, output: staffViewSchema, errors: ['staff-locked'] }),
  /** Opens this kiosk's polls. `anyway`: without a ledger in sight and against this machine's clock. */
  'staff.open': method({
    input: z.strictObject({ anyway: z.literal(true).optional() }),
    output: view,
    errors: ['staff-locked', 'already-open', 'polls-final', 'box-not-empty', ...boundErrors, ...storeErrors],
  }),
  /** open → paused: nobody new can begin. */
  'staff.pause': method({
    input: nothing,
    output: view,
    errors: ['staff-locked', 'not-open', 'voter-present', ...storeErrors],
  }),
  /** paused → open. */
  'staff.resume': method({
    input: z.strictObject({ anyway: z.literal(true).optional() }),
    output: view,
    errors: ['staff-locked', 'not-paused', ...boundErrors, ...storeErrors],
  }),
  /** Closes this kiosk's polls for good and signs the final kiosk manifest (also for printing as QR). */
  'staff.close': method({
    input: nothing,
    output: z.strictObject({
      cast: z.int(),
      challenged: z.int(),
      waiting: z.int(),
      finalManifest: z.string(),
      /** Note signed by the kiosk: counts, outbox, root over all ballot ids. */
      report: z.string(),
    }),
    errors: ['staff-locked', 'not-open', 'voter-present', ...storeErrors],
  }),
  /** Ends the voter's session from any screen; nothing is stored, the slip stays unused. */
  'staff.end-session': method({ input: nothing, output: view, errors: ['staff-locked', 'nobody-here'] }),
  /** Notes that staff helped the person who is here; only the number of such sessions is kept. */
  'staff.assisted': method({
    input: nothing,
    output: view,
    errors: ['staff-locked', 'nobody-here', ...storeErrors],
  }),
  /** Prints the opening or close report again. */
  'staff.print': method({
    input: nothing,
    output: view,
    errors: ['staff-locked', 'no-report', 'no-printer'],
  }),
  ...proposalMethods,
  ...speechMethods,
  ...technicianMethods,
  'health.get': method({ input: nothing, output: healthSchema }),
  /** Long poll: answers at once when the state is not the one `after` names, otherwise when it changes or after 25 s. */
  events: method({ input: z.strictObject({ after: z.string().max(80).nullable() }), output: view }),
})

export type KioskContract = typeof kioskContract
export type MethodName = keyof KioskContract
