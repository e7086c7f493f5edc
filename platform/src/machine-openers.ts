import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type RunProgram, runProgram } from './run-program.ts'
import type { Openers } from './sealed-file.ts'
import { openTpm } from './tpm/tpm.ts'

/**
 * What opens sealed files on a machine where nobody types: its TPM, and a passphrase from the file `HANPYO_KEY_PASSPHRASE_FILE` or from the
 * systemd credential `hanpyo-key-passphrase`.
 */
export function machineOpeners(
  env: Readonly<Record<string, string | undefined>>,
  run: RunProgram = runProgram,
): Openers {
  return {
    tpm: () => openTpm(run),
    async passphrase() {
      const { CREDENTIALS_DIRECTORY: folder, HANPYO_KEY_PASSPHRASE_FILE: file } = env
      const path = file ?? (folder === undefined ? undefined : join(folder, 'hanpyo-key-passphrase'))
      if (path === undefined) return undefined
      try {
        return (await readFile(path, 'utf8')).replace(/\r?\n$/, '')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },
  }
}
