import { type Logger, silentLogger } from '../logger.ts'
import type { BrokerAcl } from './acl.ts'
import { startAedes } from './aedes-broker.ts'
import { findMosquitto, startMosquitto } from './mosquitto.ts'

export interface BrokerOptions {
  /** `auto` takes mosquitto when it is installed, otherwise the embedded aedes. */
  readonly kind: 'mosquitto' | 'aedes' | 'auto'
  /** Where mosquitto keeps its configuration and its message store; created when missing. */
  readonly dir: string
  readonly host?: string
  /**
   * A listener where every client must show a certificate of `ca` (PEM texts); its common name is the identity
   * the ACL looks at. Without `port` a free one is taken. Needs `acl`.
   */
  readonly tls?: {
    readonly ca: string
    readonly cert: string
    readonly key: string
    readonly port?: number
    /** Revoked certificates (PEM); mosquitto only. A list that changes in `<dir>/crl.pem` is read on SIGHUP. */
    readonly crl?: string
  }
  readonly acl?: BrokerAcl
  /** A listener on 127.0.0.1 without certificate and without ACL, for services of this machine. 0 takes a free port. */
  readonly plainPort?: number
  readonly log?: Logger
}

export interface Broker {
  readonly kind: 'mosquitto' | 'aedes'
  /** The newest protocol it speaks: 5 (mosquitto) or 4, which is 3.1.1 (aedes). */
  readonly mqttVersion: 4 | 5
  /** `mqtts://…`; undefined without a TLS listener. */
  readonly url: string | undefined
  /** `mqtt://…`; undefined without a plain listener. */
  readonly plainUrl: string | undefined
  /** The broker's process; undefined when embedded. */
  readonly pid: number | undefined
  /** Resolves when the broker is gone, with its last log lines when nobody asked for it. */
  readonly exited: Promise<{ readonly expected: boolean; readonly detail: string }>
  close(): Promise<void>
}

/** Starts a broker and resolves when it accepts connections. Rejects with the broker's own words when it cannot. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  if (options.tls !== undefined && options.acl === undefined) throw new RangeError('"tls" needs "acl"')
  if (options.tls === undefined && options.plainPort === undefined) {
    throw new RangeError('a broker needs "tls" or "plainPort"')
  }
  const log = (options.log ?? silentLogger).child({ part: 'broker' })
  const command = options.kind === 'aedes' ? undefined : await findMosquitto()
  if (options.kind === 'mosquitto' && command === undefined) {
    throw new Error('mosquitto is not installed (looked in PATH and /usr/sbin)')
  }
  const broker =
    command === undefined ? await startAedes(options, log) : await startMosquitto(command, options, log)
  log.info('broker-started', { kind: broker.kind, url: broker.url, plainUrl: broker.plainUrl })
  return broker
}
