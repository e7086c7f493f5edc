import { z } from 'zod'

const share = z.number().min(0).max(1)

/** What can be wrong with a modem and its serial line. Shares are of output lines, unless it says otherwise. */
export const lineFaultsSchema = z.strictObject({
  /** A line never arrives. */
  silence: share.default(0),
  /** One character of a line is flipped. */
  garble: share.default(0),
  /** A line breaks off, its end included, and the next one runs into it. */
  truncate: share.default(0),
  /** An event nobody asked for comes first. */
  interleave: share.default(0),
  /** Share of frames during which the power fails. */
  rebootMidSend: share.default(0),
  /** Every command is repeated. */
  echo: z.boolean().default(false),
  /** Not a word, as when it hangs. A restart helps. */
  mute: z.boolean().default(false),
  /** Refuses joins and sends as if one were under way. */
  busy: z.boolean().default(false),
})

export type LineFaults = z.infer<typeof lineFaultsSchema>

/** A line without faults. */
export function noFaults(): LineFaults {
  return lineFaultsSchema.parse({})
}
