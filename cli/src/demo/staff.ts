import type { Client } from '@hanpyo/kiosk/contract/define.ts'
import type { KioskContract } from '@hanpyo/kiosk/contract/kiosk-contract.ts'
import { addStaffSecret } from '@hanpyo/kiosk/staff-secrets.ts'
import type { Clock } from '@hanpyo/platform/clock.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { expectOk, type Result } from '@hanpyo/protocol/result.ts'

/** The staff PIN of every kiosk of a demo; it is printed, so it protects nothing. */
export const DEMO_PIN = '274531'

const PRESS_AGAIN_MS = 1_000
const MOST_OPENINGS = 60

/** Gives a kiosk its staff PIN. */
export async function writeStaffFile(path: string): Promise<void> {
  expectOk(await addStaffSecret(path, { name: 'demo', text: DEMO_PIN }, nodeRandom))
}

/** Staff open the polls; where the ledger seen last was an older one they press again. */
export async function openKiosk(kiosk: Client<KioskContract>, clock: Clock): Promise<void> {
  await asStaff(kiosk, async () => {
    for (let attempt = 0; ; attempt++) {
      const opened = await kiosk['staff.open']({})
      if (opened.ok || opened.error !== 'election-not-open' || attempt === MOST_OPENINGS) return opened
      await clock.sleep(PRESS_AGAIN_MS)
    }
  })
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
