import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Change } from '../../frame/step.ts'
import type { InstalledFile } from './layout.ts'

/** What a file on the machine should be, from the files of this installation. */
export interface WantedFile extends InstalledFile {
  readonly content: Uint8Array
}

/** Numeric owner of installed files; root, or for tests and image builds without root whoever runs the command. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** How the files under `root` differ from what is wanted: missing, content, permissions, owner, or not a plain file. */
export async function findDrift(
  root: string,
  wanted: readonly WantedFile[],
  owner: Owner,
): Promise<readonly (Change & { readonly target: string })[]> {
  const changes: (Change & { target: string })[] = []
  for (const { target, mode, content } of wanted) {
    const path = join(root, target)
    const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
      throw error
    })
    const note = (what: string, from: string | null, to: string) =>
      changes.push({ target, what: `${target}${what}`, from, to })
    if (found === null) {
      note('', null, `${content.length} bytes`)
      continue
    }
    if (!found.isFile()) {
      note('', 'not a plain file', `${content.length} bytes`)
      continue
    }
    if (!(await readFile(path)).equals(content)) note(': content', 'different', `${content.length} bytes`)
    if ((found.mode & 0o7777) !== mode) note(': mode', octal(found.mode), octal(mode))
    if (found.uid !== owner.uid || found.gid !== owner.gid)
      note(': owner', `${found.uid}:${found.gid}`, `${owner.uid}:${owner.gid}`)
  }
  return changes
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0')
}
