import { join } from 'node:path'
import { hexBytes, kioskId } from '@hanpyo/protocol/election/fields.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import { parseJsonWith } from './parse-json.ts'
import type { FilePort } from './ports.ts'

/** Where everything of one device lies. `keys` never leaves the device. */
export interface DeviceFolder {
  readonly root: string
  readonly device: string
  readonly journal: string
  readonly workLog: string
  readonly lock: string
  readonly keys: string
  readonly cert: string
  readonly requests: string
  readonly readiness: string
}

/** The layout; creates nothing. */
export function deviceFolder(root: string): DeviceFolder {
  return {
    root,
    device: join(root, 'device.json'),
    journal: join(root, 'provision.journal'),
    workLog: join(root, 'work.log'),
    lock: join(root, '.provision.lock'),
    keys: join(root, 'keys'),
    cert: join(root, 'cert'),
    requests: join(root, 'requests'),
    readiness: join(root, 'readiness.json'),
  }
}

export const deviceSchema = z.strictObject({
  version: z.literal(1),
  /** The slot of the manifest. */
  id: kioskId,
  centre: z.string().min(1).max(64),
  name: z.string().min(1).max(100),
  orientation: z.enum(['landscape', 'portrait']),
  /** Measured with a ruler on the screen; sizes of the user interface derive from it. */
  pxPerMm: z.number().min(1).max(40),
  /** 16 lower-case hex digits; there once the modem is known. */
  devEui: hexBytes(8).exactOptional(),
  state: z.enum(['active', 'revoked', 'wiped']),
})
export type Device = z.infer<typeof deviceSchema>

/** Reads `device.json`. */
export async function readDevice(
  files: FilePort,
  folder: DeviceFolder,
): Promise<Result<Device, 'folder-not-a-device' | 'folder-damaged'>> {
  const bytes = await files.read(folder.device)
  if (bytes === null) return err('folder-not-a-device', folder.root)
  const parsed = parseJsonWith(deviceSchema, bytes)
  return parsed.ok ? ok(parsed.value) : err('folder-damaged', `${folder.device}: ${parsed.detail}`)
}

/** Replaces fields of `device.json`, the file as a whole or not at all. */
export async function updateDevice(
  files: FilePort,
  folder: DeviceFolder,
  change: Partial<Device>,
): Promise<Result<Device, 'folder-not-a-device' | 'folder-damaged'>> {
  const found = await readDevice(files, folder)
  if (!found.ok) return found
  const device = deviceSchema.parse({ ...found.value, ...change })
  await files.write(folder.device, `${JSON.stringify(device, null, 2)}\n`)
  return ok(device)
}
