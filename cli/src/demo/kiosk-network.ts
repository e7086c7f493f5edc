import { openTcpLink } from '@hanpyo/firmware-sim/network/tcp-link.ts'
import type { Clock } from '@hanpyo/platform/clock.ts'

interface Address {
  readonly host: string
  readonly port: number
}

/** A kiosk's one cable: broker and ledger are reached over it, or neither. */
export interface KioskNetwork {
  /** Local ports that lead to the broker and to the bridge's public HTTP. */
  readonly brokerPort: number
  readonly ledgerPort: number
  readonly isUp: boolean
  cut(): void
  restore(): void
  close(): Promise<void>
}

export async function openKioskNetwork(options: {
  readonly broker: Address
  readonly ledger: Address
  readonly clock: Clock
}): Promise<KioskNetwork> {
  const { broker, ledger, clock } = options
  const toBroker = await openTcpLink({ target: broker, clock })
  const toLedger = await openTcpLink({ target: ledger, clock })
  const links = [toBroker, toLedger]
  return {
    brokerPort: toBroker.port,
    ledgerPort: toLedger.port,
    get isUp() {
      return toBroker.isUp
    },
    cut: () => {
      for (const link of links) link.cut()
    },
    restore: () => {
      for (const link of links) link.restore()
    },
    close: async () => void (await Promise.all(links.map((link) => link.close()))),
  }
}
