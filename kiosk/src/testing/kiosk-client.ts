import { expectOk } from '@hanpyo/protocol/result.ts'
import { createClient } from '../contract/client.ts'
import type { Client } from '../contract/define.ts'
import type { KioskContract } from '../contract/kiosk-contract.ts'

/** The contract's client for a core that runs somewhere, with its token. */
export function kioskClient(url: string, token: string): Client<KioskContract> {
  const authorization = `Bearer ${token}`
  return createClient<KioskContract>(
    (path, init) => fetch(path, { ...init, headers: { ...(init.headers as object), authorization } }),
    url,
  )
}

/** One voter from slip to the tracker screen, everything left blank. */
export async function prepareBlank(kiosk: Client<KioskContract>, slip: string): Promise<void> {
  expectOk(await kiosk['session.scan']({ text: slip }))
  expectOk(await kiosk['session.review']({}))
  expectOk(await kiosk['session.prepare']({}))
}

/** From stored or receipt back to attract. */
export async function goAway(kiosk: Client<KioskContract>): Promise<void> {
  expectOk(await kiosk['session.finish']({}))
  expectOk(await kiosk['session.finish']({}))
}

/** PIN of every core folder made by `createCoreFolder`. */
export const CORE_PIN = '314159'

/** Staff come, open the polls and lock the screen again; test elections have no hours of today. */
export async function openPolls(kiosk: Client<KioskContract>): Promise<void> {
  expectOk(await kiosk['staff.unlock']({ secret: CORE_PIN }))
  expectOk(await kiosk['staff.open']({ anyway: true }))
  expectOk(await kiosk['staff.lock']({}))
}

/** Staff come, close the polls for good and lock the screen again. */
export async function closePolls(kiosk: Client<KioskContract>) {
  expectOk(await kiosk['staff.unlock']({ secret: CORE_PIN }))
  const closed = expectOk(await kiosk['staff.close']({}))
  expectOk(await kiosk['staff.lock']({}))
  return closed
}
