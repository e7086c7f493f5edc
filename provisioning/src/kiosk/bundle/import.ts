import { lstat, mkdir, open, readdir, readlink, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readIfPresent, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { defineStep, type Step, type StepContext } from '../../frame/step.ts'
import type { BoxCounts } from '../hanpyo-command.ts'
import { sha256 } from './create.ts'
import type { VerifiedBundle } from './verify.ts'

/** What the step needs beside the folder: the checked package, and a look into the kiosk's box. */
export interface ImportContext extends StepContext {
  readonly bundle: VerifiedBundle
  readonly box: () => Promise<Result<BoxCounts, 'box-unreadable'>>
}

const LINK = 'election'
const CONTENT = 'content'

/** Folder of a content, by the hash of its index. */
export function contentFolder(root: string, id: string): string {
  return join(root, CONTENT, id.slice(0, 32))
}

/**
 * Puts a checked package in place: a new folder, complete and on disk, and then one rename of the link `election`. A cut leaves the old
 * content or the new. Another election comes in only when nothing waits in the box.
 */
export const importBundle: Step<ImportContext> = defineStep<ImportContext>({
  id: 'bundle-import',
  title: { ko: '투표 내용 싣기', en: 'Load the content package' },
  async inspect({ folder, bundle, box }) {
    const now = await currentContent(folder.root)
    if (!now.ok) return now
    const wanted = join(CONTENT, bundle.id.slice(0, 32))
    if (now.value === wanted && (await isComplete(folder.root, bundle))) return ok('done')
    const elsewhere = await otherElection(folder.root, now.value, bundle)
    if (elsewhere) {
      const counts = await box()
      if (!counts.ok) return counts
      if (counts.value.waiting > 0) return err('votes-waiting', `${counts.value.waiting}`)
    }
    return ok({
      changes: [
        { what: LINK, from: now.value, to: `${wanted} (${bundle.index.election})` },
        ...bundle.files.map(({ path, sha256 }) => ({ what: `${wanted}/${path}`, from: null, to: sha256 })),
      ],
    })
  },
  async apply({ folder, bundle }) {
    const { root } = folder
    const target = contentFolder(root, bundle.id)
    await removeHalfDone(join(root, CONTENT))
    if (!(await isComplete(root, bundle))) {
      const fresh = `${target}.new`
      for (const { path } of bundle.files) {
        const bytes = await bundle.read(path)
        if (!bytes.ok) return bytes
        await mkdir(dirname(join(fresh, path)), { recursive: true })
        await writeDurable(join(fresh, path), bytes.value)
      }
      await rm(target, { recursive: true, force: true })
      await rename(fresh, target)
      await syncFolder(join(root, CONTENT))
    }
    const link = join(root, `.${LINK}.new`)
    await rm(link, { force: true })
    await symlink(join(CONTENT, bundle.id.slice(0, 32)), link)
    await rename(link, join(root, LINK))
    await syncFolder(root)
    return ok(undefined)
  },
})

/** Where `election` points, relative to the device folder. */
export async function currentContent(root: string): Promise<Result<string | null, 'bundle-target-taken'>> {
  try {
    const link = join(root, LINK)
    if (!(await lstat(link)).isSymbolicLink()) return err('bundle-target-taken', link)
    return ok(await readlink(link))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ok(null)
    throw error
  }
}

async function isComplete(root: string, bundle: VerifiedBundle): Promise<boolean> {
  for (const file of bundle.files) {
    const bytes = await readIfPresent(join(contentFolder(root, bundle.id), file.path))
    if (bytes === null || sha256(bytes) !== file.sha256) return false
  }
  return true
}

async function otherElection(root: string, now: string | null, bundle: VerifiedBundle): Promise<boolean> {
  if (now === null) return false
  const note = await readIfPresent(join(root, now, 'manifest.note'))
  const wanted = bundle.files.find(({ path }) => path === 'manifest.note')?.sha256
  return note === null || sha256(note) !== wanted
}

async function removeHalfDone(content: string): Promise<void> {
  const names = await readdir(content).catch(() => [])
  for (const name of names.filter((each) => each.endsWith('.new')))
    await rm(join(content, name), { recursive: true })
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
