import { createServer } from 'node:net'
import { join } from 'node:path'
import type { ElectionConfig } from '@hanpyo/authority/config.ts'
import type { Child } from '@hanpyo/platform/child.ts'
import { runOnce, spawnHanpyo } from './processes.ts'

/** Independent bodies of the demo. Three of four witnesses publish; the mirror makes the end official. */
const WITNESSES = ['council', 'university', 'press', 'residents'] as const
const QUORUM = 3
const MIRROR = 'archive'

/** Those who watch the ledger of the demo, each as a process of its own with a key of its own. */
export interface Watchers {
  /** What the election's configuration says about them. */
  readonly config: Pick<ElectionConfig, 'witnesses' | 'mirrors' | 'quorum'>
  readonly mirrorUrl: string
  /** Tells the witnesses which log to watch. */
  tell(vkey: string): Promise<void>
  /** The same, and starts the mirror on it. */
  watch(log: { readonly vkey: string; readonly url: string; readonly manifestHash: string }): Promise<void>
  close(): Promise<void>
}

/** Makes keys and starts the witnesses; they know no log yet. */
export async function startWatchers(dir: string): Promise<Watchers> {
  const children: Child[] = []
  const folder = (name: string): string => join(dir, name)
  const initialise = async (kind: 'witness' | 'mirror', name: string): Promise<string> => {
    const made = await runOnce([kind, 'init', '--dir', folder(name), '--name', `${name}.example/${kind}`])
    return made.trim()
  }
  const witnesses = await Promise.all(
    WITNESSES.map(async (name) => {
      const vkey = await initialise('witness', name)
      const child = await spawnHanpyo(['witness', 'serve', '--dir', folder(name), '--close-with-parent'])
      children.push(child)
      return { name, vkey, url: (child.ready as { url: string }).url }
    }),
  )
  const tell = async (vkey: string): Promise<void> => {
    await Promise.all(
      WITNESSES.map((name) => runOnce(['witness', 'add-log', '--dir', folder(name), '--log', vkey])),
    )
  }
  const port = await freePort()
  const mirrorUrl = `http://127.0.0.1:${port}`
  const mirror = { name: MIRROR, vkey: await initialise('mirror', MIRROR), url: mirrorUrl }
  return {
    config: { witnesses, mirrors: [mirror], quorum: { witnesses: QUORUM, mirrors: 1 } },
    mirrorUrl,
    tell,
    async watch({ vkey, url, manifestHash }) {
      await tell(vkey)
      const pin = ['--manifest-hash', manifestHash]
      const serve = ['--port', String(port), '--every', '1', '--close-with-parent']
      children.push(await spawnHanpyo(['mirror', 'run', url, '--dir', folder(MIRROR), ...pin, ...serve]))
    },
    async close() {
      await Promise.all(children.map((child) => child.stop()))
    },
  }
}

/** The mirror's address stands in the manifest, before the log it copies has one. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
