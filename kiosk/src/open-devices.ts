import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import type { RadioModem } from './routes/lora.ts'

export interface OpenScanner {
  readonly state: 'online' | 'offline'
  close(): Promise<void>
}

export async function openModem(uri: string, _clock: Clock): Promise<RadioModem> {
  throw new Error(`no driver for ${uri}`)
}

export function openScanner(
  _uri: string,
  _clock: Clock,
  _onText: (text: string) => void,
  _log: Logger,
): OpenScanner {
  return { state: 'offline', close: async () => {} }
}
