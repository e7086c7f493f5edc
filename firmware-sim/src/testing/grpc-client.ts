import { ApplicationServiceService } from '@chirpstack/chirpstack-api/api/application_grpc_pb.js'
import { DeviceServiceService } from '@chirpstack/chirpstack-api/api/device_grpc_pb.js'
import { DeviceProfileServiceService } from '@chirpstack/chirpstack-api/api/device_profile_grpc_pb.js'
import { FuotaServiceService } from '@chirpstack/chirpstack-api/api/fuota_grpc_pb.js'
import { GatewayServiceService } from '@chirpstack/chirpstack-api/api/gateway_grpc_pb.js'
import { InternalServiceService } from '@chirpstack/chirpstack-api/api/internal_grpc_pb.js'
import { MulticastGroupServiceService } from '@chirpstack/chirpstack-api/api/multicast_group_grpc_pb.js'
import { RelayServiceService } from '@chirpstack/chirpstack-api/api/relay_grpc_pb.js'
import { TenantServiceService } from '@chirpstack/chirpstack-api/api/tenant_grpc_pb.js'
import { UserServiceService } from '@chirpstack/chirpstack-api/api/user_grpc_pb.js'
import grpc from '@grpc/grpc-js'

/** Every service definition of the API package that the server still has. */
export const DEFINITIONS = {
  Tenant: TenantServiceService,
  Application: ApplicationServiceService,
  DeviceProfile: DeviceProfileServiceService,
  Device: DeviceServiceService,
  Gateway: GatewayServiceService,
  Internal: InternalServiceService,
  User: UserServiceService,
  MulticastGroup: MulticastGroupServiceService,
  Relay: RelayServiceService,
  Fuota: FuotaServiceService,
} as unknown as Readonly<Record<string, grpc.ServiceDefinition>>

/** What a call gave: the code's name, its text, and the response when the code is OK. */
export interface Answer {
  readonly code: string
  readonly details: string
  // biome-ignore lint/suspicious/noExplicitAny: generated response classes have no common type.
  readonly response: any
}

/** Calls one method with raw request bytes. */
export type RawCall = (method: string, request?: Uint8Array) => Promise<Answer>

/** Calls over one connection: `call('Device/Create', bytes)`. */
export function connectGrpc(address: string, token?: string): { call: RawCall; close(): void } {
  const client = new grpc.Client(address, grpc.credentials.createInsecure())
  const metadata = new grpc.Metadata()
  if (token !== undefined) metadata.set('authorization', `Bearer ${token}`)
  return {
    close: () => client.close(),
    call: (method, request = new Uint8Array(0)) => {
      const [service, name] = method.split('/') as [string, string]
      const definition = DEFINITIONS[service]![`${name[0]!.toLowerCase()}${name.slice(1)}`]!
      const bytes = Buffer.from(request)
      return new Promise((resolve) => {
        const done = (error: grpc.ServiceError | null, response?: unknown) =>
          resolve({
            code: grpc.status[error?.code ?? grpc.status.OK]!,
            details: error?.details ?? '',
            response,
          })
        if (definition.responseStream) {
          const stream = client.makeServerStreamRequest(
            definition.path,
            (one: Buffer) => one,
            definition.responseDeserialize,
            bytes,
            metadata,
          )
          stream.on('error', (error) => done(error as grpc.ServiceError))
          stream.on('data', () => done(null))
          return
        }
        client.makeUnaryRequest(
          definition.path,
          (one: Buffer) => one,
          definition.responseDeserialize,
          bytes,
          metadata,
          done,
        )
      })
    },
  }
}
