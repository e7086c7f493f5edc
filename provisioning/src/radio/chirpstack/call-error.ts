import grpc from '@grpc/grpc-js'
import { err, type Result } from '@hanpyo/protocol/result.ts'

/**
 * What a refused call means. ChirpStack 4.19 has neither PERMISSION_DENIED nor ALREADY_EXISTS: a missing right is
 * UNAUTHENTICATED without a text (so is an object that does not exist, for a key of a tenant), a second object with the
 * same key is INTERNAL with a sentence of the database.
 * - `chirpstack-unreachable`: nobody answered; nothing was changed
 * - `chirpstack-tls`: somebody answered whom we do not trust, or without TLS; the token was not sent
 * - `chirpstack-slow`: no answer within the deadline; a change may have been made
 * - `not-chirpstack`: something else answers there
 * - `chirpstack-token-refused`, `chirpstack-token-expired`: the token is not of this server, or no longer
 * - `chirpstack-forbidden`: no right to it, or it does not exist
 * - `chirpstack-not-found`, `chirpstack-duplicate`, `chirpstack-reference`, `chirpstack-invalid`, `chirpstack-failed`
 */
export type CallError =
  | 'chirpstack-unreachable'
  | 'chirpstack-tls'
  | 'chirpstack-slow'
  | 'not-chirpstack'
  | 'chirpstack-token-refused'
  | 'chirpstack-token-expired'
  | 'chirpstack-forbidden'
  | 'chirpstack-not-found'
  | 'chirpstack-duplicate'
  | 'chirpstack-reference'
  | 'chirpstack-invalid'
  | 'chirpstack-failed'

const TLS_TROUBLE =
  /certificate|SSL|TLS|EPROTO|wrong version number|altnames|self.signed|CERT_|unable to (?:get|verify)/i
/** SQLite and PostgreSQL. */
const DUPLICATE = /UNIQUE constraint failed|duplicate key value/i
const DANGLING = /FOREIGN KEY constraint failed|violates foreign key|Record not found/i
const MALFORMED = /Odd number of digits|Invalid string length|Invalid character/i

/** Reads the status of a failed call. The detail is what the server said, which never holds a token or key of ours. */
export function readStatus(error: {
  readonly code?: number
  readonly details?: string
}): Result<never, CallError> {
  const { code, details = '' } = error
  const { status } = grpc
  switch (code) {
    case status.UNAVAILABLE:
      return err(TLS_TROUBLE.test(details) ? 'chirpstack-tls' : 'chirpstack-unreachable', details)
    case status.DEADLINE_EXCEEDED:
      return err('chirpstack-slow', details)
    case status.UNAUTHENTICATED:
      if (/Expired/i.test(details)) return err('chirpstack-token-expired')
      return details === '' ? err('chirpstack-forbidden') : err('chirpstack-token-refused', details)
    case status.PERMISSION_DENIED:
      return err('chirpstack-forbidden', details)
    case status.NOT_FOUND:
      return err('chirpstack-not-found', details)
    case status.ALREADY_EXISTS:
      return err('chirpstack-duplicate', details)
    case status.INVALID_ARGUMENT:
      return err('chirpstack-invalid', details)
    case status.UNIMPLEMENTED:
    case status.UNKNOWN:
    case status.CANCELLED:
      return err('not-chirpstack', details)
    case status.INTERNAL:
      if (DUPLICATE.test(details)) return err('chirpstack-duplicate', details)
      if (DANGLING.test(details)) return err('chirpstack-reference', details)
      return err(MALFORMED.test(details) ? 'chirpstack-invalid' : 'chirpstack-failed', details)
    default:
      return err('chirpstack-failed', details)
  }
}
