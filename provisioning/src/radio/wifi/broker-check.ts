import { connect as connectTls, type TLSSocket } from 'node:tls'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { connackReason, connectPacket, subackReason, subscribePacket } from './mqtt-packets.ts'

/**
 * - `broker-url`: not `mqtts://host:port`
 * - `broker-unreachable`, `broker-name-unknown`, `broker-slow`
 * - `broker-not-tls`: something answers, but not TLS
 * - `broker-certificate-foreign`: not of the given authority
 * - `broker-certificate-name`: of another host
 * - `broker-certificate-dates`: expired or not yet valid, seen with this machine's clock
 * - `client-certificate-refused`: the broker does not take ours
 * - `broker-refused`: it answered CONNECT with a refusal, which the detail names
 * - `broker-topic-refused`: connected, but may not hear the topic of this kiosk
 */
export type BrokerError =
  | 'broker-url'
  | 'broker-unreachable'
  | 'broker-name-unknown'
  | 'broker-slow'
  | 'broker-not-tls'
  | 'broker-certificate-foreign'
  | 'broker-certificate-name'
  | 'broker-certificate-dates'
  | 'client-certificate-refused'
  | 'broker-refused'
  | 'broker-topic-refused'

export interface BrokerCheck {
  readonly url: string
  /** PEM texts. */
  readonly ca: string
  readonly cert: string
  readonly key: string
  readonly mqttVersion: 4 | 5
  /** A connection of the same id would throw a running kiosk out: not the kiosk's own. */
  readonly clientId: string
  /** What the kiosk has to be allowed to hear. */
  readonly topic: string
  /** Real ms for the whole check, default 8,000. */
  readonly timeoutMs?: number
}

export interface BrokerFacts {
  /** Unix ms. */
  readonly certificateEndsMs: number
  readonly tlsVersion: string
}

const MOST_BYTES = 4_096

/**
 * Does what the kiosk will do: TLS with both certificates, CONNECT, SUBSCRIBE to its own topic. Nothing is published, and the session
 * ends with the connection.
 */
export async function checkBroker(check: BrokerCheck): Promise<Result<BrokerFacts, BrokerError>> {
  const url = URL.parse(check.url)
  if (url === null || url.protocol !== 'mqtts:' || url.hostname === '') return err('broker-url', check.url)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const socket = connectTls({
    host,
    port: url.port === '' ? 8883 : Number(url.port),
    servername: /^[0-9.]+$|:/.test(host) ? '' : host,
    ca: check.ca,
    cert: check.cert,
    key: check.key,
    minVersion: 'TLSv1.2',
  })
  const conversation = new Promise<Result<BrokerFacts, BrokerError>>((resolve) =>
    converse(socket, check, resolve),
  )
  const timer = setTimeout(() => socket.destroy(new Error('no answer in time')), check.timeoutMs ?? 8_000)
  try {
    return await conversation
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

function converse(
  socket: TLSSocket,
  check: BrokerCheck,
  resolve: (result: Result<BrokerFacts, BrokerError>) => void,
): void {
  let received = new Uint8Array(0)
  let isSecure = false
  let facts: BrokerFacts | undefined
  let isConnected = false
  socket.on('secureConnect', () => {
    isSecure = true
    const certificateEndsMs = Date.parse(socket.getPeerCertificate().valid_to)
    facts = { certificateEndsMs, tlsVersion: socket.getProtocol() ?? '' }
    socket.write(connectPacket(check))
  })
  socket.on('data', (bytes) => {
    received = new Uint8Array(Buffer.concat([received, bytes]))
    if (received.length > MOST_BYTES) return resolve(err('broker-refused', 'an answer that is not MQTT'))
    if (!isConnected) {
      const reason = connackReason(received)
      if (reason === undefined) return
      if (reason !== 0) return resolve(err('broker-refused', describeRefusal(reason)))
      isConnected = true
      received = new Uint8Array(0)
      socket.write(subscribePacket(check))
      return
    }
    const granted = subackReason(received, check.mqttVersion)
    if (granted === undefined) return
    resolve(granted < 0x80 ? ok(facts!) : err('broker-topic-refused', check.topic))
  })
  // TLS 1.3: the server looks at our certificate after its own part of the handshake is over.
  socket.on('error', (error: NodeJS.ErrnoException) => resolve(explain(error, isSecure, isConnected)))
  socket.on('close', () => {
    resolve(isSecure ? closedEarly(isConnected) : err('broker-unreachable', 'the connection was closed'))
  })
}

function closedEarly(isConnected: boolean): Result<never, BrokerError> {
  return isConnected
    ? err('broker-topic-refused', 'the broker closed the connection')
    : err('client-certificate-refused', 'the broker closed the connection')
}

function explain(
  error: NodeJS.ErrnoException,
  isSecure: boolean,
  isConnected: boolean,
): Result<never, BrokerError> {
  const { code = '', message } = error
  if (message === 'no answer in time') return err('broker-slow')
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return err('broker-name-unknown', message)
  if (
    /ALERT_(CERTIFICATE|BAD_CERTIFICATE|UNKNOWN_CA|HANDSHAKE)|alert (certificate|bad|unknown ca|handshake)/i.test(
      `${code} ${message}`,
    )
  )
    return err('client-certificate-refused', message)
  if (isSecure) return closedEarly(isConnected)
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return err('broker-certificate-dates', code)
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return err('broker-certificate-name', message)
  if (/SELF_SIGNED|UNABLE_TO|CERT_|UNSPECIFIED/.test(code)) return err('broker-certificate-foreign', code)
  if (/SSL|EPROTO/.test(code)) return err('broker-not-tls', code)
  return err('broker-unreachable', message)
}

/** CONNACK codes of MQTT 3.1.1 (1..5) and MQTT 5 (from 0x80). */
function describeRefusal(reason: number): string {
  const names: Readonly<Record<number, string>> = {
    1: 'unacceptable protocol version',
    2: 'client id rejected',
    3: 'server unavailable',
    4: 'bad user name or password',
    5: 'not authorised',
    132: 'unsupported protocol version',
    133: 'client id not valid',
    134: 'bad user name or password',
    135: 'not authorised',
    136: 'server unavailable',
    138: 'banned',
  }
  return names[reason] ?? `reason code ${reason}`
}
