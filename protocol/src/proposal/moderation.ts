/**
 * 0x22: what staff or the authority decided about a proposal. Hiding is a word to readers, erasing deletes text and
 * salt wherever they are kept; the proposal, its supports and this note stay on the ledger.
 */
import { z } from 'zod'
import { base64Bytes, kioskId, text, unixSeconds } from '../election/fields.ts'
import { textParser } from '../election/text-parser.ts'

/**
 * Signed by the kiosk it names (hide and show, and only of its own centre), otherwise by the authority. The same
 * text is logged once, so that nobody can replay it: `at` tells a second decision of the same words from the first.
 */
export const moderationSchema = z
  .strictObject({
    manifest: base64Bytes(32),
    action: z.enum(['hide', 'show', 'erase']),
    proposal: base64Bytes(32),
    reason: text(300),
    kiosk: kioskId.exactOptional(),
    at: unixSeconds.exactOptional(),
  })
  .refine((value) => value.kiosk === undefined || value.action !== 'erase', 'only the authority erases')

export type ModerationRecord = z.infer<typeof moderationSchema>
export type ModerationAction = ModerationRecord['action']

export const parseModeration = textParser(moderationSchema)
