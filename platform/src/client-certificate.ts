/** What a TLS server makes of the certificate that a client showed. */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

/**
 * Why a client is not known by its certificate:
 * - `certificate-missing`: it showed none
 * - `certificate-revoked`: its authority has taken it back
 * - `certificate-expired`, `certificate-not-yet-valid`: by the time of this machine
 * - `certificate-foreign`: another authority, or nobody, has signed it
 * - `certificate-unusable`: it is not for clients, or broken
 * - `revocation-list-unusable`: nobody can be told from those who were revoked; the operator has to act
 * - `connection-too-old`: the connection is older than the certificates and lists that the server has read since
 */
export type CertificateProblem =
  | 'certificate-missing'
  | 'certificate-revoked'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'certificate-foreign'
  | 'certificate-unusable'
  | 'revocation-list-unusable'
  | 'connection-too-old'

/** A common name that counts, or why there is none. */
export type ClientCertificate = { readonly commonName: string } | { readonly problem: CertificateProblem }

/** OpenSSL's verification errors (openssl-verification-options(1)) by what they mean to the one who is refused. */
const PROBLEMS: Readonly<Record<string, CertificateProblem>> = {
  CERT_REVOKED: 'certificate-revoked',
  CERT_HAS_EXPIRED: 'certificate-expired',
  CERT_NOT_YET_VALID: 'certificate-not-yet-valid',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate-foreign',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate-foreign',
  UNABLE_TO_GET_ISSUER_CERT: 'certificate-foreign',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate-foreign',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate-foreign',
  CERT_SIGNATURE_FAILURE: 'certificate-foreign',
  UNABLE_TO_GET_CRL: 'revocation-list-unusable',
  CRL_HAS_EXPIRED: 'revocation-list-unusable',
  CRL_NOT_YET_VALID: 'revocation-list-unusable',
  CRL_SIGNATURE_FAILURE: 'revocation-list-unusable',
}

/** What a handshake found. */
export type ShownCertificate =
  | { readonly commonName: string; readonly endsMs: number }
  | { readonly problem: CertificateProblem }

/** Right after the first handshake: TLS 1.2 lets a client show another certificate later, which nobody would judge. */
export function shownCertificate(socket: TLSSocket): ShownCertificate {
  const shown = socket.getPeerCertificate()
  if (shown?.raw === undefined) return { problem: 'certificate-missing' }
  if (!socket.authorized) {
    const code = String(socket.authorizationError)
    return { problem: PROBLEMS[code] ?? 'certificate-unusable' }
  }
  const name: unknown = shown.subject?.CN
  const endsMs = Date.parse(shown.valid_to)
  if (typeof name !== 'string' || Number.isNaN(endsMs)) return { problem: 'certificate-unusable' }
  return { commonName: name, endsMs }
}

/** What counts now: a connection may outlive its certificate. */
export function clientCertificate(shown: ShownCertificate, now: Date): ClientCertificate {
  if ('problem' in shown) return shown
  return shown.endsMs < now.getTime() ? { problem: 'certificate-expired' } : { commonName: shown.commonName }
}

/** Tells connections that began before the newest certificates and lists from those that were judged by them. */
export interface ConnectionAges {
  /** New certificates are in use from now on. */
  renewed(): void
  isCurrent(socket: Ends): boolean
}

type Ends = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress' | 'localPort'>

/**
 * Counted from the TCP connection on: a handshake that is under way during a renewal goes by the old lists. A TLS socket has the addresses
 * and ports of the connection below it, which no other open connection has: all four, because a client may use one port of its own
 * towards two addresses of this machine.
 */
export function watchConnectionAges(server: Server): ConnectionAges {
  let generation = 0
  const open = new Map<string, { readonly generation: number }>()
  server.prependListener('connection', (socket: Socket) => {
    const key = endsOf(socket)
    const born = { generation }
    open.set(key, born)
    socket.once('close', () => {
      if (open.get(key) === born) open.delete(key)
    })
  })
  return {
    renewed: () => void generation++,
    isCurrent: (socket) => open.get(endsOf(socket))?.generation === generation,
  }
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Ends): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`
}
