import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { programRunner, type RunProgram, runProgram } from '../run-program.ts'

/** A software TPM 2.0 (Debian's swtpm), as a chip that was just powered on. */
export interface SoftwareTpm {
  /** For `TPM2TOOLS_TCTI`. */
  readonly tcti: string
  /** Runs tpm2-tools against it. */
  readonly run: RunProgram
  close(): Promise<void>
}

/** Whether swtpm and tpm2-tools are installed. */
export async function hasSwtpm(): Promise<boolean> {
  const found = await Promise.all([
    runProgram('swtpm', ['--version']),
    runProgram('tpm2_getcap', ['--version']),
  ])
  return found.every((program) => program?.code === 0)
}

/** Starts one on unix sockets in a new folder. */
export async function startSwtpm(): Promise<SoftwareTpm> {
  const dir = await mkdtemp(join(tmpdir(), 'hanpyo-swtpm-'))
  const socket = join(dir, 'tpm')
  const child = spawn('swtpm', [
    'socket',
    '--tpm2',
    ...['--tpmstate', `dir=${dir}`],
    ...['--server', `type=unixio,path=${socket}`],
    ...['--ctrl', `type=unixio,path=${socket}.ctrl`],
    ...['--flags', 'not-need-init,startup-clear'],
  ])
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  await Promise.race([
    ended.then(() => Promise.reject(new Error('swtpm ended'))),
    listening(`${socket}.ctrl`),
  ])
  const tcti = `swtpm:path=${socket}`
  return {
    tcti,
    run: programRunner({ TPM2TOOLS_TCTI: tcti }),
    async close() {
      child.kill('SIGKILL')
      await ended
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function listening(path: string): Promise<void> {
  for (;;) {
    const isThere = await new Promise<boolean>((resolve) => {
      const socket = connect(path, () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => resolve(false))
    })
    if (isThere) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
