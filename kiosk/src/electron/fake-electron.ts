import { EventEmitter } from 'node:events'
import type {
  AppPort,
  ContentsPort,
  ElectronPort,
  SchemePrivileges,
  SessionPort,
  WindowOptions,
  WindowPort,
} from './ports.ts'

/** A stand-in for Electron in tests: it records what the shell sets and lets a test emit Electron's events. */
export class FakeElectron implements ElectronPort {
  readonly app = new FakeApp()
  readonly windows: FakeWindow[] = []
  readonly menus: null[] = []
  readonly schemes: SchemePrivileges[] = []
  readonly partitions: string[] = []
  readonly kioskSession = new FakeSession()
  readonly BrowserWindow: ElectronPort['BrowserWindow']
  readonly Menu = { setApplicationMenu: (menu: null): void => void this.menus.push(menu) }
  readonly protocol = {
    registerSchemesAsPrivileged: (schemes: SchemePrivileges[]): void => {
      if (this.app.ready) throw new Error('schemes must be registered before the app is ready')
      this.schemes.push(...schemes)
    },
  }
  readonly session = {
    fromPartition: (partition: string): SessionPort => {
      this.partitions.push(partition)
      return this.kioskSession
    },
  }

  constructor() {
    const { windows, app } = this
    this.BrowserWindow = class extends FakeWindow {
      constructor(options: WindowOptions) {
        super(options)
        windows.push(this)
        app.emit('web-contents-created', {}, this.webContents)
      }
    }
  }

  /** The shell's only window. */
  get window(): FakeWindow {
    const [window] = this.windows
    if (window === undefined) throw new Error('no window was opened')
    return window
  }
}

export class FakeApp extends EventEmitter implements AppPort {
  readonly switches = new Map<string, string | undefined>()
  readonly exits: number[] = []
  readonly commandLine = {
    appendSwitch: (name: string, value?: string): void => void this.switches.set(name, value),
  }
  ready = false
  sandboxed = false
  hasLock = true

  enableSandbox(): void {
    if (this.ready) throw new Error('the sandbox must be enabled before the app is ready')
    this.sandboxed = true
  }

  requestSingleInstanceLock(): boolean {
    return this.hasLock
  }

  async whenReady(): Promise<void> {
    this.ready = true
  }

  exit(code = 0): void {
    this.exits.push(code)
  }
}

export class FakeContents extends EventEmitter implements ContentsPort {
  openHandler: (() => { action: 'deny' }) | undefined
  zoomLimits: readonly number[] = []
  forcedCrashes = 0

  setWindowOpenHandler(handler: () => { action: 'deny' }): void {
    this.openHandler = handler
  }

  async setVisualZoomLevelLimits(minimum: number, maximum: number): Promise<void> {
    this.zoomLimits = [minimum, maximum]
  }

  forcefullyCrashRenderer(): void {
    this.forcedCrashes += 1
  }
}

export class FakeWindow extends EventEmitter implements WindowPort {
  readonly webContents = new FakeContents()
  readonly loaded: string[] = []
  readonly options: WindowOptions
  shown = false
  failLoads = false

  constructor(options: WindowOptions) {
    super()
    this.options = options
  }

  async loadURL(url: string): Promise<void> {
    this.loaded.push(url)
    if (this.failLoads) throw new Error('ERR_FAILED')
  }

  show(): void {
    this.shown = true
  }
}

type RequestListener = Parameters<SessionPort['webRequest']['onBeforeRequest']>[0]
type PermissionRequestHandler = Parameters<SessionPort['setPermissionRequestHandler']>[0]
type PermissionCheckHandler = Parameters<SessionPort['setPermissionCheckHandler']>[0]

export class FakeSession extends EventEmitter implements SessionPort {
  readonly handlers = new Map<string, (request: Request) => Promise<Response>>()
  readonly permissionRequestHandlers: PermissionRequestHandler[] = []
  readonly permissionCheckHandlers: PermissionCheckHandler[] = []
  readonly protocol = {
    handle: (scheme: string, handler: (request: Request) => Promise<Response>): void =>
      void this.handlers.set(scheme, handler),
  }
  readonly webRequest = {
    onBeforeRequest: (listener: RequestListener): void => {
      this.requestListener = listener
    },
  }
  requestListener: RequestListener | undefined
  deviceHandler: (() => boolean) | null = null
  proxyMode: string | undefined

  async setProxy({ mode }: { mode: 'direct' }): Promise<void> {
    this.proxyMode = mode
  }

  setPermissionRequestHandler(handler: PermissionRequestHandler): void {
    this.permissionRequestHandlers.push(handler)
  }

  setPermissionCheckHandler(handler: PermissionCheckHandler): void {
    this.permissionCheckHandlers.push(handler)
  }

  setDevicePermissionHandler(handler: (() => boolean) | null): void {
    this.deviceHandler = handler
  }

  setDisplayMediaRequestHandler(_handler: null): void {}
}
