import { existsSync } from 'node:fs'
import { type FilePort, nodeFiles } from '@hanpyo/provisioning/frame/ports.ts'

/** What changes a disk; each call is a moment before which the power may go. */
export const CHANGES = ['write', 'makeFolder', 'remove', 'removeAll', 'rename', 'pointLink'] as const

/**
 * Files that call `before(n)` ahead of the n-th change, counted from 0. A promise of `before` that never settles stops the caller there
 * as a power cut does: not even its `finally` runs.
 */
export function interceptFiles(
  before: (change: number, path: string) => Promise<void>,
  files: FilePort = nodeFiles,
): FilePort {
  let changes = 0
  const intercepted: Record<string, unknown> = { ...files }
  for (const name of CHANGES) {
    const real = files[name] as (...args: unknown[]) => Promise<void>
    intercepted[name] = async (...args: unknown[]) => {
      const path = String(args[0])
      // A folder that is there is no change.
      if (name !== 'makeFolder' || !existsSync(path)) await before(changes++, path)
      return real(...args)
    }
  }
  return intercepted as unknown as FilePort
}

/** Runs `work` on files that stop for ever before change `cutAt`; whether it was cut off. */
export async function cutOff(
  cutAt: number,
  work: (files: FilePort) => Promise<unknown>,
  files?: FilePort,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let isCut = false
    const cut = interceptFiles(async (change) => {
      if (isCut || change === cutAt) {
        isCut = true
        resolve(true)
        await new Promise(() => {})
      }
    }, files)
    work(cut).then(() => resolve(false), reject)
  })
}
