import { type BundleStore, type HeadStore, memoryStores, type RememberedHead } from './stores.ts'

const DATABASE = 'hanpyo-board'
/** Bundles of all logs together; a ballot with its neighbours has some 250 bytes, so this is about a million of them. */
const MOST_BUNDLE_BYTES = 256 * 2 ** 20

/** Stores in IndexedDB, or in memory where the browser has none to give (a private window, a full disk). */
export async function openStores(factory: IDBFactory | undefined): Promise<BundleStore & HeadStore> {
  try {
    if (factory === undefined) return memoryStores()
    return databaseStores(await openDatabase(factory))
  } catch {
    return memoryStores()
  }
}

function openDatabase(factory: IDBFactory): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(DATABASE, 1)
    request.onupgradeneeded = () => {
      for (const name of ['bundles', 'heads', 'elections', 'sizes']) request.result.createObjectStore(name)
    }
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('no database'))
    request.onblocked = () => reject(new Error('blocked'))
  })
}

function databaseStores(database: IDBDatabase): BundleStore & HeadStore {
  const read = <T>(store: string, key: string): Promise<T | null> =>
    inStore(database, store, 'readonly', (objects) => objects.get(key)).then((value) => (value as T) ?? null)
  const write = (store: string, key: string, value: unknown): Promise<unknown> =>
    inStore(database, store, 'readwrite', (objects) => objects.put(value, key))
  const remove = (store: string, key: string | IDBKeyRange): Promise<unknown> =>
    inStore(database, store, 'readwrite', (objects) => objects.delete(key))
  const ofLog = (log: string): IDBKeyRange => IDBKeyRange.bound(`${log}/`, `${log}0`, false, true)
  return {
    isLasting: true,
    get: (log, index) => read<Uint8Array>('bundles', `${log}/${index}`).catch(() => null),
    async put(log, index, bytes) {
      // A cache that is full or broken must not stop the reading.
      await keepBundle(log, index, bytes).catch(() => undefined)
    },
    async drop(log) {
      await remove('bundles', ofLog(log)).catch(() => undefined)
    },
    head: (log) => read<RememberedHead>('heads', log).catch(() => null),
    async saveHead(log, head) {
      await write('heads', log, head).catch(() => undefined)
    },
    electionAt: (host) => read<string>('elections', host).catch(() => null),
    async saveElectionAt(host, manifestHash) {
      await write('elections', host, manifestHash).catch(() => undefined)
    },
    async forget(log, host) {
      await remove('heads', log)
      await remove('elections', host)
      await remove('bundles', ofLog(log))
    },
  }

  async function keepBundle(log: string, index: number, bytes: Uint8Array): Promise<void> {
    const kept = (await read<number>('sizes', 'bundles')) ?? 0
    if (kept + bytes.length > MOST_BUNDLE_BYTES) {
      await inStore(database, 'bundles', 'readwrite', (objects) => objects.clear())
      await write('sizes', 'bundles', 0)
      return
    }
    await write('bundles', `${log}/${index}`, bytes)
    await write('sizes', 'bundles', kept + bytes.length)
  }
}

function inStore(
  database: IDBDatabase,
  store: string,
  mode: IDBTransactionMode,
  work: (objects: IDBObjectStore) => IDBRequest,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode)
    const request = work(transaction.objectStore(store))
    transaction.oncomplete = () => resolve(request.result)
    transaction.onerror = () => reject(transaction.error ?? new Error('the database failed'))
    transaction.onabort = () => reject(transaction.error ?? new Error('the database gave up'))
  })
}
