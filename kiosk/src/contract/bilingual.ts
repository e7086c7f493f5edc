import { z } from 'zod'

export const bilingualSchema = z.strictObject({ ko: z.string(), en: z.string() })
/** The same sentence in both languages; the page picks by `KioskView.language`. */
export type BilingualText = z.infer<typeof bilingualSchema>
