/** Proposals on one screen. */
export const PAGE_SIZE = 5

/** One page of a list; a number behind the last page gives the last. An empty list has one empty page. */
export function pageOf<T>(
  items: readonly T[],
  wanted: number,
): { readonly page: number; readonly pages: number; readonly items: T[] } {
  const pages = Math.max(1, Math.ceil(items.length / PAGE_SIZE))
  const page = Math.min(Math.max(1, wanted), pages)
  return { page, pages, items: items.slice((page - 1) * PAGE_SIZE, page * PAGE_SIZE) }
}
