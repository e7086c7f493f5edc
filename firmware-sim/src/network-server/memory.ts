import { join } from 'node:path'
import { makeDurableDirectory, readIfPresent, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { parseJsonObject } from '../messaging.ts'
import type { DeviceRecord, ServerMemory } from './types.ts'

export function blankRecord(): DeviceRecord {
  return { usedDevNonces: [], joinNonce: 0, session: null, queue: [] }
}

/** Memory that lasts as long as the object; for tests on the virtual clock. */
export function createVolatileServerMemory(): ServerMemory {
  const records = new Map<string, string>()
  return {
    load: async (devEui) => {
      const text = records.get(devEui)
      return text === undefined ? null : JSON.parse(text)
    },
    save: async (devEui, record) => {
      records.set(devEui, JSON.stringify(record))
    },
  }
}

/**
 * One JSON file per device, readable by the owner only (it holds session keys). Writes of one device never overlap,
 * and a record that changed several times while one was under way is written once. Throws on a broken file.
 */
export async function openServerMemory(directory: string): Promise<ServerMemory> {
  await makeDurableDirectory(directory, 0o700)
  const pathOf = (devEui: string) => join(directory, `${devEui}.json`)
  const running = new Map<string, Promise<void>>()
  const waiting = new Map<string, Promise<void>>()
  return {
    async load(devEui) {
      const bytes = await readIfPresent(pathOf(devEui))
      if (bytes === null) return null
      const record = parseJsonObject(bytes)
      if (record === null || !Array.isArray(record.usedDevNonces) || !Array.isArray(record.queue)) {
        throw new Error(`${pathOf(devEui)} is not a device record of the network server`)
      }
      return record as unknown as DeviceRecord
    },
    save(devEui, record) {
      const joinable = waiting.get(devEui)
      if (joinable !== undefined) return joinable
      const write = async () => {
        await running.get(devEui)?.catch(() => {})
        waiting.delete(devEui)
        const now = writeDurable(pathOf(devEui), `${JSON.stringify(record)}\n`, { mode: 0o600 })
        running.set(devEui, now)
        await now
      }
      const done = write()
      waiting.set(devEui, done)
      return done
    },
  }
}
