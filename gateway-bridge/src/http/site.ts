import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock } from '@hanpyo/platform/clock.ts'
import { createEventStream } from '@hanpyo/platform/event-stream.ts'
import { openLineFile } from '@hanpyo/platform/line-file.ts'
import { createPublicSite } from '@hanpyo/platform/public-site.ts'
import { folderFiles } from '@hanpyo/platform/static-files.ts'
import { openPublicHistory } from '@hanpyo/protocol/public/history.ts'

/** The public page built in this checkout; a folder that is not there serves nothing. */
const BUILT_BOARD = fileURLToPath(new URL('../../../board/dist', import.meta.url))

export interface SiteOptions {
  readonly dataDir: string
  /** The built public page; the one of this checkout when left out. */
  readonly boardDir: string | undefined
  readonly clock: Clock
  /** The plain facts as HTML; `null` before anything is published. */
  facts(): string | null
}

/** Page, history, events and plain facts, over files of the bridge. */
export interface Site {
  handle(request: Request): Promise<Response | null>
  /** A note is public now. */
  published(note: string): Promise<void>
  close(): Promise<void>
}

export async function openSite({ dataDir, boardDir, clock, facts }: SiteOptions): Promise<Site> {
  const events = createEventStream({ clock })
  const lines = await openLineFile(join(dataDir, 'history.jsonl'))
  const history = await openPublicHistory(lines, (head) => events.send('published', head))
  const files = folderFiles(boardDir ?? BUILT_BOARD)
  const isBuilt = (await files('/')) !== null
  return {
    handle: createPublicSite({
      files: isBuilt ? files : undefined,
      events,
      history,
      facts: async () => facts(),
    }),
    published: (note) => history.published(note),
    async close() {
      events.close()
      await lines.close()
    },
  }
}
