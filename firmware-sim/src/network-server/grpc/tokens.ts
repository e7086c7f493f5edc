import { createHmac, timingSafeEqual } from 'node:crypto'
import { err, ok } from '@hanpyo/protocol/result.ts'
import type { Outcome } from './status.ts'

/** Whom a token names. */
export interface Identity {
  readonly type: 'user' | 'key'
  readonly id: string
}

interface Claims {
  readonly aud: string
  readonly iss: string
  readonly sub: string
  readonly typ: string
  readonly exp?: number
}

const HEADER = encode({ typ: 'JWT', alg: 'HS256' })
const USER_TOKEN_SECONDS = 24 * 3600
const BEARER = 'Bearer '

/** A JWT as ChirpStack issues it (HS256, `chirpstack/src/api/auth/claims.rs`): users' tokens live a day, keys' for ever. */
export function issueToken(identity: Identity, options: { secret: string; nowMs: number }): string {
  const claims: Claims = {
    aud: 'chirpstack',
    ...(identity.type === 'user' ? { exp: Math.floor(options.nowMs / 1000) + USER_TOKEN_SECONDS } : {}),
    iss: 'chirpstack',
    sub: identity.id,
    typ: identity.type,
  }
  const signed = `${HEADER}.${encode(claims)}`
  return `${signed}.${signatureOf(signed, options.secret).toString('base64url')}`
}

/**
 * Who the `authorization` metadata names; undefined without any. Whether the key still exists is for the caller to
 * look up. Never throws.
 */
export function readAuthorization(
  header: string | undefined,
  options: { secret: string; nowMs: number },
): Outcome<Identity | undefined> {
  if (header === undefined) return ok(undefined)
  if (!header.startsWith(BEARER)) {
    return err('unauthenticated', "authorization metadata must be in format 'Bearer <TOKEN>")
  }
  const parts = header.slice(BEARER.length).split('.')
  if (parts.length !== 3) return err('unauthenticated', 'InvalidToken')
  const expected = signatureOf(`${parts[0]}.${parts[1]}`, options.secret)
  const given = Buffer.from(parts[2]!, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    return err('unauthenticated', 'InvalidSignature')
  }
  const head = decode(parts[0]!)
  const claims = decode(parts[1]!)
  if (head?.alg !== 'HS256' || claims === null) return err('unauthenticated', 'InvalidAlgorithm')
  if (claims.aud !== 'chirpstack') return err('unauthenticated', 'InvalidAudience')
  if (typeof claims.exp === 'number' && claims.exp * 1000 < options.nowMs) {
    return err('unauthenticated', 'ExpiredSignature')
  }
  if ((claims.typ !== 'user' && claims.typ !== 'key') || typeof claims.sub !== 'string') {
    return err('unauthenticated', `invalid token typ: ${claims.typ}`)
  }
  return ok({ type: claims.typ, id: claims.sub })
}

function signatureOf(text: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(text).digest()
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decode(part: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
