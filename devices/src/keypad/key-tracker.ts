import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import type { RawKey } from './key-lines.ts'
import type { KeyEvent } from './keypad.ts'

export interface KeyTrackerOptions<Key extends string> {
  readonly clock: Clock
  /** From a device's code to what the key means; other codes are ignored. */
  readonly codes: Readonly<Record<string, Key>>
  readonly onEvent: (event: KeyEvent<Key>) => void
  /** After a press, further presses of the same key within this time are bounces or double strikes. Default 150 ms. */
  readonly debounceMs?: number
  /** A key that is down for longer is stuck. Default 15 s: nobody holds a key that long, some hold it for ten. */
  readonly stuckAfterMs?: number
}

interface KeyStatus {
  isDown: boolean
  isStuck: boolean
  /** Whether the press was passed on, so that its release is too. */
  isTold: boolean
  lastPressMs: number
  lastReleaseMs: number
  timer: Timer | undefined
}

const UNTOUCHED = { isDown: false, isStuck: false, isTold: false }

/** Contacts bounce when they open, too; nobody lets go and presses again this fast. */
const RELEASE_BOUNCE_MS = 40

/**
 * Makes what people mean out of what contacts do (EN 301 549 5.7 to 5.9: no repeat, double strikes ignored). One
 * status per logical key, so memory is bounded by `codes`.
 */
export class KeyTracker<Key extends string> {
  readonly #options: KeyTrackerOptions<Key>
  readonly #keys = new Map<Key, KeyStatus>()

  constructor(options: KeyTrackerOptions<Key>) {
    this.#options = options
  }

  get stuckKeys(): Key[] {
    return [...this.#keys].filter(([, { isStuck }]) => isStuck).map(([key]) => key)
  }

  push({ code, isDown }: RawKey): void {
    if (!Object.hasOwn(this.#options.codes, code)) return
    const key = this.#options.codes[code]!
    const status = this.#statusOf(key)
    if (status.isDown === isDown) return
    status.isDown = isDown
    if (isDown) this.#pressed(key, status)
    else this.#released(key, status)
  }

  /** All keys count as released: the device was unplugged. */
  releaseAll(): void {
    for (const [key, status] of this.#keys) {
      if (!status.isDown) continue
      status.isDown = false
      this.#released(key, status)
    }
  }

  #pressed(key: Key, status: KeyStatus): void {
    const { clock, debounceMs = 150, stuckAfterMs = 15_000, onEvent } = this.#options
    const nowMs = clock.now()
    status.timer = clock.setTimeout(() => {
      status.isStuck = true
      onEvent({ kind: 'stuck', key })
    }, stuckAfterMs)
    if (isWithin(nowMs - status.lastPressMs, debounceMs)) return
    if (isWithin(nowMs - status.lastReleaseMs, RELEASE_BOUNCE_MS)) return
    status.lastPressMs = nowMs
    status.isTold = true
    onEvent({ kind: 'press', key })
  }

  #released(key: Key, status: KeyStatus): void {
    const { clock, onEvent } = this.#options
    clock.clearTimeout(status.timer)
    status.timer = undefined
    status.lastReleaseMs = clock.now()
    const { isStuck, isTold } = status
    status.isStuck = false
    status.isTold = false
    if (isStuck) onEvent({ kind: 'freed', key })
    else if (isTold) onEvent({ kind: 'release', key })
  }

  #statusOf(key: Key): KeyStatus {
    let status = this.#keys.get(key)
    if (status === undefined) {
      const never = Number.NEGATIVE_INFINITY
      status = { ...UNTOUCHED, lastPressMs: never, lastReleaseMs: never, timer: undefined }
      this.#keys.set(key, status)
    }
    return status
  }
}

/** A clock that was set back must not mute a key. */
function isWithin(sinceMs: number, limitMs: number): boolean {
  return sinceMs >= 0 && sinceMs < limitMs
}
