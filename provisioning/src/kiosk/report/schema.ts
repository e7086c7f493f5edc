import { testResultSchema } from '@hanpyo/devices/self-test/readiness.ts'
import { hexBytes, kioskId, unixSeconds } from '@hanpyo/protocol/election/fields.ts'
import { z } from 'zod'

const line = z.string().max(500)

/** `provision-report.json`: all that makes a device ready, or what is missing. Nothing in it is secret. */
export const provisionReportSchema = z.strictObject({
  version: z.literal(1),
  kiosk: kioskId,
  centre: line,
  name: line,
  state: z.enum(['active', 'revoked', 'wiped']),
  at: unixSeconds,
  steps: z.array(
    z.strictObject({
      id: line,
      state: z.enum(['begun', 'done', 'failed']),
      at: z.int(),
      error: line.nullable(),
    }),
  ),
  /** `unsigned`: lines without a technician, chained but vouched for by nobody. */
  workLog: z.strictObject({
    isIntact: z.boolean(),
    lines: z.int().nullable(),
    unsigned: z.int().nullable(),
    problem: line.nullable(),
  }),
  certificate: z
    .strictObject({
      cn: line,
      notBefore: unixSeconds,
      notAfter: unixSeconds,
      isValid: z.boolean(),
      isOnLedger: z.boolean(),
    })
    .nullable(),
  modem: z
    .strictObject({
      devEui: hexBytes(8),
      firmware: line.nullable(),
      isProgrammed: z.boolean(),
      isJoined: z.boolean(),
      marginDb: z.int().nullable(),
      gatewayCount: z.int().nullable(),
    })
    .nullable(),
  chirpstack: z
    .strictObject({
      url: line,
      applicationId: line,
      /** null: it was not asked. */
      now: z.enum(['registered', 'disabled', 'missing']).nullable(),
    })
    .nullable(),
  election: z.strictObject({ id: line, manifest: hexBytes(32), isTest: z.boolean() }).nullable(),
  /** What the registrar gave to the centre, if the kiosk holds the note of its election. */
  slips: z
    .strictObject({ slips: z.int(), envelopes: z.array(line).readonly(), revision: z.int() })
    .nullable()
    .default(null),
  software: z.strictObject({
    version: line,
    hash: hexBytes(32).nullable(),
    /** The kiosk itself said so; otherwise it is the software of the technician's machine. */
    isSignedByKiosk: z.boolean(),
  }),
  results: z.array(testResultSchema).readonly(),
  /** Some test was run on simulated devices: such a report is of an exercise, whatever the verdict. */
  simulated: z.boolean(),
  /** Why it is not ready: step, fact or test by its id. Empty exactly when it is. */
  missing: z.array(line).readonly(),
  verdict: z.enum(['ready', 'not-ready']),
})
export type ProvisionReport = z.infer<typeof provisionReportSchema>
