/** The scheme, partition and start page of the shell's one window. */
export const SCHEME = 'kiosk'
export const ORIGIN = 'kiosk://app'
export const START_URL = `${ORIGIN}/`
export const STAFF_URL = `${ORIGIN}/#staff`
/** No `persist:` prefix: an in-memory partition, so that nothing a voter does reaches the disk. */
export const PARTITION = 'kiosk'

/** True for URLs of exactly the shell's own origin; anything that does not parse is foreign. */
export function isOwnUrl(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, host, username, password, port } = new URL(url)
  return protocol === `${SCHEME}:` && host === 'app' && username === '' && password === '' && port === ''
}
