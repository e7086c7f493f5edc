import type { UplinkMessage } from '../gateway/messages.ts'
import { snrFloorDb } from '../radio/propagation.ts'
import type { SeededRandom } from '../random.ts'

/** ChirpStack's `gateway_prefer_min_margin`, dB. */
export const DEFAULT_MIN_MARGIN_DB = 10

/**
 * The gateway that answers, of those that heard an uplink (best first): any of those that heard it with enough margin,
 * drawn, so that downlinks are spread; otherwise the one with the best SNR (ChirpStack, `downlink/helpers.rs`).
 */
export function chooseGateway(
  frames: readonly UplinkMessage[],
  minMarginDb: number,
  random: SeededRandom,
): UplinkMessage {
  const good = frames.filter((one) => one.snrDb - snrFloorDb(one.spreadingFactor) >= minMarginDb)
  return (good.length > 1 ? good[random.integer(good.length)] : undefined) ?? frames[0]!
}
