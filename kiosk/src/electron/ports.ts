/**
 * The slice of Electron this shell uses, as structural types. Nothing here (and nothing outside `*.main.ts`) imports
 * electron at run time, so the whole shell is composed and tested in plain Node. `index.main.ts` hands the real
 * namespace to `startMain`, where the compiler checks that it fits.
 */
export interface ElectronPort {
  readonly app: AppPort
  readonly BrowserWindow: new (options: WindowOptions) => WindowPort
  readonly Menu: { setApplicationMenu(menu: null): void }
  readonly protocol: { registerSchemesAsPrivileged(schemes: SchemePrivileges[]): void }
  readonly session: { fromPartition(partition: string, options: { cache: boolean }): SessionPort }
}

export interface AppPort {
  readonly commandLine: { appendSwitch(name: string, value?: string): void }
  enableSandbox(): void
  requestSingleInstanceLock(): boolean
  whenReady(): Promise<void>
  exit(code?: number): void
  on(event: 'web-contents-created', listener: (event: unknown, contents: ContentsPort) => void): unknown
  on(event: 'child-process-gone', listener: (event: unknown, details: GoneDetails) => void): unknown
  on(event: 'window-all-closed', listener: () => void): unknown
}

export interface GoneDetails {
  readonly reason: string
  readonly exitCode: number
}

export interface PreventableEvent {
  preventDefault(): void
}

export interface WindowPort {
  readonly webContents: ContentsPort
  loadURL(url: string): Promise<void>
  on(event: 'unresponsive' | 'closed', listener: () => void): unknown
  once(event: 'ready-to-show', listener: () => void): unknown
  show(): void
}

export interface ContentsPort {
  setWindowOpenHandler(handler: () => { action: 'deny' }): void
  setVisualZoomLevelLimits(minimum: number, maximum: number): Promise<void>
  forcefullyCrashRenderer(): void
  on(event: 'will-frame-navigate', listener: (event: PreventableEvent & { url: string }) => void): unknown
  on(event: 'will-redirect', listener: (event: PreventableEvent & { url: string }) => void): unknown
  on(event: 'will-attach-webview', listener: (event: PreventableEvent) => void): unknown
  on(event: 'context-menu', listener: (event: PreventableEvent) => void): unknown
  on(event: 'before-input-event', listener: (event: PreventableEvent, input: KeyInput) => void): unknown
  on(event: 'render-process-gone', listener: (event: unknown, details: GoneDetails) => void): unknown
  on(event: 'did-navigate', listener: (event: unknown, url: string, status: number) => void): unknown
}

export interface SessionPort {
  readonly protocol: {
    handle(scheme: string, handler: (request: Request) => Promise<Response>): void
  }
  readonly webRequest: {
    onBeforeRequest(
      listener: (details: { url: string }, callback: (answer: { cancel: boolean }) => void) => void,
    ): void
  }
  setProxy(config: { mode: 'direct' }): Promise<void>
  setPermissionRequestHandler(
    handler: ((contents: unknown, permission: string, callback: (granted: boolean) => void) => void) | null,
  ): void
  setPermissionCheckHandler(handler: ((contents: unknown, permission: string) => boolean) | null): void
  setDevicePermissionHandler(handler: (() => boolean) | null): void
  setDisplayMediaRequestHandler(handler: null): void
  on(
    event: 'select-hid-device' | 'select-usb-device' | 'select-serial-port' | 'will-download',
    listener: (event: PreventableEvent) => void,
  ): unknown
}

export interface KeyInput {
  readonly type: string
  readonly key: string
  readonly control: boolean
  readonly alt: boolean
  readonly meta: boolean
}

export interface SchemePrivileges {
  readonly scheme: string
  readonly privileges: { standard: boolean; secure: boolean; supportFetchAPI: boolean; stream: boolean }
}

export interface WindowOptions {
  readonly kiosk: boolean
  readonly fullscreen: boolean
  readonly frame: boolean
  readonly show: boolean
  readonly autoHideMenuBar: boolean
  readonly backgroundColor: string
  readonly title: string
  readonly webPreferences: {
    readonly partition: string
    readonly sandbox: boolean
    readonly contextIsolation: boolean
    readonly nodeIntegration: boolean
    readonly nodeIntegrationInWorker: boolean
    readonly nodeIntegrationInSubFrames: boolean
    readonly webSecurity: boolean
    readonly allowRunningInsecureContent: boolean
    readonly webviewTag: boolean
    readonly spellcheck: boolean
    readonly navigateOnDragDrop: boolean
    readonly disableDialogs: boolean
    readonly backgroundThrottling: boolean
    readonly devTools: boolean
  }
}
