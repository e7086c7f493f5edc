import type { Client } from '@hanpyo/kiosk/contract/define.ts'
import type { KioskContract } from '@hanpyo/kiosk/contract/kiosk-contract.ts'
import { addStaffSecret } from '@hanpyo/kiosk/staff-secrets.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { expectOk, type Result } from '@hanpyo/protocol/result.ts'

/** The staff PIN of every kiosk of a demo; it is printed, so it protects nothing. */
export const DEMO_PIN = '274531'

/** Gives a kiosk its staff PIN. */
export async function writeStaffFile(path: string): Promise<void> {
  expectOk(await addStaffSecret(path, { name: 'demo', text: DEMO_PIN }, nodeRandom))
}

/** Staff enter the PIN, do one thing and lock the screen again. */
export async function asStaff<T>(
  kiosk: Client<KioskContract>,
  act: () => Promise<Result<T, string>>,
): Promise<T> {
  expectOk(await kiosk['staff.unlock']({ secret: DEMO_PIN }))
  const done = await act()
  expectOk(await kiosk['staff.lock']({}))
  return expectOk(done)
}
