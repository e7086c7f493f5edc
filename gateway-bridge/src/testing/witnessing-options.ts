import type { BridgeOptions } from '../bridge.ts'

/** Witnesses over the given fetch, asked at once and again every simulated second; the published note is kept in memory. */
export function witnessingOptions(ask: typeof fetch = fetch): BridgeOptions['witnessing'] {
  let kept: string | null = null
  return {
    fetch: ask,
    timeoutMs: 2_000,
    republishMs: 600_000,
    retryMs: 1_000,
    store: {
      load: async () => kept,
      save: async (note) => {
        kept = note
      },
    },
    onPublished() {},
  }
}
