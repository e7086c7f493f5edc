import { resolve } from 'node:path'
import { openFolder } from './folder.ts'
import { type Source, SourceError } from './source.ts'
import { openUrl, type UrlOptions } from './url.ts'

/** A log at an http(s) URL, or in a folder relative to `cwd`. */
export async function openSource(location: string, cwd: string, options: UrlOptions): Promise<Source> {
  if (/^https?:\/\//.test(location)) {
    if (URL.parse(location) === null) {
      throw new SourceError('not-a-log', `${location} is not a URL`, 'Check the address.')
    }
    return openUrl(location, options)
  }
  return openFolder(resolve(cwd, location))
}
