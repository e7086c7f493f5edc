import { execFileSync } from 'node:child_process'
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Whether this process may mount a file system. */
export const CAN_MOUNT = process.getuid?.() === 0 && process.platform === 'linux'

/** A real file system of a few megabytes at a folder, which can be filled up and given room again. */
export class SmallDisk {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  static mount(folder: string, megabytes: number): SmallDisk {
    mkdirSync(folder, { recursive: true })
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder])
    return new SmallDisk(folder)
  }

  /** Leaves no page free. */
  fill(): void {
    const file = openSync(join(this.folder, 'filler'), 'w')
    for (const size of [65_536, 4_096]) {
      const bytes = new Uint8Array(size)
      try {
        for (;;) if (writeSync(file, bytes) < size) break
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
    }
    fsyncSync(file)
    closeSync(file)
  }

  free(): void {
    rmSync(join(this.folder, 'filler'))
  }

  unmount(): void {
    execFileSync('umount', ['-l', this.folder])
  }
}
