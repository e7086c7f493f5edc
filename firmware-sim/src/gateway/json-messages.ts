import { decodeUtf8, parseBase64, toBase64, utf8 } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import { BANDWIDTH_HZ } from '../radio/kr920.ts'
import type {
  DownlinkItem,
  DownlinkMessage,
  DownlinkTiming,
  GatewayStatsMessage,
  MessageError,
  TxAckMessage,
  UplinkMessage,
} from './messages.ts'
import { TX_STATUS, type TxStatus } from './messages.ts'

/**
 * ChirpStack's gateway protocol in JSON (proto3 JSON by pbjson: camelCase, base64, enums by name), for people who want to
 * read it. ChirpStack takes a message for JSON when it contains the text `"gatewayId"`, and answers that gateway in JSON.
 */
export function looksLikeJson(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('"gatewayId"')
}

const base64 = z.string().transform((text, context) => {
  const bytes = parseBase64(text)
  if (bytes !== null) return bytes
  context.addIssue({ code: 'custom', message: 'base64 expected' })
  return z.NEVER
})
const uint32 = z.number().int().min(0).max(0xffff_ffff)
const lora = z.object({ lora: z.object({ spreadingFactor: uint32.default(0) }) })
const time = z.iso.datetime({ offset: true })

const uplinkFrame = z.object({
  phyPayload: base64,
  txInfo: z.object({ frequency: uint32.default(0), modulation: lora }),
  rxInfo: z.object({
    gatewayId: z.string(),
    uplinkId: uint32.default(0),
    gwTime: time.optional(),
    rssi: z.number().default(0),
    snr: z.number().default(0),
    channel: uint32.default(0),
    context: base64.default(new Uint8Array(0)),
  }),
})

const downlinkFrame = z.object({
  downlinkId: uint32.default(0),
  gatewayId: z.string().default(''),
  items: z
    .array(
      z.object({
        phyPayload: base64,
        txInfo: z.object({
          frequency: uint32.default(0),
          power: z.number().int().default(0),
          modulation: lora,
          timing: z
            .object({
              delay: z.object({ delay: z.string().regex(/^\d{1,6}(\.\d{1,9})?s$/) }).optional(),
              gpsEpoch: z.unknown().optional(),
            })
            .default({}),
          context: base64.default(new Uint8Array(0)),
        }),
      }),
    )
    .min(1),
})

const txAck = z.object({
  gatewayId: z.string().default(''),
  downlinkId: uint32.default(0),
  items: z
    .array(z.object({ status: z.enum(Object.keys(TX_STATUS) as [TxStatus]).default('IGNORED') }))
    .default([]),
})

/** Never throws. */
export function decodeUplinkJson(bytes: Uint8Array): Result<UplinkMessage, MessageError> {
  const parsed = parse(bytes, uplinkFrame)
  if (!parsed.ok) return parsed
  const { phyPayload, txInfo, rxInfo } = parsed.value
  const { gatewayId, uplinkId, rssi, snr, channel, context, gwTime } = rxInfo
  return ok({
    ...{ gatewayId, phyPayload, uplinkId, channel, context },
    frequencyHz: txInfo.frequency,
    spreadingFactor: txInfo.modulation.lora.spreadingFactor,
    rssiDbm: rssi,
    snrDb: snr,
    gatewayTimeMs: gwTime === undefined ? undefined : Date.parse(gwTime),
  })
}

/** Never throws. */
export function decodeDownlinkJson(bytes: Uint8Array): Result<DownlinkMessage, MessageError> {
  const parsed = parse(bytes, downlinkFrame)
  if (!parsed.ok) return parsed
  const { downlinkId, gatewayId, items } = parsed.value
  return ok({
    ...{ downlinkId, gatewayId },
    items: items.map(({ phyPayload, txInfo }): DownlinkItem => {
      const { frequency, power, modulation, timing, context } = txInfo
      return {
        ...{ phyPayload, context },
        frequencyHz: frequency,
        powerDbm: power,
        spreadingFactor: modulation.lora.spreadingFactor,
        timing: timingOf(timing),
      }
    }),
  })
}

