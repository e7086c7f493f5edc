import { DurableWriteError } from '@hanpyo/platform/durable-file.ts'
import { decodeUtf8 } from '@hanpyo/protocol/bytes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { DeviceFolder } from './device-folder.ts'
import type { FilePort } from './ports.ts'

/** Changes with every start of a Linux machine. */
const BOOT_ID = '/proc/sys/kernel/random/boot_id'

export interface FolderLock {
  release(): Promise<void>
}

/** Keeps a second run out of a device folder. The lock of a run that was killed is taken over. */
export async function lockFolder(
  files: FilePort,
  { lock, root }: DeviceFolder,
): Promise<Result<FolderLock, 'folder-busy'>> {
  // A process id alone would say nothing after a restart of the machine.
  const boot = decodeUtf8((await files.read(BOOT_ID)) ?? new Uint8Array()).trim()
  const mine = `${process.pid} ${boot}\n`
  for (let attempt = 1; attempt <= 2; attempt++) {
    try {
      await files.write(lock, mine, { exclusive: true })
      return ok({ release: () => files.remove(lock) })
    } catch (error) {
      if (!(error instanceof DurableWriteError) || error.code !== 'file-exists') throw error
    }
    const [pid, theirBoot] = decodeUtf8((await files.read(lock)) ?? new Uint8Array()).split(/\s/)
    const holder = Number(pid)
    if (theirBoot === boot && isAlive(holder)) return err('folder-busy', `${root}: process ${holder}`)
    await files.remove(lock)
  }
  return err('folder-busy', root)
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  if (pid === process.pid) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
