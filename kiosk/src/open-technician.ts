import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LoraModem } from '@hanpyo/devices/modem/modem.ts'
import type { ModemPort } from '@hanpyo/devices/self-test/ports.ts'
import { modemPort } from '@hanpyo/devices/self-test/radio.ts'
import { testResultSchema } from '@hanpyo/devices/self-test/readiness.ts'
import { PX_PER_METRE_RANGE } from '@hanpyo/devices/self-test/screen.ts'
import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { err, ok } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import type { KioskConfig } from './config.ts'
import type { Health } from './contract/views.ts'
import type { LedgerFollower } from './core/ledger/ledger-follower.ts'
import type { TechnicianPorts } from './core/technician/ports.ts'
import type { KioskDevices } from './open-devices.ts'
import type { KioskKeys } from './open-keys.ts'
import type { Route } from './routes/route.ts'
import { hashOfSoftware, storedFile, writeFiles, writeToStick } from './technician-files.ts'

/** The folder that holds the rooms. */
export const KIOSK_ROOT = fileURLToPath(new URL('../..', import.meta.url))

const HASH_AFTER_MS = 3_000

const px = z.int().min(1).max(20_000)
const calibrationSchema = z
  .strictObject({
    pxPerMetre: z.int().min(PX_PER_METRE_RANGE.least).max(PX_PER_METRE_RANGE.most),
    widthPx: px,
    heightPx: px,
  })
  .nullable()

/** The modem of the route, as the technician's tests see it: whichever is open now. */
export interface ModemWatch extends ModemPort {
  opened(modem: LoraModem): void
}

export function createModemWatch(): ModemWatch {
  let current: ModemPort | null = null
  return {
    opened(modem) {
      const mine = modemPort(modem)
      current = mine
      modem.onEvent(({ type }) => {
        if (type === 'closed' && current === mine) current = null
      })
    },
    facts: async () => (await current?.facts()) ?? null,
    linkCheck: async () => current?.linkCheck() ?? err('closed'),
  }
}

/** Puts together what the technician's desk tries and where it writes. */
export async function openTechnician(
  config: KioskConfig,
  machine: {
    readonly devices: KioskDevices
    readonly keys: KioskKeys
    readonly routes: readonly Route[]
    readonly modem: ModemWatch
    readonly ledger: LedgerFollower | undefined
    readonly version: string
    readonly health: () => Health
    readonly log: Logger
    readonly onChange: () => void
    readonly onClose: (stop: () => void) => void
    /** Real time. */
    readonly clock: Clock
  },
): Promise<TechnicianPorts> {
  const { devices, keys, routes, ledger, health } = machine
  const wifi = routes.find(({ name }) => name === 'wifi')
  const folder = join(config.dataDir, 'readiness')
  const { stickDir } = config.technician
  let hash: string | null = null
  // A kiosk that has just started has more urgent things to read.
  const timer = machine.clock.setTimeout(() => {
    hashOfSoftware(KIOSK_ROOT).then(
      (computed) => {
        hash = computed
        machine.onChange()
      },
      (error: unknown) => machine.log.warn('software-hash-failed', { error }),
    )
  }, HASH_AFTER_MS)
  machine.onClose(() => machine.clock.clearTimeout(timer))
  return {
    selfTest: {
      keypad: keys.keypad,
      switches: keys.switches,
      printer: devices.printer ?? undefined,
      lamp: devices.lamp,
      modem: config.lora === undefined ? undefined : machine.modem,
      network: {
        wifi:
          wifi === undefined ? null : () => ({ isOnline: wifi.state.isOnline, reason: wifi.state.reason }),
        bridge: ledger === undefined ? null : () => askBridge(ledger),
      },
      clockFacts: () => health().clock,
      storage: () => ({ freeBytes: health().disk.freeBytes, isLow: health().disk.low }),
      outbox: () => health().outbox,
    },
    scannerState: devices.scannerState,
    calibration: await storedFile(join(config.dataDir, 'calibration.json'), calibrationSchema, null),
    results: await storedFile(
      join(config.dataDir, 'self-test.json'),
      z.array(testResultSchema).readonly(),
      [],
    ),
    software: { version: machine.version, hash: () => hash },
    writeReport: {
      folder,
      toDisk: (files) => writeFiles(folder, files),
      toStick: stickDir === undefined ? null : (files) => writeToStick(stickDir, files),
    },
  }
}

async function askBridge(ledger: LedgerFollower) {
  await ledger.look()
  const { state } = ledger
  if (state === 'online') return ok(undefined)
  return err(state === 'inconsistent' ? 'inconsistent' : 'unreachable')
}
