import { navigationPolicy, permissionPolicy, requestPolicy } from './access-policy.ts'
import { inputPolicy } from './input-policy.ts'
import type { ContentsPort, SessionPort } from './ports.ts'

/** Receives what was refused; `what` never holds a query, a path or typed text. */
export type Refused = (event: string, what: string) => void

/** Closes a session: no proxy, no foreign request, no permission, no device, no download. */
export async function hardenSession(session: SessionPort, refused: Refused): Promise<void> {
  await session.setProxy({ mode: 'direct' })
  session.webRequest.onBeforeRequest(({ url }, callback) => {
    const allowed = requestPolicy(url) === 'allow'
    if (!allowed) refused('request-refused', schemeOf(url))
    callback({ cancel: !allowed })
  })

  // Setting null first drops grants that Electron may have cached for the origin.
  session.setPermissionRequestHandler(null)
  session.setPermissionRequestHandler((_contents, permission, callback) => {
    refused('permission-refused', permission)
    callback(permissionPolicy(permission))
  })
  session.setPermissionCheckHandler(null)
  session.setPermissionCheckHandler((_contents, permission) => permissionPolicy(permission))
  session.setDevicePermissionHandler(() => false)
  session.setDisplayMediaRequestHandler(null)

  session.on('select-hid-device', (event) => event.preventDefault())
  session.on('select-usb-device', (event) => event.preventDefault())
  session.on('select-serial-port', (event) => event.preventDefault())
  session.on('will-download', (event) => {
    event.preventDefault()
    refused('download-refused', 'download')
  })
}

/** Closes one web contents: it stays on its origin, opens nothing, zooms nothing and hears only plain keys. */
export function hardenContents(contents: ContentsPort, refused: Refused): void {
  const stayAtHome = (event: { preventDefault(): void; url: string }): void => {
    if (navigationPolicy(event.url) === 'allow') return
    event.preventDefault()
    refused('navigation-refused', schemeOf(event.url))
  }
  contents.on('will-frame-navigate', stayAtHome)
  contents.on('will-redirect', stayAtHome)
  contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.on('context-menu', (event) => event.preventDefault())
  contents.on('before-input-event', (event, input) => {
    if (inputPolicy(input) === 'block') event.preventDefault()
  })
}

function schemeOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : 'unparsable'
}
