import type { Result } from '@hanpyo/protocol/result.ts'
import * as json from './json-messages.ts'
import * as protobuf from './messages.ts'

/** How one gateway and its server write to each other. */
export interface MessageFormat {
  encodeUplink(message: protobuf.UplinkMessage): Uint8Array
  encodeDownlink(message: protobuf.DownlinkMessage): Uint8Array
  encodeTxAck(message: protobuf.TxAckMessage): Uint8Array
  encodeStats(message: protobuf.GatewayStatsMessage): Uint8Array
  encodeConnectionState(gatewayId: string, isOnline: boolean): Uint8Array
  decodeUplink(bytes: Uint8Array): Result<protobuf.UplinkMessage, protobuf.MessageError>
  decodeDownlink(bytes: Uint8Array): Result<protobuf.DownlinkMessage, protobuf.MessageError>
  decodeTxAck(bytes: Uint8Array): Result<protobuf.TxAckMessage, protobuf.MessageError>
}

/** What real forwarders send. */
export const PROTOBUF_FORMAT: MessageFormat = protobuf

/** For reading along. */
export const JSON_FORMAT: MessageFormat = {
  encodeUplink: json.encodeUplinkJson,
  encodeDownlink: json.encodeDownlinkJson,
  encodeTxAck: json.encodeTxAckJson,
  encodeStats: json.encodeStatsJson,
  encodeConnectionState: json.encodeConnectionStateJson,
  decodeUplink: json.decodeUplinkJson,
  decodeDownlink: json.decodeDownlinkJson,
  decodeTxAck: json.decodeTxAckJson,
}

/** The format of a message, told from its bytes as ChirpStack does. */
export function formatOf(bytes: Uint8Array): MessageFormat {
  return json.looksLikeJson(bytes) ? JSON_FORMAT : PROTOBUF_FORMAT
}
