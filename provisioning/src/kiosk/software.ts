import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import { z } from 'zod'
import type { Ports } from '../frame/ports.ts'
import { HANPYO } from './hanpyo-command.ts'

const packageSchema = z.looseObject({ version: z.string().max(40) })

/** Version of this installation. */
export function ownVersion(): string {
  const path = fileURLToPath(new URL('../../package.json', import.meta.url))
  return packageSchema.parse(JSON.parse(readFileSync(path, 'utf8'))).version
}

/** Hash of the kiosk software in this installation (hex), as `hanpyo kiosk software-hash` prints it; null when it cannot tell. */
export async function ownSoftwareHash({ run }: Pick<Ports, 'run'>): Promise<string | null> {
  const done = await run(process.execPath, [HANPYO, 'kiosk', 'software-hash'])
  const text = done?.code === 0 ? decodeUtf8(done.stdout).trim() : ''
  return /^[0-9a-f]{64}$/.test(text) ? text : null
}
