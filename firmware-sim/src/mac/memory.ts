import { join } from 'node:path'
import { makeDurableDirectory, readIfPresent, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import type { Session } from './session.ts'

/** What a device keeps in non-volatile memory. */
export interface DeviceState {
  /** DevNonce of the next join-request; 65,536 when all are used up. */
  readonly nextDevNonce: number
  /** JoinNonce of the last accepted join-accept; a later one has to be greater. */
  readonly lastJoinNonce: number
  readonly session: Session | null
}

/** Non-volatile memory. `save` resolves when the state would survive a power cut. */
export interface DeviceMemory {
  load(): Promise<DeviceState | null>
  save(state: DeviceState): Promise<void>
}

/** A device that has never joined. */
export const BLANK_STATE: DeviceState = { nextDevNonce: 0, lastJoinNonce: -1, session: null }

/** Memory that lasts as long as the object; for tests on the virtual clock. */
export function createVolatileMemory(initial: DeviceState | null = null): DeviceMemory {
  let stored = initial
  return {
    load: async () => stored,
    save: async (state) => {
      stored = state
    },
  }
}

/**
 * One JSON file per device, named by its DevEUI, readable by the owner only (it holds session keys). Throws on a
 * file that is not a device state: joining with a forgotten DevNonce would lock the device out.
 */
export async function openFileMemory(directory: string, devEui: string): Promise<DeviceMemory> {
  await makeDurableDirectory(directory, 0o700)
  const path = join(directory, `${devEui}.json`)
  return {
    async load() {
      const bytes = await readIfPresent(path)
      if (bytes === null) return null
      const state: unknown = JSON.parse(decodeUtf8(bytes))
      if (!isDeviceState(state)) throw new Error(`${path} is not the memory of a simulated device`)
      return state
    },
    save: (state) => writeDurable(path, `${JSON.stringify(state)}\n`, { mode: 0o600 }),
  }
}

function isDeviceState(value: unknown): value is DeviceState {
  if (typeof value !== 'object' || value === null) return false
  const { nextDevNonce, lastJoinNonce, session } = value as Record<string, unknown>
  return (
    Number.isInteger(nextDevNonce) &&
    Number.isInteger(lastJoinNonce) &&
    (session === null || (typeof session === 'object' && Number.isInteger((session as Session).fCntUp)))
  )
}
