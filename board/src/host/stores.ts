/** What a browser keeps between visits. None of it is trusted: bundles are hashed again, heads are compared. */
export interface BundleStore {
  get(log: string, index: number): Promise<Uint8Array | null>
  put(log: string, index: number, bytes: Uint8Array): Promise<void>
  /** Forgets the bundles of one log, after they turned out to be wrong. */
  drop(log: string): Promise<void>
}

/** The last head that this browser saw of a log. */
export interface RememberedHead {
  readonly size: number
  /** Base64. */
  readonly root: string
  /** The whole note: the evidence if the log forks. */
  readonly note: string
  /** POSIX seconds. */
  readonly firstSeen: number
}

export interface HeadStore {
  /** False where nothing can be kept, as in a private window. */
  readonly isLasting: boolean
  head(log: string): Promise<RememberedHead | null>
  saveHead(log: string, head: RememberedHead): Promise<void>
  /** H_m in hex of the election that an address showed last. */
  electionAt(host: string): Promise<string | null>
  saveElectionAt(host: string, manifestHash: string): Promise<void>
  forget(log: string, host: string): Promise<void>
}

/** Keeps everything as long as the page lives: for tests, and for browsers that keep nothing. */
export function memoryStores(): BundleStore & HeadStore {
  const bundles = new Map<string, Uint8Array>()
  const heads = new Map<string, RememberedHead>()
  const elections = new Map<string, string>()
  return {
    isLasting: false,
    get: async (log, index) => bundles.get(`${log}/${index}`) ?? null,
    put: async (log, index, bytes) => void bundles.set(`${log}/${index}`, bytes),
    drop: async (log) => {
      for (const key of bundles.keys()) if (key.startsWith(`${log}/`)) bundles.delete(key)
    },
    head: async (log) => heads.get(log) ?? null,
    saveHead: async (log, head) => void heads.set(log, head),
    electionAt: async (host) => elections.get(host) ?? null,
    saveElectionAt: async (host, hash) => void elections.set(host, hash),
    forget: async (log, host) => {
      heads.delete(log)
      elections.delete(host)
    },
  }
}
