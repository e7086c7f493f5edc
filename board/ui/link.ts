import type { LinkValues } from './routes.ts'

const KEY = 'hanpyo-board-link'

type Lasting = Pick<LinkValues, 'host' | 'manifestHash' | 'authorityVkey'>

/** The part of `sessionStorage` that is used. */
export type TabStorage = Pick<Storage, 'getItem' | 'setItem'>

/**
 * Host and pins of a link hold as long as the tab, also when the page is loaded anew at another place. A link that brings any of
 * them replaces all. The code of a receipt is never kept.
 */
export function lastingLink(brought: LinkValues, storage: () => TabStorage): LinkValues {
  const { host, manifestHash, authorityVkey } = brought
  const isNew = host !== undefined || manifestHash !== undefined || authorityVkey !== undefined
  try {
    if (!isNew) return { ...(JSON.parse(storage().getItem(KEY) ?? '{}') as Lasting), ...brought }
    storage().setItem(KEY, JSON.stringify({ host, manifestHash, authorityVkey }))
  } catch {
    // A browser that keeps nothing: the link holds as long as the page.
  }
  return brought
}