function timingOf(timing: { delay?: { delay: string } | undefined; gpsEpoch?: unknown }): DownlinkTiming {
  if (timing.delay !== undefined) {
    return { type: 'delay', delayMs: Math.round(Number.parseFloat(timing.delay.delay) * 1e6) / 1000 }
  }
  return timing.gpsEpoch === undefined ? { type: 'immediately' } : { type: 'gps' }
}

/** Never throws. */
export function decodeTxAckJson(bytes: Uint8Array): Result<TxAckMessage, MessageError> {
  const parsed = parse(bytes, txAck)
  if (!parsed.ok) return parsed
  const { gatewayId, downlinkId, items } = parsed.value
  return ok({ gatewayId, downlinkId, statuses: items.map(({ status }) => status) })
}

export function encodeUplinkJson(message: UplinkMessage): Uint8Array {
  const { gatewayId, uplinkId, channel, gatewayTimeMs } = message
  return encode({
    phyPayload: toBase64(message.phyPayload),
    txInfo: { frequency: message.frequencyHz, modulation: modulation(message.spreadingFactor) },
    rxInfo: {
      gatewayId,
      ...withoutZeros({ uplinkId, rssi: Math.round(message.rssiDbm), snr: message.snrDb, channel }),
      ...(gatewayTimeMs === undefined ? {} : { gwTime: rfc3339(gatewayTimeMs) }),
      context: toBase64(message.context),
      crcStatus: 'CRC_OK',
    },
  })
}

export function encodeDownlinkJson(message: DownlinkMessage): Uint8Array {
  const { downlinkId, gatewayId } = message
  return encode({
    downlinkId,
    items: message.items.map((item) => ({
      phyPayload: toBase64(item.phyPayload),
      txInfo: {
        frequency: item.frequencyHz,
        power: item.powerDbm,
        modulation: modulation(item.spreadingFactor, true),
        timing: timingJson(item.timing),
        context: toBase64(item.context),
      },
    })),
    gatewayId,
  })
}

function timingJson(timing: DownlinkTiming): object {
  if (timing.type === 'delay') return { delay: { delay: `${timing.delayMs / 1000}s` } }
  return timing.type === 'gps' ? { gpsEpoch: {} } : { immediately: {} }
}

export function encodeTxAckJson({ gatewayId, downlinkId, statuses }: TxAckMessage): Uint8Array {
  return encode({ gatewayId, downlinkId, items: statuses.map((status) => ({ status })) })
}

export function encodeStatsJson(message: GatewayStatsMessage): Uint8Array {
  return encode({
    gatewayId: message.gatewayId,
    time: rfc3339(message.timeMs),
    ...withoutZeros({
      rxPacketsReceived: message.received,
      rxPacketsReceivedOk: message.receivedOk,
      txPacketsReceived: message.downlinksReceived,
      txPacketsEmitted: message.downlinksEmitted,
    }),
    rxPacketsPerFrequency: message.receivedPerFrequency,
    txPacketsPerFrequency: message.emittedPerFrequency,
    txPacketsPerStatus: message.downlinksByStatus,
  })
}

export function encodeConnectionStateJson(gatewayId: string, isOnline: boolean): Uint8Array {
  return encode({ gatewayId, state: isOnline ? 'ONLINE' : 'OFFLINE' })
}

function modulation(spreadingFactor: number, isInverted = false): object {
  const parameters = { bandwidth: BANDWIDTH_HZ, spreadingFactor, codeRate: 'CR_4_5' }
  return { lora: isInverted ? { ...parameters, polarizationInversion: true } : parameters }
}

/** Proto3 JSON leaves default values out. */
function withoutZeros(values: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== 0))
}

function rfc3339(unixMs: number): string {
  return new Date(unixMs).toISOString()
}

function encode(value: object): Uint8Array {
  return utf8(JSON.stringify(value))
}

function parse<T>(bytes: Uint8Array, schema: z.ZodType<T>): Result<T, MessageError> {
  let value: unknown
  try {
    value = JSON.parse(decodeUtf8(bytes))
  } catch {
    return err('gateway-message-malformed', 'not JSON')
  }
  const checked = schema.safeParse(value)
  return checked.success
    ? ok(checked.data)
    : err('gateway-message-malformed', z.prettifyError(checked.error).slice(0, 200))
}
