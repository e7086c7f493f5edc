import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Session } from '../../frame/command.ts'
import type { ProvisionError } from '../../frame/errors.ts'
import type { RadioFile } from '../radio-file.ts'
import { type ChirpStack, keepsTokenPrivate, openChirpStack, parseChirpStackUrl } from './connection.ts'
import { readToken } from './token.ts'

/** Options of every command that talks to ChirpStack. */
export const SERVER_OPTIONS = {
  url: { type: 'string' },
  'token-file': { type: 'string' },
  ca: { type: 'string' },
} as const

export const SERVER_USAGE = [
  '  --url URL         ChirpStack: http://127.0.0.1:8080 or https://host (or HANPYO_CHIRPSTACK_URL; remembered)',
  '  --token-file FILE an API key, mode 0600 (or HANPYO_CHIRPSTACK_TOKEN); never an argument',
  "  --ca FILE         PEM of the authority of the server's certificate (default: the system's)",
].join('\n')

export interface OpenedServer {
  readonly server: ChirpStack
  readonly tokenKind: 'key' | 'user'
  readonly ca: string | undefined
}

/** ChirpStack as flags, environment and `radio.json` name it, in this order; null when none of them does. */
export async function openServer(
  session: Session,
  known: RadioFile['chirpstack'],
): Promise<Result<OpenedServer | null, ProvisionError>> {
  const { io, ports } = session
  const url = session.flag('url') ?? io.env.HANPYO_CHIRPSTACK_URL ?? known?.url
  if (url === undefined) return ok(null)
  const address = parseChirpStackUrl(url)
  if (!address.ok) return address
  if (!keepsTokenPrivate(address.value)) return err('chirpstack-plain-text', url)
  const token = await readToken({
    file: session.path('token-file') ?? io.env.HANPYO_CHIRPSTACK_TOKEN_FILE,
    env: io.env,
    nowMs: ports.clock.now(),
  })
  if (!token.ok) return token
  const ca = session.path('ca') ?? known?.ca
  const pem = ca === undefined ? undefined : await readCertificate(ca)
  if (pem === null) return err('chirpstack-tls', `no certificate can be read from ${ca}`)
  const server = openChirpStack({
    address: address.value,
    token: token.value.text,
    clock: ports.clock,
    ...(pem === undefined ? {} : { ca: pem }),
  })
  return ok({ server, tokenKind: token.value.kind, ca })
}

/** PEM; null when there is none. */
async function readCertificate(path: string): Promise<string | null> {
  try {
    const pem = await readFile(path, 'utf8')
    new X509Certificate(pem)
    return pem
  } catch {
    return null
  }
}
