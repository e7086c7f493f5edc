import { z } from 'zod'

/** Keys of the nine-key pad, and the two switches. */
export const inputKeySchema = z.enum([
  'up',
  'down',
  'left',
  'right',
  'select',
  'volume-up',
  'volume-down',
  'faster',
  'slower',
  'switch-move',
  'switch-select',
])
export type InputKey = z.infer<typeof inputKeySchema>

/** Presses kept for a page that is a moment behind. */
export const MOST_KEPT_KEYS = 32

/** What people do with the keypad, the switches and the headphone plug of the machine itself. */
export const inputViewSchema = z.strictObject({
  /** Names this start of the core: numbers of another start mean nothing. */
  boot: z.string(),
  /** Number of the newest press; 0 before the first. */
  last: z.int().min(0),
  /** The newest presses of this person, oldest first; the numbers go up by one. A page acts once on those it has not seen. */
  keys: z.array(z.strictObject({ number: z.int().min(1), key: inputKeySchema })).max(MOST_KEPT_KEYS),
  headphones: z.enum(['in', 'out', 'unknown']),
})
export type InputView = z.infer<typeof inputViewSchema>
