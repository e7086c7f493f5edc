import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Client } from '@hanpyo/kiosk/contract/define.ts'
import type { KioskContract } from '@hanpyo/kiosk/contract/kiosk-contract.ts'
import { type CoreFolder, createCoreFolder } from '@hanpyo/kiosk/testing/core-folder.ts'
import { kioskClient } from '@hanpyo/kiosk/testing/kiosk-client.ts'
import { type Child, spawnChild } from '@hanpyo/platform/child.ts'
import { ROOT } from './paths.ts'

/** `hanpyo kiosk core` as a process of its own, on a port that stays the same when it is started again. */
export interface CoreProcess {
  readonly url: string
  readonly folder: CoreFolder
  readonly tokenFile: string
  /** Address with the token of the present boot. */
  readonly entryUrl: () => string
  readonly client: () => Client<KioskContract>
  /** Ends it like a power cut and starts it again. */
  killAndRestart(): Promise<void>
  stop(): Promise<void>
}

interface Ready {
  readonly url: string
  readonly token: string
  readonly entryUrl: string
}

const HANPYO = join(ROOT, 'cli', 'bin', 'hanpyo.mjs')

export async function startCoreProcess(): Promise<CoreProcess> {
  const folder = await createCoreFolder()
  const tokenFile = join(folder.root, 'shell-token')
  const port = await freePort()
  folder.configure(`http.port = ${port}\nshell.tokenFile = "shell-token"\nshell.pxPerMm = 4.03`)
  let child = await startCore(folder)
  const ready = (): Ready => child.ready as Ready
  return {
    url: ready().url,
    folder,
    tokenFile,
    entryUrl: () => ready().entryUrl,
    client: () => kioskClient(ready().url, ready().token),
    killAndRestart: async () => {
      child.kill('SIGKILL')
      await child.exited
      child = await startCore(folder)
    },
    stop: async () => {
      await child.stop()
      folder.remove()
    },
  }
}

/** Runs `hanpyo …`; resolves when it is ready. */
export function startHanpyo(args: readonly string[], ready: RegExp | 'json-line'): Promise<Child> {
  return spawnChild({ command: process.execPath, args: [HANPYO, ...args], ready })
}

function startCore(folder: CoreFolder): Promise<Child> {
  return startHanpyo(['kiosk', 'core', '--config', folder.config, '--close-with-parent'], 'json-line')
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise<void>((resolve) => server.close(() => resolve()))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
