import { PARTITION } from './origin.ts'
import type { WindowOptions } from './ports.ts'

/**
 * Options of the shell's only window: a full-screen page in a sandboxed renderer without Node, preload, dialogs or
 * developer tools. `windowed` is for a developer's desk (and Playwright): a frame and developer tools, nothing else.
 */
export function windowOptions({ windowed }: { windowed: boolean }): WindowOptions {
  return {
    kiosk: !windowed,
    fullscreen: !windowed,
    frame: windowed,
    // Shown at ready-to-show, so that nobody sees a half-painted page.
    show: false,
    autoHideMenuBar: true,
    backgroundColor: '#ffffff',
    title: 'Hanpyo',
    webPreferences: {
      partition: PARTITION,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      spellcheck: false,
      navigateOnDragDrop: false,
      disableDialogs: true,
      // Idle timers must run on time also when another window covers the page.
      backgroundThrottling: false,
      devTools: windowed,
    },
  }
}

/** Chromium switches set before the app is ready, as [name, value] pairs. */
export function commandLineSwitches(): readonly (readonly [string, string?])[] {
  return [
    ['disable-pinch'],
    ['overscroll-history-navigation', '0'],
    // One CSS pixel is one device pixel: the provisioned pixels-per-millimetre must hold.
    ['force-device-scale-factor', '1'],
    ['force-prefers-reduced-motion'],
    // A crash dump could contain a choice.
    ['disable-breakpad'],
    ['disable-background-networking'],
    ['disable-component-update'],
    ['disable-sync'],
    ['disable-quic'],
    ['no-pings'],
    ['disable-features', 'Translate,MediaRouter,AutofillServerCommunication'],
  ]
}
