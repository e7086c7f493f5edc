import pg from 'pg'

/**
 * Why a server and the bridge do not come together, for reasons that waiting does not change. `database-password`: wrong, or
 * none is set. `database-login`: pg_hba.conf, role or database. `database-tls`: a certificate, a name in it, or no TLS at all.
 */
export type Refusal = 'database-password' | 'database-login' | 'database-tls'

/**
 * What a failed connection says of itself: SQLSTATE of the server
 * (https://www.postgresql.org/docs/15/errcodes-appendix.html), codes of Node's TLS, words of the client. `undefined` for what
 * may pass: nobody there, a server that starts or has no connection left.
 */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof pg.DatabaseError) {
    if (error.code === '28P01') return 'database-password'
    return ['28000', '3D000', '42501'].includes(error.code ?? '') ? 'database-login' : undefined
  }
  if (!(error instanceof Error)) return undefined
  const { code = '', message } = error as NodeJS.ErrnoException
  if (/^SASL: .*client password must be/.test(message)) return 'database-password'
  // A server that does not know the password either cannot sign with it.
  if (message.startsWith('SASL: ') || message.startsWith('The server does not support SSL'))
    return 'database-tls'
  return /CERT|^UNABLE_TO_|^INVALID_(CA|PURPOSE)$|^ERR_(TLS|SSL|OSSL)_/.test(code)
    ? 'database-tls'
    : undefined
}

/** In words; a name with several addresses fails with one error for each of them, and none of its own. */
export function messageOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === '')
    return [...new Set(cause.errors.map(messageOf))].join(', ')
  return cause instanceof Error ? cause.message : String(cause)
}
