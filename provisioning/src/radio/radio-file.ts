import { join } from 'node:path'
import { hexBytes } from '@hanpyo/protocol/election/fields.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import type { DeviceFolder } from '../frame/device-folder.ts'
import { parseJsonWith } from '../frame/parse-json.ts'
import type { FilePort } from '../frame/ports.ts'
import type { Change } from '../frame/step.ts'

/**
 * Used when nobody gives another: locally administered, so that it is nobody's (IEEE 802, bit 1 of the first byte). ChirpStack takes
 * any.
 */
export const DEFAULT_JOIN_EUI = '4a414e50594f0001'

/** `radio.json`: what later commands need to know of modem and network server. Nothing in it is secret. */
export const radioSchema = z.strictObject({
  version: z.literal(1),
  joinEui: hexBytes(8).exactOptional(),
  /** Device URI of the modem. */
  modem: z.string().exactOptional(),
  /** Kind of modem and firmware, for the report. */
  firmware: z.string().exactOptional(),
  /** What was begun to be written into the modem, and whether it came to its end. */
  programming: z
    .strictObject({ devEui: hexBytes(8), keyCheck: hexBytes(4), isFinished: z.boolean() })
    .exactOptional(),
  /** The last join with this key, and how well the gateways heard it. */
  joined: z
    .strictObject({
      keyCheck: hexBytes(4),
      link: z.strictObject({ marginDb: z.int(), gatewayCount: z.int() }).nullable(),
    })
    .exactOptional(),
  chirpstack: z
    .strictObject({
      url: z.string(),
      ca: z.string().exactOptional(),
      tenantId: z.string(),
      applicationId: z.string(),
      deviceProfileId: z.string(),
    })
    .exactOptional(),
})
export type RadioFile = z.infer<typeof radioSchema>

export function radioFilePath(folder: DeviceFolder): string {
  return join(folder.root, 'radio.json')
}

/** Reads it; an absent file is an empty one. */
export async function readRadioFile(
  files: FilePort,
  folder: DeviceFolder,
): Promise<Result<RadioFile, 'folder-damaged'>> {
  const bytes = await files.read(radioFilePath(folder))
  if (bytes === null) return ok({ version: 1 })
  const parsed = parseJsonWith(radioSchema, bytes)
  return parsed.ok ? ok(parsed.value) : err('folder-damaged', `${radioFilePath(folder)}: ${parsed.detail}`)
}

/** Replaces fields, the file as a whole or not at all. */
export async function updateRadioFile(
  files: FilePort,
  folder: DeviceFolder,
  change: Partial<RadioFile>,
): Promise<Result<void, 'folder-damaged'>> {
  const found = await readRadioFile(files, folder)
  if (!found.ok) return found
  const next = radioSchema.parse({ ...found.value, ...change })
  await files.write(radioFilePath(folder), `${JSON.stringify(next, null, 2)}\n`)
  return ok(undefined)
}

/** Fields of `radio.json` that differ. */
export function compareRadioFile(found: RadioFile, wanted: Partial<RadioFile>): Change[] {
  return (Object.keys(wanted) as (keyof RadioFile)[]).flatMap((name) => {
    const [from, to] = [found[name], wanted[name]].map((one) =>
      one === undefined ? null : JSON.stringify(one),
    )
    return to === undefined || to === null || from === to
      ? []
      : [{ what: `radio.json: ${name}`, from: from ?? null, to }]
  })
}
