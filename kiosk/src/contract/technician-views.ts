import { testResultSchema } from '@hanpyo/devices/self-test/readiness.ts'
import { PX_PER_METRE_RANGE } from '@hanpyo/devices/self-test/screen.ts'
import { z } from 'zod'
import { method } from './define.ts'
import { healthSchema } from './views.ts'

const nothing = z.strictObject({})

export const chimeSideSchema = z.enum(['left', 'right', 'speaker'])

/** What the person at the machine is to do, or to wait for; the words are in `devices/self-test/texts.ts`. */
const prompt = z.strictObject({
  kind: z.enum([
    'press-keys',
    'scan-test-code',
    'scan-test-slip',
    'listen',
    'printing',
    'asking-modem',
    'asking-network',
    'voting',
  ]),
  keys: z.array(z.string()).exactOptional(),
  missing: z.array(z.string()).exactOptional(),
})

export const questionSchema = z.enum([
  'heard-headphones',
  'heard-speaker',
  'paper-readable',
  'lamp-on',
  'lamp-blinking',
])

const selfTestId = testResultSchema.shape.test

/** All the technician's screen shows. No choice, slip, or key. */
export const technicianViewSchema = z.strictObject({
  /** Every test in order, each as it went last. */
  results: z.array(testResultSchema),
  running: z
    .strictObject({
      test: selfTestId,
      prompt: prompt.nullable(),
      question: questionSchema.nullable(),
      /** A chime the page plays once for each number, and then answers `played` or `silent`. */
      chime: z.strictObject({ number: z.int(), side: chimeSideSchema }).nullable(),
    })
    .nullable(),
  calibration: z.strictObject({
    /** CSS pixels per metre in use; null: never measured. */
    pxPerMetre: z.int().nullable(),
    /** Measured at this screen, not only written in the configuration. */
    isMeasured: z.boolean(),
  }),
  software: z.strictObject({
    version: z.string(),
    /** SHA-256 in hex over the list of the files' hashes; null while it is being computed. */
    hash: z.string().nullable(),
  }),
  isTestElection: z.boolean(),
  hasPrinter: z.boolean(),
  /** A folder for a memory stick is set up. */
  hasStick: z.boolean(),
  /** The newest report of this start. */
  report: z
    .strictObject({
      at: z.int(),
      verdict: z.enum(['ready', 'not-ready']),
      folder: z.string(),
      stick: z.enum(['not-asked', 'written', 'failed']),
    })
    .nullable(),
  health: healthSchema,
})
export type TechnicianView = z.infer<typeof technicianViewSchema>

const errors = ['technician-locked'] as const
const view = technicianViewSchema

/** The technician's screen. Every method answers with the screen after it. Locking is `staff.lock`. */
export const technicianMethods = {
  'technician.state': method({ input: nothing, output: view, errors }),
  /** Begins one test; how it goes on is in the view. */
  'technician.run': method({
    input: z.strictObject({ test: selfTestId }),
    output: view,
    errors: [...errors, 'test-running'],
  }),
  /** One of the answers of the question that is asked, or `played` and `silent` for a chime. */
  'technician.answer': method({
    input: z.strictObject({ answer: z.string().max(20) }),
    output: view,
    errors: [...errors, 'no-such-answer'],
  }),
  /** Ends the test that runs. */
  'technician.stop': method({ input: nothing, output: view, errors }),
  /** Keeps the size of a pixel, durably, and uses it at once. Width and height of the screen are in CSS pixels. */
  'technician.calibrate': method({
    input: z.strictObject({
      pxPerMetre: z.int().min(PX_PER_METRE_RANGE.least).max(PX_PER_METRE_RANGE.most),
      widthPx: z.int().min(1).max(20_000),
      heightPx: z.int().min(1).max(20_000),
    }),
    output: view,
    errors: [...errors, 'not-kept'],
  }),
  /** Writes the signed readiness report (JSON, note, PDF) into the data folder and, when asked, onto the stick. */
  'technician.report': method({
    input: z.strictObject({ toStick: z.boolean() }),
    output: view,
    errors: [...errors, 'test-running', 'not-kept'],
  }),
  /** Prints the newest report in short. */
  'technician.print': method({
    input: nothing,
    output: view,
    errors: [...errors, 'no-printer', 'no-report'],
  }),
  /** Text of the QR code: which software this is, signed by the kiosk. */
  'technician.attest': method({
    input: nothing,
    output: z.strictObject({ text: z.string() }),
    errors: [...errors, 'hash-not-ready'],
  }),
}
