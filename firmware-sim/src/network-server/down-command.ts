import { parseBase64, toBase64 } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { parseJsonObject } from '../messaging.ts'
import type { QueueItem } from './types.ts'

export type DownCommandError =
  | 'command-topic'
  | 'command-not-json'
  | 'command-dev-eui-mismatch'
  | 'command-id'
  | 'command-f-port'
  | 'command-data'
  | 'command-expires-at'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const TOPIC = /^application\/([^/]+)\/device\/([^/]+)\/command\/([^/]+)$/

/** Application and device of a command topic. */
export function parseCommandTopic(
  topic: string,
): Result<{ applicationId: string; devEui: string }, 'command-topic'> {
  const match = TOPIC.exec(topic)
  if (match === null || match[3] !== 'down') return err('command-topic', topic)
  return ok({ applicationId: match[1]!, devEui: match[2]! })
}

/**
 * `DownlinkCommand` in JSON as ChirpStack takes it: `devEui` equal to the topic's, FPort 1…255, base64 data, optional
 * UUID `id` and RFC 3339 `expiresAt`; a number may also be a decimal text, as in every protobuf JSON. Never throws.
 */
export function parseDownCommand(
  payload: Uint8Array,
  context: { devEui: string; newId: () => string },
): Result<QueueItem, DownCommandError> {
  const command = parseJsonObject(payload)
  if (command === null) return err('command-not-json')
  if (command.devEui !== context.devEui) return err('command-dev-eui-mismatch')
  const id = command.id === undefined || command.id === '' ? context.newId() : command.id
  if (typeof id !== 'string' || !UUID.test(id)) return err('command-id')
  const { data = '', confirmed = false, expiresAt = null } = command
  const fPort = typeof command.fPort === 'string' ? decimal(command.fPort) : command.fPort
  if (!Number.isInteger(fPort) || (fPort as number) < 1 || (fPort as number) > 255)
    return err('command-f-port')
  const bytes = typeof data === 'string' ? parseBase64(data) : null
  if (bytes === null) return err('command-data')
  const expiresAtMs = expiresAt === null ? undefined : Date.parse(String(expiresAt))
  if (expiresAtMs !== undefined && Number.isNaN(expiresAtMs)) return err('command-expires-at')
  return ok({
    id: id.toLowerCase(),
    fPort: fPort as number,
    isConfirmed: confirmed === true,
    data: toBase64(bytes),
    expiresAtMs,
    isPending: false,
    fCntDown: undefined,
  })
}

function decimal(text: string): number {
  return /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN
}
