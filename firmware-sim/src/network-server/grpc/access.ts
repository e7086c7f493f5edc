import { err, ok } from '@hanpyo/protocol/result.ts'
import type { Registry } from './registry.ts'
import type { Outcome } from './status.ts'
import type { Identity } from './tokens.ts'

/** Who calls; undefined when the call carries no authorization. */
export type Caller = Identity | undefined

/** The one user of the stand-in, an administrator, with the id ChirpStack's first migration gives it. */
export const ADMIN_USER_ID = '05244f12-6daf-4e1f-8315-c66783a0ab56'

/**
 * ChirpStack's rules for API keys (`chirpstack/src/api/auth/validator.rs`, 4.19). Whoever is not allowed gets
 * UNAUTHENTICATED with an empty text. That includes a tenant's key that asks for an object which does not exist: only
 * an administrator's key is told NOT_FOUND.
 */
export class Access {
  readonly #registry: Registry

  constructor(registry: Registry) {
    this.#registry = registry
  }

  /** For users only: API keys cannot manage keys, nor ask for regions or the version. */
  user(caller: Caller): Outcome<void> {
    if (caller === undefined) return NOBODY
    return caller.type === 'user' && caller.id === ADMIN_USER_ID ? ok(undefined) : REFUSED
  }

  /** For administrators: users, and keys with `is_admin`. */
  administrator(caller: Caller, need: 'read' | 'change'): Outcome<void> {
    if (caller?.type !== 'key') return this.user(caller)
    const key = this.#registry.apiKeys.get(caller.id)
    if (key === undefined || !key.isAdmin) return REFUSED
    return need === 'change' && key.isReadOnly ? REFUSED : ok(undefined)
  }

  /** For administrators and keys of the tenant an object belongs to; undefined when there is no such object. */
  tenant(caller: Caller, need: 'read' | 'change', tenantId: string | undefined): Outcome<void> {
    if (caller?.type !== 'key') return this.user(caller)
    const key = this.#registry.apiKeys.get(caller.id)
    if (key === undefined || (need === 'change' && key.isReadOnly)) return REFUSED
    const isIts = tenantId !== undefined && key.tenantId === tenantId
    return key.isAdmin || isIts ? ok(undefined) : REFUSED
  }
}

const NOBODY: Outcome<never> = err('unauthenticated', 'no authorization provided')
const REFUSED: Outcome<never> = err('unauthenticated', '')
