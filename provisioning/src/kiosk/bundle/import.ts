import { dirname, join } from 'node:path'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { FilePort } from '../../frame/ports.ts'
import { type Change, defineStep, type Step, type StepContext } from '../../frame/step.ts'
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

/**
 * The two folders a content may lie in, named by the hash of its index, relative to the device folder. The one in use is never
 * written to: a damaged content is made anew in the other.
 */
export function contentSlots(id: string): readonly [string, string] {
  const name = join(CONTENT, id.slice(0, 32))
  return [name, `${name}-2`]
}

/**
 * Puts a checked package in place: a new folder, complete and on disk, and then one rename of the link `election`. At every moment
 * the link points at a whole folder, the old one or the new. Another election comes in only when nothing waits in the box.
 */
export const importBundle: Step<ImportContext> = defineStep<ImportContext>({
  id: 'bundle-import',
  title: { ko: '투표 내용 싣기', en: 'Load the content package' },
  async inspect({ files, folder, bundle, box }) {
    const now = await currentContent(files, folder.root)
    if (!now.ok) return now
    const surplus = (await surplusFolders(files, folder.root, bundle, now.value)).map(
      (name): Change => ({ what: name, from: 'left over', to: 'deleted' }),
    )
    const isLoaded = now.value !== null && contentSlots(bundle.id).includes(now.value)
    if (isLoaded && (await isComplete(files, join(folder.root, now.value), bundle)))
      return ok(surplus.length === 0 ? 'done' : { changes: surplus })
    if (await isOtherElection(files, folder.root, now.value, bundle)) {
      const counts = await box()
      if (!counts.ok) return counts
      if (counts.value.waiting > 0) return err('votes-waiting', `${counts.value.waiting}`)
    }
    const wanted = freeSlot(bundle, now.value)
    return ok({
      changes: [
        { what: LINK, from: now.value, to: `${wanted} (${bundle.index.election})` },
        ...bundle.files.map(({ path, sha256 }) => ({ what: `${wanted}/${path}`, from: null, to: sha256 })),
        ...surplus,
      ],
    })
  },
  async apply({ files, folder: { root }, bundle }) {
    const now = await currentContent(files, root)
    if (!now.ok) return now
    const isLoaded = now.value !== null && contentSlots(bundle.id).includes(now.value)
    if (!isLoaded || !(await isComplete(files, join(root, now.value), bundle))) {
      const slot = freeSlot(bundle, now.value)
      const written = await fillSlot(files, join(root, slot), bundle)
      if (!written.ok) return written
      await files.pointLink(join(root, LINK), slot)
    }
    const after = await currentContent(files, root)
    if (!after.ok) return after
    for (const name of await surplusFolders(files, root, bundle, after.value))
      await files.removeAll(join(root, name))
    return ok(undefined)
  },
})

/** Where `election` points, relative to the device folder. */
export async function currentContent(
  files: FilePort,
  root: string,
): Promise<Result<string | null, 'bundle-target-taken'>> {
  const link = await files.linkTarget(join(root, LINK))
  if (link === 'not-a-link') return err('bundle-target-taken', join(root, LINK))
  return ok(link?.target ?? null)
}

function freeSlot(bundle: VerifiedBundle, now: string | null): string {
  const [first, second] = contentSlots(bundle.id)
  return now === first ? second : first
}

/** Makes a folder that is not in use hold the content, complete and on disk. */
async function fillSlot(
  files: FilePort,
  slot: string,
  bundle: VerifiedBundle,
): Promise<Result<void, 'bundle-tampered' | 'bundle-pulled'>> {
  if (await isComplete(files, slot, bundle)) return ok(undefined)
  const fresh = `${slot}.new`
  await files.removeAll(fresh)
  let isWhole = false
  try {
    for (const { path } of bundle.files) {
      const bytes = await bundle.read(path)
      if (!bytes.ok) return bytes
      await files.makeFolder(dirname(join(fresh, path)))
      await files.write(join(fresh, path), bytes.value)
    }
    await files.removeAll(slot)
    await files.rename(fresh, slot)
    isWhole = true
  } finally {
    // A full disk would stay full by what was half written.
    if (!isWhole) await files.removeAll(fresh).catch(() => {})
  }
  return ok(undefined)
}

async function isComplete(files: FilePort, slot: string, bundle: VerifiedBundle): Promise<boolean> {
  for (const file of bundle.files) {
    const bytes = await files.read(join(slot, file.path)).catch(notReadable)
    if (bytes === null || sha256(bytes) !== file.sha256) return false
  }
  return true
}

async function isOtherElection(
  files: FilePort,
  root: string,
  now: string | null,
  bundle: VerifiedBundle,
): Promise<boolean> {
  if (now === null) return false
  const note = await files.read(join(root, now, 'manifest.note')).catch(notReadable)
  const wanted = bundle.files.find(({ path }) => path === 'manifest.note')?.sha256
  return note === null || sha256(note) !== wanted
}

/** A file in the place of a folder, a folder in the place of a file, a bad sector: damaged, and made anew. */
function notReadable(error: NodeJS.ErrnoException): null {
  if (['ENOTDIR', 'EISDIR', 'EIO', 'ELOOP'].includes(error.code ?? '')) return null
  throw error
}

/** What an import that was cut off left, and the other folder of this content; relative to the device folder. */
async function surplusFolders(
  files: FilePort,
  root: string,
  bundle: VerifiedBundle,
  now: string | null,
): Promise<readonly string[]> {
  const slots = contentSlots(bundle.id)
  const names = (await files.list(join(root, CONTENT))).map((name) => join(CONTENT, name))
  return names.filter(
    (name) =>
      name.endsWith('.new') || (slots.includes(name) && name !== now && now !== null && slots.includes(now)),
  )
}
