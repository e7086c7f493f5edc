import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Child, ChildError, spawnChild } from '@hanpyo/platform/child.ts'
import { toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import type { DeviceFolder } from '../../frame/device-folder.ts'
import type { Ports } from '../../frame/ports.ts'
import { HANPYO } from '../hanpyo-command.ts'

const readySchema = z.looseObject({ url: z.string(), token: z.string() })
const replySchema = z.union([
  z.looseObject({ ok: z.literal(true), value: z.looseObject({}) }),
  z.looseObject({ ok: z.literal(false), error: z.string() }),
])

/**
 * What the core may see of the technician's environment: no token, passphrase or slip, and no setting of another kiosk. Where a sealed key's
 * passphrase lies is a path; TCTI names the TPM.
 */
export const CORE_ENVIRONMENT = [
  'CREDENTIALS_DIRECTORY',
  'HANPYO_KEY_PASSPHRASE_FILE',
  'HOME',
  'LANG',
  'LC_ALL',
  'NODE_EXTRA_CA_CERTS',
  'PATH',
  'TMPDIR',
  'TPM2TOOLS_TCTI',
  'TZ',
] as const

/** A kiosk core that runs for the self-test, with its own ballot box. */
export interface TestCore {
  /** Calls a method of the kiosk's contract. */
  call(method: string, input: object): Promise<Result<Record<string, unknown>, string>>
  stop(): Promise<unknown>
}

/**
 * Starts the core of a device folder as a child, with the keys, the election and the routes it will have, and a data folder of its own, so that
 * polls and ballots of the kiosk are not touched. A PIN made for this run opens its polls.
 */
export async function startTestCore(
  ports: Pick<Ports, 'run' | 'random' | 'fetch' | 'files'>,
  folder: DeviceFolder,
): Promise<Result<TestCore, 'kiosk-not-started'>> {
  const data = join(folder.root, 'selftest')
  await mkdir(data, { recursive: true, mode: 0o700 })
  const staff = join(data, 'staff.json')
  const pin = String(parseInt(toHex(ports.random(5)), 16))
    .padStart(12, '1')
    .slice(0, 12)
  const args = [HANPYO, 'kiosk', 'staff', '--file', staff, '--name', 'selftest', '--pin-file', '-']
  const made = await ports.run(process.execPath, args, { input: utf8(`${pin}\n`) })
  if (made?.code !== 0) return err('kiosk-not-started', made?.stderr)
  let child: Child
  try {
    child = await spawnChild({
      command: process.execPath,
      args: [HANPYO, 'kiosk', 'core', '--config', join(folder.root, 'kiosk.toml'), '--close-with-parent'],
      inherit: CORE_ENVIRONMENT,
      env: {
        HANPYO_KIOSK_DATA_DIR: data,
        HANPYO_KIOSK_KEYS__STAFF: staff,
        HANPYO_KIOSK_HTTP__PORT: '0',
        HANPYO_KIOSK_OUTBOX__HOLD_MAX_SECONDS: '0',
      },
      ready: 'json-line',
    })
  } catch (error) {
    if (!(error instanceof ChildError)) throw error
    return err('kiosk-not-started', error.message.slice(0, 1000))
  }
  const { url, token } = readySchema.parse(child.ready)
  const call = caller(ports.fetch, url.replace(/\/$/, ''), token)
  const opened = await openPolls(call, pin)
  if (opened.ok) return ok({ call, stop: () => child.stop() })
  await child.stop()
  return err('kiosk-not-started', opened.error)
}

function caller(get: typeof fetch, url: string, token: string): TestCore['call'] {
  return async (method, input) => {
    const response = await get(`${url}/rpc/${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(input),
    })
    const reply = replySchema.safeParse(await response.json().catch(() => null))
    if (!reply.success) return err(`http-${response.status}`)
    return reply.data.ok ? ok(reply.data.value) : err(reply.data.error)
  }
}

async function openPolls(call: TestCore['call'], pin: string): Promise<Result<void, string>> {
  const unlocked = await call('staff.unlock', { secret: pin })
  if (!unlocked.ok) return unlocked
  const opened = await call('staff.open', { anyway: true })
  if (!opened.ok && opened.error !== 'already-open') return opened
  const locked = await call('staff.lock', {})
  return locked.ok ? ok(undefined) : locked
}
