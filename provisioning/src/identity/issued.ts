import { base64Bytes, kioskId, unixSeconds } from '@hanpyo/protocol/election/fields.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import { parseJsonWith } from '../frame/parse-json.ts'
import type { FilePort } from '../frame/ports.ts'
import type { DeskFolder } from './desk.ts'

const issuedSchema = z.array(
  z.strictObject({
    kiosk: kioskId,
    /** Lower-case hex. */
    serial: z.string().regex(/^[0-9a-f]{2,40}$/),
    /** The device that holds it. */
    ed25519: base64Bytes(32),
    revokedAt: unixSeconds.exactOptional(),
  }),
)
export type Issued = z.infer<typeof issuedSchema>[number]

/** Every certificate the desk gave out. */
export async function readIssued(
  files: FilePort,
  folder: DeskFolder,
): Promise<Result<readonly Issued[], 'folder-damaged'>> {
  const bytes = await files.read(folder.issued)
  if (bytes === null) return ok([])
  const parsed = parseJsonWith(issuedSchema, bytes)
  return parsed.ok ? parsed : err('folder-damaged', `${folder.issued}: ${parsed.detail}`)
}

/** On disk when it resolves; a certificate is noted here before it leaves the desk, so that none escapes a revocation. */
export async function writeIssued(
  files: FilePort,
  folder: DeskFolder,
  issued: readonly Issued[],
): Promise<void> {
  await files.write(folder.issued, `${JSON.stringify(issued, null, 2)}\n`)
}
