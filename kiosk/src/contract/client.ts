import { err } from '@hanpyo/protocol/result.ts'
import type { Client, Contract } from './define.ts'

/** The part of `fetch` the client uses, so that tests can hand in a handler directly. */
export type Fetch = (input: string, init: RequestInit) => Promise<Response>

/**
 * A typed client over `fetch`: `client['session.select']({ … })` posts to `<base>/rpc/session.select` and gives
 * back the server's envelope. A server that does not answer with an envelope is `core-unreachable`.
 *
 * @example
 * const kiosk = createClient<KioskContract>(fetch.bind(globalThis))
 * const view = await kiosk['session.state']({})
 */
export function createClient<C extends Contract>(fetch: Fetch, base = ''): Client<C> {
  const call = async (name: string, input: unknown, signal?: AbortSignal): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' }
    const init = { method: 'POST', headers, body: JSON.stringify(input), ...(signal ? { signal } : {}) }
    try {
      const envelope = (await (await fetch(`${base}/rpc/${name}`, init)).json()) as { ok?: unknown }
      return typeof envelope?.ok === 'boolean' ? envelope : err('core-unreachable')
    } catch (error) {
      if (signal?.aborted) throw error
      return err('core-unreachable')
    }
  }
  const target = {} as Record<string, unknown>
  return new Proxy(target, {
    get: (_, name) =>
      name === 'then'
        ? undefined
        : (input: unknown, signal?: AbortSignal) => call(String(name), input, signal),
  }) as unknown as Client<C>
}
