import { createCoreProxy, type ProxyDeps } from './core-proxy.ts'
import { type CrashAction, crashPolicy, type GoneReason, recentLosses } from './crash-policy.ts'
import { hardenContents, hardenSession } from './harden.ts'
import { PARTITION, SCHEME, STAFF_URL, START_URL } from './origin.ts'
import { OUT_OF_SERVICE_URL } from './out-of-service.ts'
import type { ElectronPort, WindowPort } from './ports.ts'
import { commandLineSwitches, windowOptions } from './window-options.ts'

export interface ShellDeps extends ProxyDeps {
  /** A framed window with developer tools, for a developer's desk. */
  readonly windowed: boolean
  /** The staff page instead of the voters' page. */
  readonly isStaff: boolean
  readonly now: () => number
  readonly setTimeout: (run: () => void, delayMs: number) => unknown
}

/**
 * Starts the shell: one hardened window that shows the core's page through `kiosk://app/`. Resolves when the first
 * load was asked for. A second instance exits at once with code 0; a lost page comes back by `crashPolicy`.
 * The shell holds no key, no device and no voting logic.
 */
export async function startMain(electron: ElectronPort, deps: ShellDeps): Promise<void> {
  const { app } = electron
  if (!app.requestSingleInstanceLock()) {
    app.exit(0)
    return
  }
  app.enableSandbox()
  for (const [name, value] of commandLineSwitches()) app.commandLine.appendSwitch(name, value)
  electron.protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
  ])
  const refused = (event: string, what: string): void => deps.log(event, { what })
  app.on('web-contents-created', (_event, contents) => hardenContents(contents, refused))
  app.on('child-process-gone', (_event, { reason, exitCode }) =>
    deps.log('child-process-gone', { reason, exitCode }),
  )
  // The window never closes in service; if it does, systemd starts the shell afresh.
  app.on('window-all-closed', () => app.exit(1))

  await app.whenReady()
  electron.Menu.setApplicationMenu(null)
  const session = electron.session.fromPartition(PARTITION, { cache: false })
  await hardenSession(session, refused)
  session.protocol.handle(SCHEME, createCoreProxy(deps))

  const window = new electron.BrowserWindow(windowOptions(deps))
  keepAlive(window, deps)
  window.once('ready-to-show', () => window.show())
  await window.webContents.setVisualZoomLevelLimits(1, 1)
  await load(window, startUrl(deps), deps)
}

function keepAlive(window: WindowPort, deps: ShellDeps): void {
  let losses: number[] = []
  let waiting = false
  const lost = (reason: GoneReason): void => {
    // One loss often shows twice (unresponsive, then gone); it is answered once.
    if (waiting) return
    const now = deps.now()
    const action = crashPolicy(losses, now)
    losses = [...recentLosses(losses, now), now]
    deps.log('page-lost', { reason, ...action })
    waiting = true
    if (action.kind === 'out-of-service') void load(window, OUT_OF_SERVICE_URL, deps)
    deps.setTimeout(() => {
      waiting = false
      void load(window, startUrl(deps), deps)
    }, delayOf(action))
  }
  window.webContents.on('render-process-gone', () => lost('renderer-gone'))
  window.webContents.on('did-navigate', (_event, _url, status) => {
    if (status === 503) lost('core-unreachable')
  })
  window.on('unresponsive', () => {
    window.webContents.forcefullyCrashRenderer()
    lost('unresponsive')
  })
}

function startUrl({ isStaff }: ShellDeps): string {
  return isStaff ? STAFF_URL : START_URL
}

function delayOf(action: CrashAction): number {
  return action.kind === 'reload' ? action.delayMs : action.retryMs
}

/** A load that fails is answered by the page-lost events; here it is only written down. */
async function load(window: WindowPort, url: string, deps: ShellDeps): Promise<void> {
  try {
    await window.loadURL(url)
  } catch (error) {
    deps.log('load-failed', { reason: error instanceof Error ? error.message : String(error) })
  }
}
