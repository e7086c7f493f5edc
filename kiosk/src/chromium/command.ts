import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Command, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { type BrowserProcess, type HostDeps, runBrowser } from './host.ts'

const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

export const chromiumCommand: Command = {
  name: 'kiosk chromium',
  summary: "Show the kiosk's page full screen in a hardened Chromium and keep it there.",
  usage: `hanpyo kiosk chromium --url http://127.0.0.1:PORT --token-file FILE [--staff] [--windowed] [--browser PATH]

Waits for the core, opens its page in a fresh profile and replaces the browser when it ends or when the core restarts.
The core must listen on a fixed port (http.port) and write its token (shell.tokenFile); the token file is read anew for
every start. Runs until SIGTERM.

  --url URL          where the core listens
  --token-file FILE  the file named by shell.tokenFile in kiosk.toml
  --staff            the staff page instead of the voters' page
  --windowed         a window instead of the full screen
  --browser PATH     default: the first of ${BROWSERS.join(', ')}

Exit codes: 0 ended when asked to, 1 no browser found or it ended too often, 2 wrong arguments.`,
  async run(args, io) {
    const { values } = parseArgs({
      args,
      options: {
        url: { type: 'string' },
        'token-file': { type: 'string' },
        staff: { type: 'boolean', default: false },
        windowed: { type: 'boolean', default: false },
        browser: { type: 'string' },
      },
    })
    const { url, staff, windowed, browser = BROWSERS.find((path) => existsSync(path)) } = values
    if (url === undefined || !URL.canParse(url)) throw new UsageError('--url is missing or no address')
    if (values['token-file'] === undefined) throw new UsageError('--token-file is missing')
    if (browser === undefined) {
      io.stderr('No Chromium found. Install it (apt-get install chromium) or name one with --browser.')
      return EXIT.failed
    }
    const tokenFile = resolve(io.cwd, values['token-file'])
    const stop = new AbortController()
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
    const deps = nodeDeps(url, tokenFile, staff, (event, fields) =>
      io.stderr(JSON.stringify({ event, ...fields })),
    )
    const uid = process.getuid?.() ?? 0
    return runBrowser({ command: browser, uid, windowed }, deps, stop.signal)
  },
}

function nodeDeps(url: string, tokenFile: string, isStaff: boolean, log: HostDeps['log']): HostDeps {
  return {
    spawn: spawnBrowser,
    makeProfile: async () => {
      const path = await mkdtemp(join(tmpdir(), 'hanpyo-chromium-'))
      return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) }
    },
    entryUrl: () => entryUrl(url, tokenFile, isStaff),
    now: Date.now,
    sleep: (delayMs, signal) => delay(delayMs, undefined, { signal }).catch(ignoreAbort),
    log,
  }
}

/** The address that trades this boot's token for a cookie; `null` while the token or the core is not there. */
export async function entryUrl(url: string, tokenFile: string, isStaff: boolean): Promise<string | null> {
  try {
    const token = (await readFile(tokenFile, 'utf8')).trim()
    const answer = await fetch(new URL('/', url), { headers: { authorization: `Bearer ${token}` } })
    await answer.body?.cancel()
    return answer.ok ? `${new URL('/enter', url)}?token=${token}${isStaff ? '#staff' : ''}` : null
  } catch {
    // No file yet, or nobody listens: both mean that the core is not up.
    return null
  }
}

function spawnBrowser(command: string, args: readonly string[]): BrowserProcess {
  const child = spawn(command, args, { stdio: 'ignore' })
  const { promise, resolve: end } = Promise.withResolvers<number | null>()
  child.once('exit', (code) => end(code))
  child.once('error', () => end(null))
  return { ended: promise, kill: () => void child.kill('SIGTERM') }
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error
}
