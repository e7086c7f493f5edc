import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import { Aedes, type Client } from 'aedes'
import type { Logger } from '../logger.ts'
import { type BrokerAcl, mayRead, maySubscribe, mayWrite } from './acl.ts'
import type { Broker, BrokerOptions } from './broker.ts'

const NO_RIGHTS: BrokerAcl = { patterns: [], users: {} }

/**
 * The embedded fallback: MQTT 3.1.1, sessions in memory (a restart forgets them), the same ACL as mosquitto's.
 */
export async function startAedes(options: BrokerOptions, log: Logger): Promise<Broker> {
  const { host = '127.0.0.1', tls, plainPort, acl = NO_RIGHTS } = options
  const identities = new WeakMap<Client, string | null>()
  const may = (client: Client | null, allowed: (identity: string) => boolean) => {
    const identity = client === null ? null : identities.get(client)
    // `null` is the plain listener; a client nobody looked at has no rights.
    return identity === null || (identity !== undefined && allowed(identity))
  }
  const aedes = await Aedes.createBroker({
    queueLimit: 10_000,
    preConnect(client, _packet, done) {
      const identity = identityOf(client)
      if (identity !== undefined) identities.set(client, identity)
      done(null, identity !== undefined)
    },
    authorizePublish(client, packet, done) {
      if (may(client, (identity) => mayWrite(acl, identity, packet.topic))) return done(null)
      log.warn('broker-publish-refused', { client: client?.id, topic: packet.topic })
      done(new Error('not authorised'))
    },
    authorizeSubscribe(client, subscription, done) {
      if (may(client, (identity) => maySubscribe(acl, identity, subscription.topic)))
        return done(null, subscription)
      log.warn('broker-subscribe-refused', { client: client.id, topic: subscription.topic })
      done(null, null)
    },
    authorizeForward: (client, packet) =>
      may(client, (identity) => mayRead(acl, identity, packet.topic)) ? packet : null,
  })
  aedes.on('clientError', (client, error) => log.debug('broker-client-error', { client: client.id, error }))
  aedes.on('connectionError', (_client, error) => log.debug('broker-connection-error', { error }))

  const sockets = new Set<Socket>()
  const accept = (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', (error) => log.debug('broker-socket-error', { error }))
    aedes.handle(socket)
  }
  const servers: Server[] = []
  const open = async (server: Server, port: number, address: string) => {
    servers.push(server)
    await new Promise<void>((done, reject) => {
      server.once('error', reject)
      server.listen(port, address, done)
    })
    return (server.address() as AddressInfo).port
  }
  const exited = Promise.withResolvers<{ expected: boolean; detail: string }>()
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    await Promise.all(servers.map((server) => new Promise((done) => server.close(done))))
    await new Promise<void>((done) => aedes.close(done))
    exited.resolve({ expected: true, detail: 'aedes closed' })
  }
  try {
    const tlsPort =
      tls === undefined
        ? undefined
        : await open(
            createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: true, noDelay: true }, accept),
            tls.port ?? 0,
            host,
          )
    const plain =
      plainPort === undefined
        ? undefined
        : await open(createServer({ noDelay: true }, accept), plainPort, '127.0.0.1')
    return {
      kind: 'aedes',
      mqttVersion: 4,
      url: tlsPort === undefined ? undefined : `mqtts://${host}:${tlsPort}`,
      plainUrl: plain === undefined ? undefined : `mqtt://127.0.0.1:${plain}`,
      pid: undefined,
      exited: exited.promise,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The certificate's common name; `null` on the plain listener; `undefined` when there is no usable certificate. */
function identityOf(client: Client): string | null | undefined {
  const { conn } = client
  if (!(conn instanceof TLSSocket)) return null
  const name = conn.authorized ? conn.getPeerCertificate().subject?.CN : undefined
  return typeof name === 'string' && name !== '' ? name : undefined
}
