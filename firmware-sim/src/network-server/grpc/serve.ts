import grpc from '@grpc/grpc-js'
import type { Logger } from '@hanpyo/platform/logger.ts'
import type { Caller } from './access.ts'
import { fitsService } from './request-shapes.ts'
import type { Outcome, StatusCode } from './status.ts'
import { readAuthorization } from './tokens.ts'

/** One method: request in, response or refusal out. It never throws for what a client sends. */
export type Method<Request = never, Response = unknown> = (
  request: Request,
  caller: Caller,
) => Promise<Outcome<Response>>

export interface GrpcService {
  readonly definition: grpc.ServiceDefinition
  /** By the definition's method names; whatever is missing answers UNIMPLEMENTED. */
  readonly methods: Readonly<Record<string, Method>>
}

export interface GrpcEndpoint {
  /** `127.0.0.1:port`. */
  readonly address: string
  close(): void
}

/** A device profile with a codec script is the longest request there is. */
const MAX_REQUEST_BYTES = 256 * 1024

const CODES: Readonly<Record<StatusCode, grpc.status>> = {
  'invalid-argument': grpc.status.INVALID_ARGUMENT,
  'not-found': grpc.status.NOT_FOUND,
  unauthenticated: grpc.status.UNAUTHENTICATED,
  internal: grpc.status.INTERNAL,
  unimplemented: grpc.status.UNIMPLEMENTED,
}

/** Serves on loopback without TLS, as ChirpStack does behind its proxy. Rejects when the port cannot be had. */
export async function serveGrpc(options: {
  services: readonly GrpcService[]
  port: number
  tokens: { readonly secret: string }
  now: () => number
  log: Logger
}): Promise<GrpcEndpoint> {
  const server = new grpc.Server({ 'grpc.max_receive_message_length': MAX_REQUEST_BYTES })
  for (const { definition, methods } of options.services) {
    server.addService(guarded(definition), implementation(definition, methods, options))
  }
  const host = '127.0.0.1'
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${options.port}`, grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    )
  })
  return { address: `${host}:${port}`, close: () => server.forceShutdown() }
}

/** google-protobuf must not see requests that are longer inside than outside (`gateway/wire-shape.ts` says why). */
function guarded(definition: grpc.ServiceDefinition): grpc.ServiceDefinition {
  return Object.fromEntries(
    Object.entries(definition).map(([name, method]) => [
      name,
      {
        ...method,
        requestDeserialize: (bytes: Buffer) => {
          if (!fitsService(method.path, bytes)) throw new Error('the request is not a protobuf message')
          return method.requestDeserialize(bytes)
        },
      },
    ]),
  )
}

function implementation(
  definition: grpc.ServiceDefinition,
  methods: GrpcService['methods'],
  options: { tokens: { readonly secret: string }; now: () => number; log: Logger },
): grpc.UntypedServiceImplementation {
  const handlers = Object.entries(definition).map(([name, { path, responseStream }]) => {
    const method = methods[name]
    if (responseStream || method === undefined) return [name, refuse(path)] as const
    const unary: grpc.handleUnaryCall<never, unknown> = (call, callback) => {
      const authorization = call.metadata.get('authorization')[0]?.toString()
      const identity = readAuthorization(authorization, {
        secret: options.tokens.secret,
        nowMs: options.now(),
      })
      if (!identity.ok) return callback(statusOf(identity))
      method(call.request, identity.value).then(
        (outcome) => (outcome.ok ? callback(null, outcome.value) : callback(statusOf(outcome))),
        (error) => {
          options.log.error('grpc-method-failed', { path, error })
          callback({ code: grpc.status.INTERNAL, details: 'the stand-in network server failed; see its log' })
        },
      )
    }
    return [name, unary] as const
  })
  return Object.fromEntries(handlers) as grpc.UntypedServiceImplementation
}

/** Plain words for what the stand-in leaves out, for unary calls and streams alike. */
function refuse(path: string): grpc.UntypedHandleCall {
  const status = {
    code: grpc.status.UNIMPLEMENTED,
    details: `${path} is not part of the stand-in network server; ChirpStack itself has it`,
  }
  const handler = (
    call: { emit(event: 'error', status: object): void },
    callback?: (status: object) => void,
  ) => (callback === undefined ? call.emit('error', status) : callback(status))
  return handler as grpc.UntypedHandleCall
}

function statusOf(refusal: { error: StatusCode; detail?: string }): { code: grpc.status; details: string } {
  return { code: CODES[refusal.error], details: refusal.detail ?? '' }
}
