import { isOwnUrl } from './origin.ts'

/** Whether a navigation or redirect, in any frame, may go on: only inside the shell's own origin. */
export function navigationPolicy(url: string): 'allow' | 'deny' {
  return isOwnUrl(url) ? 'allow' : 'deny'
}

/** Whether the renderer may request a URL at all. `data:` images and `blob:` objects never leave the process. */
export function requestPolicy(url: string): 'allow' | 'deny' {
  if (isOwnUrl(url)) return 'allow'
  return url.startsWith('data:image/') ? 'allow' : 'deny'
}

/** No web permission is needed: devices, sound and printing belong to the core. The name is for the log only. */
export function permissionPolicy(_permission: string): false {
  return false
}
