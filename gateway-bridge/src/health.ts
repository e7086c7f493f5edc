import type { Logger } from '@hanpyo/platform/logger.ts'
import type { StorageWatch } from './admission/group-commit.ts'

/** `GET /healthz`. `isAccepting` decides between 200 and 503. */
export interface BridgeHealth {
  readonly isAccepting: boolean
  /** `storage-broken` never passes: the process is ending. */
  readonly storage: 'ok' | 'disk-full' | 'storage-unavailable' | 'storage-broken'
  /** Why the store takes nothing, for people; there only when it knows. */
  readonly reason?: string
  readonly mqtt: { readonly online: number; readonly wanted: number }
  /** Whether this replica cuts the batches; there only where several share a store. */
  readonly leads?: boolean
}

export interface Health extends StorageWatch {
  readonly view: BridgeHealth
  mqtt(online: number, wanted: number): void
}

export interface HealthOptions {
  readonly log: Logger
  /** What the store says of itself: also while writes hang that wait for its standbys. */
  trouble?(): string | null
  /** Whether this replica cuts the batches; `undefined` where there is only one. */
  leads?(): boolean | undefined
  onStorage(isStalled: boolean): void
  /** The store is broken for good; the process has to end. */
  onBroken(detail: string | undefined): void
}

/** The one place that knows whether this bridge can do its work, and says so in log, metric and `/healthz`. */
export function createHealth({ log, trouble, leads, onStorage, onBroken }: HealthOptions): Health {
  let storage: BridgeHealth['storage'] = 'ok'
  let mqtt = { online: 0, wanted: 0 }
  return {
    get view() {
      const reason = trouble?.() ?? null
      const isLeading = leads?.()
      const role = isLeading === undefined ? {} : { leads: isLeading }
      if (reason === null) return { isAccepting: storage === 'ok', storage, mqtt, ...role }
      const shown = storage === 'ok' ? 'storage-unavailable' : storage
      return { isAccepting: false, storage: shown, reason, mqtt, ...role }
    },
    mqtt(online, wanted) {
      mqtt = { online, wanted }
    },
    stalled(error, detail) {
      if (storage === error || storage === 'storage-broken') return
      storage = error
      onStorage(true)
      log.error('storage-stalled', {
        error,
        detail,
        message:
          'Nothing is stored or acknowledged until this passes; kiosks keep their ballots and send again.',
      })
    },
    recovered() {
      if (storage === 'ok' || storage === 'storage-broken') return
      storage = 'ok'
      onStorage(false)
      log.info('storage-recovered')
    },
    broken(detail) {
      // What is on its way is not waited for: it will never be on the disk.
      storage = 'storage-broken'
      log.fatal('storage-broken', { detail })
      onBroken(detail)
    },
  }
}
