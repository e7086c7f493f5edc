import { z } from 'zod'
import { healthSchema, pollsSchema } from './views.ts'

/** The one thing staff most likely want to do now; everything else stands behind it. */
export const staffActionSchema = z.enum(['open', 'resume', 'close', 'lock'])
export type StaffAction = z.infer<typeof staffActionSchema>

/** All the staff screens show. No choice, slip number, ballot id or time of a ballot; turnout, never results. */
export const staffViewSchema = z.strictObject({
  polls: pollsSchema,
  primary: staffActionSchema,
  /** Whether `open` and `resume` need `anyway`, and why they are refused altogether. */
  bound: z.enum(['free', 'outside-hours', 'election-not-open', 'election-closed']),
  isVoterHere: z.boolean(),
  /** The person who is here makes or reads proposals. */
  isProposing: z.boolean(),
  /** The person who is here was noted as helped by staff. */
  isAssisted: z.boolean(),
  isHelpCalled: z.boolean(),
  health: healthSchema,
  /** What the confirmation of opening shows: everything must be zero. `null` once the polls were opened. */
  opening: z
    .strictObject({
      cast: z.int(),
      challenged: z.int(),
      assisted: z.int(),
      waiting: z.int(),
      proposed: z.int(),
      supported: z.int(),
    })
    .nullable(),
  /** Once the polls are closed for good: both also as QR. */
  closing: z.strictObject({ report: z.string(), finalManifest: z.string() }).nullable(),
})
export type StaffView = z.infer<typeof staffViewSchema>
