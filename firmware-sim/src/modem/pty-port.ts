import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { access } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { SimulatedModem } from './simulated-modem.ts'

/** A modem's serial line as a pseudo terminal under a stable name. */
export interface PtyPort {
  readonly path: string
  close(): Promise<void>
}

export type PtyError = 'socat-missing' | 'socat-failed'

/** Path of socat, or undefined when it is not installed. */
export async function findSocat(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  for (const folder of (env.PATH ?? '').split(delimiter).filter((one) => one !== '')) {
    const path = join(folder, 'socat')
    const isThere = await access(path).then(
      () => true,
      () => false,
    )
    if (isThere) return path
  }
  return undefined
}

/**
 * Offers a modem at `path` through socat, which keeps the name when the host closes and opens the line again.
 * Resolves when the link exists.
 */
export async function serveModemOverPty(
  modem: Pick<SimulatedModem, 'attach' | 'detach' | 'receive'>,
  path: string,
): Promise<Result<PtyPort, PtyError>> {
  const socat = await findSocat()
  if (socat === undefined) return err('socat-missing', 'install the package socat to use pty modems')
  const child = spawn(socat, ['-d', '-d', `PTY,link=${path},raw,echo=0,mode=600`, 'STDIO'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const started = await firstMention(child, 'starting data transfer loop')
  if (!started.ok) return started
  modem.attach((bytes) => child.stdin.write(bytes))
  child.stdout.on('data', (bytes: Buffer) => modem.receive(new Uint8Array(bytes)))
  // socat going away ends the line; 'exit' follows.
  child.stdin.on('error', () => {})
  child.once('exit', () => modem.detach())
  return ok({
    path,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGTERM')
      await gone
    },
  })
}

function firstMention(
  child: ChildProcessByStdio<Writable, Readable, Readable>,
  text: string,
): Promise<Result<void, PtyError>> {
  return new Promise((resolve) => {
    let seen = ''
    child.stderr.on('data', (chunk: Buffer) => {
      seen = (seen + chunk.toString('utf8')).slice(-4000)
      if (seen.includes(text)) resolve(ok(undefined))
    })
    child.once('error', (error) => resolve(err('socat-failed', error.message)))
    child.once('exit', () => resolve(err('socat-failed', seen)))
  })
}
