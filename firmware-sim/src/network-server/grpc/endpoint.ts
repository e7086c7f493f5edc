import { join, resolve } from 'node:path'
import type { Clock } from '@hanpyo/platform/clock.ts'
import { writeDurable } from '@hanpyo/platform/durable-file.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import type { GatewayRegister, NetworkServer } from '../server.ts'
import type { RegisteredDevice, ServerSettings } from '../types.ts'
import { openRegistration } from './registration.ts'
import { registryFile } from './registry.ts'
import type { GrpcEndpoint } from './serve.ts'

export interface GrpcSettings {
  readonly port: number
  readonly adminPassword: string
  readonly tokenFile?: string | undefined
}

/**
 * Who is registered with the network server: what the configuration says and, with gRPC, what was registered through
 * it in this run and earlier ones (`registry.json` beside the devices' records).
 */
export async function openServerRegistration(options: {
  grpc: GrpcSettings | undefined
  directory: string
  settings: ServerSettings
  devices: readonly RegisteredDevice[]
  gateways: readonly string[]
  clock: Clock
  log: Logger
}): Promise<{
  readonly registered: { readonly devices: readonly RegisteredDevice[]; readonly gateways?: GatewayRegister }
  serve(server: NetworkServer): Promise<GrpcEndpoint | undefined>
}> {
  const { grpc, directory, settings, devices, gateways, clock, log } = options
  if (grpc === undefined) return { registered: { devices }, serve: async () => undefined }
  const registration = await openRegistration({
    store: registryFile(join(directory, 'registry.json')),
    random: nodeRandom,
    settings,
    devices,
    gateways,
    clock,
  })
  return {
    registered: { devices: registration.devices, gateways: registration.gateways },
    async serve(server) {
      const { port, adminPassword, tokenFile } = grpc
      const endpoint = await registration.serve(server, { port, adminPassword, log })
      if (tokenFile !== undefined) {
        const token = await registration.createAdminToken('configured')
        await writeDurable(resolve(tokenFile), `${token}\n`, { mode: 0o600 })
      }
      log.info('grpc-listening', { address: endpoint.address })
      return endpoint
    },
  }
}
