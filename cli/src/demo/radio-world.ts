import { type Child, spawnChild } from '@hanpyo/platform/child.ts'

/** The simulated radio: modems, channel, gateway and network server in one process. */
export interface RadioWorld {
  /** URI of the modem of a DevEUI. */
  readonly modems: ReadonlyMap<string, string>
  readonly applicationId: string
  metrics(): Promise<RadioMetrics>
  close(): Promise<void>
}

export interface RadioMetrics {
  readonly framesSent: number
  readonly framesLost: number
  readonly airtimeMs: number
}

export interface RadioOptions {
  readonly hanpyo: string
  readonly dir: string
  readonly brokerUrl: string
  readonly mqttVersion: 4 | 5
  readonly time: { readonly speed: number; readonly epochMs: number }
  readonly seed: string
  readonly frameLoss: number
  readonly devEuis: readonly string[]
}

export async function startRadio(options: RadioOptions): Promise<RadioWorld> {
  const child: Child = await spawnChild({
    command: process.execPath,
    args: [options.hanpyo],
    ready: 'json-line',
  })
  await child.stop()
  throw new Error('unfinished')
}
