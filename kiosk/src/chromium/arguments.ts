export interface ChromiumOptions {
  /** Loopback address of the core's page, with whatever the core wants in its fragment or query. */
  readonly url: string
  /** Fresh profile folder; the host removes it when the browser ends. */
  readonly profileDir: string
  /** User id the browser will run as; 0 is root. */
  readonly uid: number
  /** A window instead of the full screen, for a developer's desk. */
  readonly windowed?: boolean
}

const HARDENED = [
  '--incognito',
  '--no-first-run',
  '--no-default-browser-check',
  '--noerrdialogs',
  '--hide-crash-restore-bubble',
  '--disable-background-networking',
  '--disable-breakpad',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-domain-reliability',
  '--disable-extensions',
  '--disable-file-system',
  '--disable-gpu',
  '--disable-notifications',
  '--disable-pinch',
  '--disable-print-preview',
  '--disable-quic',
  '--disable-speech-api',
  '--disable-sync',
  '--deny-permission-prompts',
  '--block-new-web-contents',
  '--no-pings',
  '--no-proxy-server',
  '--password-store=basic',
  '--disk-cache-dir=/dev/null',
  '--overscroll-history-navigation=0',
  '--disable-features=Translate,MediaRouter,AutofillServerCommunication,OptimizationHints,InterestFeedContentSuggestions',
  // Name resolution is off for everything but the core: a page cannot reach another machine even if it wanted to.
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
  // One CSS pixel is one device pixel: the provisioned pixels-per-millimetre must hold.
  '--force-device-scale-factor=1',
  '--force-prefers-reduced-motion',
  '--lang=ko',
] as const

/**
 * The command line of a kiosk browser: one full-screen page, nothing kept, nothing fetched in the background, no
 * other machine reachable. `--no-sandbox` appears only for root, where Chromium would not start without it; a real
 * kiosk runs the browser as a user without rights.
 */
export function chromiumArguments({ url, profileDir, uid, windowed = false }: ChromiumOptions): string[] {
  return [
    ...(windowed ? [] : ['--kiosk']),
    `--app=${url}`,
    `--user-data-dir=${profileDir}`,
    ...HARDENED,
    ...(uid === 0 ? ['--no-sandbox'] : []),
  ]
}
