import { z } from 'zod'
import { defineContract, method } from './define.ts'
import { healthSchema, kioskViewSchema, languageSchema, selectionSchema, slipProblemSchema } from './views.ts'

const nothing = z.strictObject({})
/** Every method of a session answers with the state after it. */
const view = kioskViewSchema
const contestId = z.int().min(0).max(0xffff)

/**
 * All a page, a scanner bridge or a scripted voter can ask of the kiosk. Transport: `POST /rpc/<method>` with a JSON
 * object; the answer is `{ ok: true, value }` or `{ ok: false, error }`. `wrong-step` means that the session is at a
 * screen where this makes no sense; the caller should draw the newest state.
 */
export const kioskContract = defineContract({
  'session.state': method({ input: nothing, output: view }),
  /** attract → slip. */
  'session.start': method({ input: nothing, output: view, errors: ['wrong-step', 'polls-not-open'] }),
  /** attract or slip → first contest. On failure the slip screen shows the same code as `problem`. */
  'session.scan': method({
    input: z.strictObject({ text: z.string().max(512) }),
    output: view,
    errors: ['wrong-step', ...slipProblemSchema.options],
  }),
  /** Replaces one contest's selection; `null` clears it, `{ kind: 'blank' }` leaves it blank on purpose. */
  'session.select': method({
    input: z.strictObject({ contest: contestId, selection: selectionSchema.nullable() }),
    output: view,
    errors: [
      'wrong-step',
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
    errors: ['wrong-step', 'unknown-contest'],
  }),
  /** contest or tracker → review. From the tracker screen the encrypted ballot is thrown away unused. */
  'session.review': method({ input: nothing, output: view, errors: ['wrong-step'] }),
  /** review → tracker: encrypts. `too-few-selected`: a contest has an answer that would not count. */
  'session.prepare': method({ input: nothing, output: view, errors: ['wrong-step', 'too-few-selected'] }),
  /** tracker → stored. On `disk-full` and `box-failed` nothing was stored and the voter can try again. */
  'session.cast': method({
    input: nothing,
    output: view,
    errors: ['wrong-step', 'slip-used', 'polls-not-open', 'disk-full', 'box-failed'],
  }),
  /** tracker → checked: opens the ciphertexts; the slip stays unused. */
  'session.check': method({
    input: nothing,
    output: view,
    errors: ['wrong-step', 'polls-not-open', 'disk-full', 'box-failed'],
  }),
  /** stored or checked → receipt. */
  'session.receipt': method({ input: nothing, output: view, errors: ['wrong-step'] }),
  /** checked or its receipt → slip: the voter starts anew with the same paper. */
  'session.again': method({ input: nothing, output: view, errors: ['wrong-step'] }),
  /** stored, checked, receipt → done; done → attract. */
  'session.finish': method({ input: nothing, output: view, errors: ['wrong-step'] }),
  /** slip … tracker → attract: the voter goes away without voting; the slip stays unused. */
  'session.leave': method({ input: nothing, output: view, errors: ['wrong-step'] }),
  /** At any moment. */
  'session.language': method({ input: z.strictObject({ language: languageSchema }), output: view }),
  /** Any sign of life: touch, key, "continue". Resets the idle time. */
  'session.touch': method({ input: nothing, output: view }),
  /** Opens this kiosk's polls. */
  'staff.open': method({
    input: nothing,
    output: view,
    errors: ['already-open', 'polls-final', 'disk-full', 'box-failed'],
  }),
  /** Closes this kiosk's polls for good and signs the final kiosk manifest (also for printing as QR). */
  'staff.close': method({
    input: nothing,
    output: z.strictObject({
      cast: z.int(),
      challenged: z.int(),
      waiting: z.int(),
      finalManifest: z.string(),
    }),
    errors: ['not-open', 'voter-present', 'disk-full', 'box-failed'],
  }),
  'health.get': method({ input: nothing, output: healthSchema }),
  /** Long poll: answers at once when the state is not the one `after` names, otherwise when it changes or after 25 s. */
  events: method({ input: z.strictObject({ after: z.string().max(80).nullable() }), output: view }),
})

export type KioskContract = typeof kioskContract
export type MethodName = keyof KioskContract
