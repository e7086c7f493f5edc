/**
 * Electron fuses of a packaged kiosk, in electron-builder's names; electron-builder.yml carries the same values and a
 * test compares the two, and with electron-builder's schema, so that a fuse a new version adds fails the test until
 * someone has decided on it.
 */
export const FUSE_POLICY = {
  runAsNode: false,
  enableNodeOptionsEnvironmentVariable: false,
  enableNodeCliInspectArguments: false,
  enableCookieEncryption: true,
  onlyLoadAppFromAsar: true,
  enableEmbeddedAsarIntegrityValidation: true,
  loadBrowserProcessSpecificV8Snapshot: false,
  grantFileProtocolExtraPrivileges: false,
} as const
