import { readFileSync } from 'node:fs'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'

/** One server of the cluster, in the words of `pg`. */
export interface PostgresTarget {
  /** Name, address, or the folder of a Unix socket. */
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
  readonly password?: string
  readonly ssl?: PostgresTls
}

export interface PostgresTls {
  readonly rejectUnauthorized: boolean
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  /** For `verify-ca`: any name in a certificate of that authority will do. */
  readonly checkServerIdentity?: () => undefined
}

const DEFAULT_PORT = 5432
const PATTERN =
  /^postgres(?:ql)?:\/\/(?:(?<who>[^@/?]*)@)?(?<hosts>[^/?]*)\/(?<database>[^/?]*)(?:\?(?<query>.*))?$/
const KNOWN = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey']

/**
 * Reads `postgresql://user[:password]@host[:port][,host[:port]…]/database[?sslmode=…]` as libpq does, several hosts included
 * (https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-CONNSTRING, 34.1.1.3). A host is a name, an IPv4 address,
 * an IPv6 address in brackets or a percent-encoded absolute path to the folder of a Unix socket. `sslmode` is `disable`,
 * `verify-ca` or `verify-full`; `sslrootcert`, `sslcert` and `sslkey` are paths of PEM files. Without `sslmode` a name or
 * address is spoken to over TLS and checked in full when it is not of this machine.
 *
 * @param password from a file; a password in the URL is refused beside it
 */
export function parsePostgresUrl(url: string, password?: string): Result<PostgresTarget[], 'postgres-url'> {
  const groups = PATTERN.exec(url)?.groups
  if (groups === undefined) return err('postgres-url', 'it is not postgresql://user@host,host/database')
  const { who = '', hosts = '', database = '', query = '' } = groups
  const parameters = new URLSearchParams(query)
  const unknown = [...parameters.keys()].find((name) => !KNOWN.includes(name))
  if (unknown !== undefined) return err('postgres-url', `"${unknown}" is not known here`)
  try {
    const [user = '', inUrl] = who.split(/:(.*)/s).map(decodeURIComponent)
    if (user === '' || database === '') return err('postgres-url', 'user and database have to be named')
    if (inUrl !== undefined && password !== undefined)
      return err('postgres-url', 'there is a password in it and another one in passwordFile')
    const secret = password ?? inUrl
    const targets: PostgresTarget[] = []
    for (const part of hosts.split(',')) {
      const place = hostAndPort(part)
      // What stands before an @ may be half of a password.
      if (place === undefined)
        return err(
          'postgres-url',
          part.includes('@') ? 'an @ in user or password is written %40' : `"${part}" is no host`,
        )
      const ssl = tlsOf(parameters, place.host)
      if (ssl === 'wrong') return err('postgres-url', 'sslmode is none of disable, verify-ca, verify-full')
      targets.push({
        ...place,
        user,
        database: decodeURIComponent(database),
        ...(secret === undefined ? {} : { password: secret }),
        ...(ssl === undefined ? {} : { ssl }),
      })
    }
    return ok(targets)
  } catch (error) {
    return err('postgres-url', error instanceof Error ? error.message : String(error))
  }
}

/** `host:port`, for people. */
export function nameOf({ host, port }: PostgresTarget): string {
  return `${host}:${port}`
}

function hostAndPort(text: string): { host: string; port: number } | undefined {
  const match = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<name>[^:[\]@]+))(?::(?<port>\d{1,5}))?$/.exec(text)
  const host = match?.groups?.v6 ?? decodeURIComponent(match?.groups?.name ?? '')
  const port = Number(match?.groups?.port ?? DEFAULT_PORT)
  return host === '' || port < 1 || port > 65_535 ? undefined : { host, port }
}

function tlsOf(parameters: URLSearchParams, host: string): PostgresTls | undefined | 'wrong' {
  const isHere = host.startsWith('/') || ['localhost', '127.0.0.1', '::1'].includes(host)
  const mode = parameters.get('sslmode') ?? (isHere ? 'disable' : 'verify-full')
  if (mode === 'disable' || host.startsWith('/')) return undefined
  if (mode !== 'verify-ca' && mode !== 'verify-full') return 'wrong'
  const file = (parameter: string, key: 'ca' | 'cert' | 'key') => {
    const path = parameters.get(parameter)
    return path === null ? {} : { [key]: readFileSync(path, 'utf8') }
  }
  return {
    rejectUnauthorized: true,
    ...file('sslrootcert', 'ca'),
    ...file('sslcert', 'cert'),
    ...file('sslkey', 'key'),
    ...(mode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
  }
}
