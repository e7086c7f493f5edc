/** What a content package may hold; texts, clips and key lists of a district take a tenth of it. */
export const LIMITS = {
  archiveBytes: 320 * 1024 * 1024,
  fileBytes: 64 * 1024 * 1024,
  entries: 4096,
  directoryBytes: 1024 * 1024,
  /** `files.json`. */
  listBytes: 1024 * 1024,
} as const

/** Folders of a package beside `manifest.note`. */
export const BUNDLE_FOLDERS = ['blobs', 'texts', 'audio', 'settings', 'policy'] as const

const PATH = /^[a-z0-9][a-z0-9._-]{0,99}(?:\/[a-z0-9][a-z0-9._-]{0,99}){0,3}$/

/** Lower-case relative paths without `.` or `..` segments: the same on every file system. */
export function isBundlePath(path: string): boolean {
  return PATH.test(path)
}

/** Whether a path may be in the list of contents. */
export function isContentPath(path: string): boolean {
  const [folder, rest] = path.split('/')
  if (path === 'manifest.note') return true
  return isBundlePath(path) && rest !== undefined && BUNDLE_FOLDERS.some((name) => name === folder)
}
