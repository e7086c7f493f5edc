import { z } from 'zod'

const share = z.number().min(0, 'a share is 0 to 1').max(1, 'a share is 0 to 1')
const milliseconds = z.number().min(0).max(600_000)
const burst = z.strictObject({
  /** Share of frames lost in the long run. */
  loss: share,
  /** How many frames in a row are lost on average. */
  burstFrames: z.number().min(1).max(10_000),
})

const shape = {
  burstUp: burst,
  burstDown: burst,
  /** Share of uplinks that a gateway hands over twice, the second time up to two seconds later. */
  duplicateUplinks: share,
  /** Every downlink reaches its gateway this much later; late ones are refused with TOO_LATE. */
  downlinkDelayMs: milliseconds,
  /** Share of downlinks that a gateway refuses although it could send them. */
  txNacks: share,
  /** Share of application events that the network server loses after it acknowledged the frame. */
  eventLoss: share,
  /** Share of uplinks in the middle of which the modem loses power. */
  brownOuts: share,
  /** Share of a modem's output lines that never arrive. */
  uartSilence: share,
  /** Share of a modem's output lines with a flipped bit. */
  uartGarble: share,
}

/** What goes wrong from the start; everything may be left out. */
export const faultSettings = z.strictObject({
  burstUp: shape.burstUp.prefault({ loss: 0, burstFrames: 1 }),
  burstDown: shape.burstDown.prefault({ loss: 0, burstFrames: 1 }),
  duplicateUplinks: shape.duplicateUplinks.default(0),
  downlinkDelayMs: shape.downlinkDelayMs.default(0),
  txNacks: shape.txNacks.default(0),
  eventLoss: shape.eventLoss.default(0),
  brownOuts: shape.brownOuts.default(0),
  uartSilence: shape.uartSilence.default(0),
  uartGarble: shape.uartGarble.default(0),
})

/** What changes at run time; what is not named stays. */
export const faultPatch = z.strictObject(shape).partial()

export type FaultSettings = z.infer<typeof faultSettings>
export type FaultPatch = z.infer<typeof faultPatch>

const seconds = z.number().min(0)
const common = { atSeconds: seconds }
const lasting = { ...common, forSeconds: seconds.optional() }

/** Something that happens at a time, simulated seconds after the start; without `forSeconds` it stays. */
export const timelineEvent = z.discriminatedUnion('event', [
  z.strictObject({ event: z.literal('gateway-off'), gateway: z.string().optional(), ...lasting }),
  z.strictObject({ event: z.literal('gateway-no-backhaul'), gateway: z.string().optional(), ...lasting }),
  z.strictObject({ event: z.literal('broker-down'), ...lasting }),
  z.strictObject({ event: z.literal('brown-out'), modem: z.string().optional(), ...common }),
  z.strictObject({ event: z.literal('replay'), modem: z.string().optional(), ...common }),
  z.strictObject({ event: z.literal('loss'), up: share.optional(), down: share.optional(), ...common }),
  z.strictObject({ event: z.literal('faults'), set: faultPatch, ...common }),
])

export type TimelineEvent = z.infer<typeof timelineEvent>
