import { GatewayServiceService } from '@chirpstack/chirpstack-api/api/gateway_grpc_pb.js'
import gatewayPb from '@chirpstack/chirpstack-api/api/gateway_pb.js'
import type { ChirpStack } from './connection.ts'
import { compareKey, readFacts } from './devices.ts'
import { setFields } from './fields.ts'

/**
 * Why a join-request was not answered. A modem only says that nobody did; ChirpStack knows more.
 * - `join-device-unknown`: no such DevEUI in our application
 * - `join-device-disabled`
 * - `join-key-missing`, `join-key-differs`: the MIC fails
 * - `join-no-gateway`: no gateway of the tenant is online
 * - `join-nonce-used`: registered and keyed alike, and it has joined before: the modem counts its DevNonce from the beginning
 * - `join-out-of-reach`: all is well at the server, which never heard of the device
 * - `join-unanswered`: the server could not be asked
 */
export type JoinDiagnosis =
  | 'join-device-unknown'
  | 'join-device-disabled'
  | 'join-key-missing'
  | 'join-key-differs'
  | 'join-no-gateway'
  | 'join-nonce-used'
  | 'join-out-of-reach'
  | 'join-unanswered'

export async function diagnoseJoin(
  server: ChirpStack,
  device: { readonly devEui: string; readonly appKey: string },
  home: { readonly tenantId: string | undefined; readonly applicationId: string | undefined },
): Promise<JoinDiagnosis> {
  const facts = await readFacts(server, device.devEui, home.applicationId)
  if (!facts.ok) return 'join-unanswered'
  if (facts.value === null || !facts.value.isInOurApplication) return 'join-device-unknown'
  if (facts.value.isDisabled) return 'join-device-disabled'
  const key = await compareKey(server, device.devEui, device.appKey)
  if (!key.ok) return 'join-unanswered'
  if (key.value === null) return 'join-key-missing'
  if (key.value === 'other') return 'join-key-differs'
  const online = await countOnlineGateways(server, home.tenantId)
  if (online === undefined) return 'join-unanswered'
  if (online === 0) return 'join-no-gateway'
  const hasJoined = facts.value.isActivated || facts.value.lastSeenMs !== undefined
  return hasJoined ? 'join-nonce-used' : 'join-out-of-reach'
}

/** Gateways that reported lately; undefined when the server does not say. */
export async function countOnlineGateways(
  server: ChirpStack,
  tenantId: string | undefined,
): Promise<number | undefined> {
  const request = setFields(new gatewayPb.ListGatewaysRequest(), { limit: 100, tenantId: tenantId ?? '' })
  const list = await server.call(GatewayServiceService.list, request)
  if (!list.ok) return undefined
  return list.value.getResultList().filter((one) => one.getState() === gatewayPb.GatewayState.ONLINE).length
}
