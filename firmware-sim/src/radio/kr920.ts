/**
 * LoRaWAN in Korea: RP002-1.0.4 section 2.10 (KR920-923) and the technical rule for 917-923.5 MHz. Frequencies
 * in Hz, powers in dBm EIRP, times in ms.
 */

/** Data rates DR0…DR5 of the band. */
export type DataRate = 0 | 1 | 2 | 3 | 4 | 5

export const DATA_RATES: readonly DataRate[] = [0, 1, 2, 3, 4, 5]

export const BANDWIDTH_HZ = 125_000

/** Channels every device knows; the only ones a join-request may use. */
export const DEFAULT_CHANNELS_HZ: readonly number[] = [922_100_000, 922_300_000, 922_500_000]

/** Channels a network usually adds through the CFList of the join-accept, five at most. */
export const USUAL_EXTRA_CHANNELS_HZ: readonly number[] = [
  922_700_000, 922_900_000, 923_100_000, 923_300_000, 921_500_000,
]

export const RX2_FREQUENCY_HZ = 921_900_000
export const RX2_DATA_RATE: DataRate = 0

export const MAX_CHANNELS = 16
export const LOWEST_FREQUENCY_HZ = 920_900_000
export const HIGHEST_FREQUENCY_HZ = 923_300_000

export const RX1_DELAY_MS = 1000
export const JOIN_ACCEPT_DELAY1_MS = 5000
export const JOIN_ACCEPT_DELAY2_MS = 6000

export const MAX_RX1_DATA_RATE_OFFSET = 5
export const MAX_TX_POWER_INDEX = 7
export const GATEWAY_MAX_EIRP_DBM = 23

/** Listen before talk: sense at least 5 ms, send at most 4 s, then keep silent for at least 50 ms. */
export const LBT_SENSE_MS = 5
export const LBT_THRESHOLD_DBM = -65
export const LONGEST_TRANSMISSION_MS = 4000
export const PAUSE_AFTER_TRANSMISSION_MS = 50

/** Uplinks without an answer after which a device with ADR asks for one, and then lowers its data rate. */
export const ADR_ACK_LIMIT = 64
export const ADR_ACK_DELAY = 32

const SPREADING_FACTOR: Record<DataRate, number> = { 0: 12, 1: 11, 2: 10, 3: 9, 4: 8, 5: 7 }
const MAX_PAYLOAD: Record<DataRate, number> = { 0: 51, 1: 51, 2: 51, 3: 115, 4: 242, 5: 242 }

export function isDataRate(value: number): value is DataRate {
  return Number.isInteger(value) && value >= 0 && value <= 5
}

export function spreadingFactor(dataRate: DataRate): number {
  return SPREADING_FACTOR[dataRate]
}

/** The data rate of a spreading factor at 125 kHz, or undefined when the band has none. */
export function dataRateOf(factor: number): DataRate | undefined {
  return DATA_RATES.find((dataRate) => SPREADING_FACTOR[dataRate] === factor)
}

/** N: the most FRMPayload and FOpts bytes together in one frame when no repeater is in the way. */
export function maxPayload(dataRate: DataRate): number {
  return MAX_PAYLOAD[dataRate]
}

/** The data rate of RX1: the uplink's, lowered by the offset, never below DR0. */
export function rx1DataRate(uplink: DataRate, offset: number): DataRate {
  return Math.max(0, uplink - offset) as DataRate
}

/** Highest EIRP of a device: 10 dBm below 922.1 MHz, 14 dBm from there on. */
export function maxEirpDbm(frequencyHz: number): number {
  return frequencyHz < 922_100_000 ? 10 : 14
}

/** EIRP of a device at TXPower `index`: two dB less per step. */
export function eirpDbm(frequencyHz: number, txPowerIndex: number): number {
  return Math.min(maxEirpDbm(frequencyHz), 14 - 2 * txPowerIndex)
}

/** Whether a channel lies on the band's 200 kHz raster. */
export function isChannelFrequency(frequencyHz: number): boolean {
  return (
    frequencyHz >= LOWEST_FREQUENCY_HZ &&
    frequencyHz <= HIGHEST_FREQUENCY_HZ &&
    (frequencyHz - LOWEST_FREQUENCY_HZ) % 200_000 === 0
  )
}
