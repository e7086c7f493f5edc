import { z } from 'zod'
import { method } from './define.ts'

/** Characters of one sentence or piece of one; the page cuts longer texts. */
export const LONGEST_SPOKEN = 120

export const speechMethods = {
  /**
   * Says a person's own words, for which no clip exists: a WAV file, or `null` where this kiosk has no voice, is still
   * speaking, or took too long; the page then spells. Only while somebody makes or reads proposals. The words are
   * neither logged nor kept.
   */
  'speech.say': method({
    input: z.strictObject({
      text: z.string().min(1).max(LONGEST_SPOKEN),
      language: z.enum(['ko', 'en']),
    }),
    output: z.strictObject({ wav: z.base64().nullable() }),
    errors: ['nobody-here'],
  }),
}
