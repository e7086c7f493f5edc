/**
 * What stands behind the `#`: a place of the page (`#/receipt`), the code of a receipt as its QR holds it, or values that a link
 * brings (`#manifest=…&host=…`). Nothing behind `#` is sent to any server.
 */
export type Route =
  | {
      readonly view:
        | 'overview'
        | 'turnout'
        | 'receipt'
        | 'proposals'
        | 'results'
        | 'checks'
        | 'downloads'
        | 'paper'
        | 'settings'
    }
  | { readonly view: 'ledger'; readonly page: number }
  | { readonly view: 'batch'; readonly number: number; readonly page: number }
  | { readonly view: 'record'; readonly index: number }
  | { readonly view: 'unknown' }

export type ViewName = Route['view']

/** What a link told the page beforehand. */
export interface LinkValues {
  readonly host?: string
  readonly manifestHash?: string
  readonly authorityVkey?: string
  readonly language?: 'ko' | 'en'
  /** The code of a receipt; taken out of the address at once. */
  readonly receipt?: string
}

const PLAIN: ReadonlySet<string> = new Set([
  'turnout',
  'receipt',
  'proposals',
  'results',
  'checks',
  'downloads',
  'paper',
  'settings',
])

/** The place that a fragment (with or without `#`) names. */
export function parseRoute(hash: string): Route {
  const path = hash.replace(/^#/, '').split('?')[0] ?? ''
  if (path === '' || path === '/') return { view: 'overview' }
  if (!path.startsWith('/'))
    return linkValues(hash).receipt === undefined ? { view: 'overview' } : { view: 'receipt' }
  const [name = '', kind, number, page] = path.slice(1).split('/')
  if (PLAIN.has(name) && kind === undefined) return { view: name as 'turnout' }
  if (name !== 'ledger') return { view: 'unknown' }
  if (kind === undefined) return { view: 'ledger', page: 0 }
  const value = whole(number)
  const onPage = whole(page ?? '0')
  if (value === null || onPage === null || (page !== undefined && kind !== 'batch'))
    return { view: 'unknown' }
  if (kind === 'page') return { view: 'ledger', page: value }
  if (kind === 'batch') return { view: 'batch', number: value, page: onPage }
  return kind === 'record' ? { view: 'record', index: value } : { view: 'unknown' }
}

function whole(text: string | undefined): number | null {
  return /^[0-9]{1,9}$/.test(text ?? '') ? Number(text) : null
}

/** The fragment of a place. */
export function hashOf(route: Route): string {
  switch (route.view) {
    case 'overview':
    case 'unknown':
      return '#/'
    case 'ledger':
      return route.page === 0 ? '#/ledger' : `#/ledger/page/${route.page}`
    case 'batch':
      return `#/ledger/batch/${route.number}${route.page === 0 ? '' : `/${route.page}`}`
    case 'record':
      return `#/ledger/record/${route.index}`
    default:
      return `#/${route.view}`
  }
}

/** 52 Crockford characters: what the QR code of a receipt holds. */
const RECEIPT = /^[0-9A-HJKMNP-TV-Z]{52}$/i

/** The values that a fragment brings; those that are malformed are left out. */
export function linkValues(hash: string): LinkValues {
  const text = hash.replace(/^#/, '')
  if (RECEIPT.test(text)) return { receipt: text.toUpperCase() }
  const query = text.startsWith('/') ? text.slice(text.indexOf('?') + 1) : text
  if (text.startsWith('/') && !text.includes('?')) return {}
  // A plus sign stands in verifier keys and is meant as one.
  const values = new URLSearchParams(query.replaceAll('+', '%2B'))
  const host = hostAddress(values.get('host'))
  const manifestHash = values.get('manifest')?.toLowerCase()
  const authorityVkey = values.get('authority')
  const language = values.get('lang')
  const receipt = values.get('receipt')
  return {
    ...(host === null ? {} : { host }),
    ...(manifestHash !== undefined && /^[0-9a-f]{64}$/.test(manifestHash) ? { manifestHash } : {}),
    ...(authorityVkey !== null && /^[^ +]+\+[0-9a-f]{8}\+.+$/.test(authorityVkey) ? { authorityVkey } : {}),
    ...(language === 'ko' || language === 'en' ? { language } : {}),
    ...(receipt !== null && RECEIPT.test(receipt) ? { receipt: receipt.toUpperCase() } : {}),
  }
}

/** Whether a link names a pin that is none: better said than passed over. */
export function hasBrokenPin(hash: string): boolean {
  const text = hash.replace(/^#/, '')
  const isNamed = /(^|[?&])(manifest|authority)=/.test(text)
  const { manifestHash, authorityVkey } = linkValues(hash)
  return isNamed && manifestHash === undefined && authorityVkey === undefined
}

/** An http(s) address with a final slash and without query, or null. */
export function hostAddress(text: string | null): string | null {
  const url = text === null ? null : URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) return null
  url.search = ''
  url.hash = ''
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url.href
}
