import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type HeldLog, openHeldFolder } from './held.ts'
import { type Source, SourceError } from './source.ts'
import { openUrl, type UrlOptions } from './url.ts'
import { openZip } from './zip.ts'

/** A log at an http(s) URL, or in a folder or zip archive relative to `cwd`. */
export async function openSource(location: string, cwd: string, options: UrlOptions): Promise<Source> {
  if (isUrl(location)) return openUrl(checkedUrl(location), options)
  return (await openHeld(resolve(cwd, location))).source
}

/** A log in a folder or in a zip archive. */
export async function openHeld(path: string): Promise<HeldLog> {
  const found = await stat(path).catch(() => null)
  return found?.isFile() ? openZip(path) : openHeldFolder(path)
}

export function isUrl(location: string): boolean {
  return /^https?:\/\//.test(location)
}

/** The URL as it was given. Throws `SourceError` when it is none. */
export function checkedUrl(location: string): string {
  if (URL.parse(location) !== null) return location
  throw new SourceError('not-a-log', `${location} is not a URL`, 'Check the address.')
}
