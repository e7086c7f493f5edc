import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { equalBytes, toHex } from '@hanpyo/protocol/bytes.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import type { Ed25519, RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { verifyAck } from '@hanpyo/protocol/link/ack.ts'
import { parseDownDatagram } from '@hanpyo/protocol/link/datagram.ts'
import { verifyPromise } from '@hanpyo/protocol/link/promise.ts'
import type { Route, RouteListener } from '../../routes/route.ts'
import type { BallotBox, ItemKind, RouteName, SealedItem } from '../box/ballot-box.ts'
import {
  add,
  type Dice,
  EMPTY_SCHEDULE,
  isWifiSuspect,
  notSent,
  plan,
  type RouteStatus,
  type Schedule,
  type ScheduleOptions,
  type Send,
  sending,
  sent,
  settle,
  wifiOnline,
} from './schedule.ts'

export interface OutboxDeps {
  readonly box: BallotBox
  readonly routes: readonly Route[]
  readonly clock: Clock
  readonly random: RandomBytes
  readonly ed25519: Ed25519
  readonly manifest: Manifest
  readonly manifestHash: Uint8Array
  readonly kioskId: number
  /** Ack keys shared with each bridge of the manifest. */
  readonly ackKeys: readonly Uint8Array[]
  readonly options: ScheduleOptions
  readonly log: Logger
  /** A bridge refused an item for good. */
  readonly onRefused?: (kind: ItemKind, status: number) => void
  /** An authenticated ack was stored; status 0 is recorded. */
  readonly onAcked?: (id: Uint8Array, status: number, route: RouteName) => void
  /** Something a health page shows has changed. */
  readonly onChange: () => void
}

export interface OutboxFacts {
  readonly waiting: number
  readonly waitingForWifi: number
  readonly isWifiSuspect: boolean
}

/**
 * Brings every sealed item to the ledger: asks the pure schedule what to do, does it, and takes in acks and promises.
 * The truth about what is delivered is in the ballot box; this holds only timers. Nothing here ever gives an item up.
 */
export class Outbox {
  readonly #deps: OutboxDeps
  readonly #dice: Dice
  readonly #items = new Map<string, SealedItem>()
  readonly #running = new Map<RouteName, number>()
  /** Tells a send that its item was answered. */
  readonly #answered = new Map<string, AbortController>()
  readonly #wasOnline = new Map<RouteName, boolean>()
  #schedule: Schedule = EMPTY_SCHEDULE
  #timer: Timer | undefined
  #isWorkDue = false
  #isClosed = false

  constructor(deps: OutboxDeps) {
    this.#deps = deps
    this.#dice = () => new DataView(deps.random(4).buffer).getUint32(0) / 2 ** 32
  }

  /** Loads what waits on disk and starts the routes. */
  start(): void {
    this.add(this.#deps.box.waiting())
    for (const route of this.#deps.routes) {
      const listener: RouteListener = {
        onDatagram: (bytes) => this.#receive(bytes, route.name),
        onStateChange: () => this.#routeChanged(route),
      }
      route.start(listener)
    }
  }

  /** Takes up items that were just stored. */
  add(items: readonly SealedItem[]): void {
    const { clock, options } = this.#deps
    // The box gives them in no order, but each has to find the one before it in its chain.
    for (const item of items.toSorted((a, b) => a.interval - b.interval)) {
      const key = toHex(item.id)
      this.#items.set(key, item)
      const after = this.#previousInChain(item)
      const entry = { key, byteLength: item.datagram.length, after }
      this.#schedule = add(this.#schedule, entry, clock.now(), options, this.#dice)
    }
    this.#work()
  }

  facts(): OutboxFacts {
    const { routes, options } = this.#deps
    const lora = routes.find(({ name }) => name === 'lora')?.state
    const fits = (byteLength: number) => lora?.isOnline === true && byteLength <= lora.maxBytes
    const wifiIsUp = routes.some(({ name, state }) => name === 'wifi' && state.isOnline)
    const waiting = [...this.#items.values()]
    return {
      waiting: waiting.length,
      waitingForWifi: wifiIsUp ? 0 : waiting.filter(({ datagram }) => !fits(datagram.length)).length,
      isWifiSuspect: isWifiSuspect(this.#schedule, options),
    }
  }

  /** Stops timers and routes. What is not acknowledged waits on disk. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#deps.clock.clearTimeout(this.#timer)
    await Promise.all(this.#deps.routes.map((route) => route.close()))
  }

  /**
   * Looks for work soon. Never at once: a route may hand in an ack while it is still being asked to send, and plans
   * made before that would be stale.
   */
  #work(): void {
    if (this.#isWorkDue) return
    this.#isWorkDue = true
    queueMicrotask(() => {
      this.#isWorkDue = false
      if (!this.#isClosed) this.#workNow()
    })
  }

  #workNow(): void {
    const { clock, options } = this.#deps
    clock.clearTimeout(this.#timer)
    const { sends, nextMs } = plan(this.#schedule, this.#routeStatus(), clock.now(), options, this.#dice)
    for (const send of sends) void this.#send(send)
    if (nextMs !== null) this.#timer = clock.setTimeout(() => this.#work(), nextMs - clock.now())
  }

  async #send(send: Send): Promise<void> {
    const { clock, options, log } = this.#deps
    const route = this.#deps.routes.find(({ name }) => name === send.route) as Route
    const item = this.#items.get(send.key) as SealedItem
    this.#schedule = sending(this.#schedule, send)
    this.#running.set(send.route, (this.#running.get(send.route) ?? 0) + 1)
    const answered = new AbortController()
    this.#answered.set(send.key, answered)
    const result = await route.send(item.datagram, answered.signal)
    this.#answered.delete(send.key)
    this.#running.set(send.route, (this.#running.get(send.route) as number) - 1)
    const after = result.ok ? sent : notSent
    this.#schedule = after(this.#schedule, send, clock.now(), options, this.#dice)
    if (!result.ok) log.debug('send-failed', { route: send.route, error: result.error })
    this.#deps.onChange()
    this.#work()
  }

  #receive(bytes: Uint8Array, route: RouteName): void {
    const parsed = parseDownDatagram(bytes)
    if (!parsed.ok) this.#deps.log.warn('downlink-dropped', { route, error: parsed.error })
    else if (parsed.value.kind === 'ack') this.#receiveAck(parsed.value.bytes, route)
    else this.#receivePromise(parsed.value.note, route)
    this.#deps.onChange()
    this.#work()
  }

  #receiveAck(bytes: Uint8Array, route: RouteName): void {
    const { box, ackKeys, manifestHash, kioskId, log } = this.#deps
    const findIds = (prefix: Uint8Array) => box.idsWithPrefix(prefix)
    const results = ackKeys.map((key) => verifyAck({ key, manifestHash, kioskId, bytes, findIds }))
    const verified = results.find((result) => result.ok)
    if (verified === undefined || !verified.ok) {
      const first = results[0]
      log.warn('ack-dropped', { route, error: first !== undefined && !first.ok ? first.error : 'no-bridge' })
      return
    }
    for (const { id, status } of verified.value) {
      const stored = box.settle(id, status, route)
      if (!stored.ok) {
        // The ack will come again with the next attempt.
        log.error('ack-not-stored', { error: stored.error })
        continue
      }
      const key = toHex(id)
      const item = this.#items.get(key)
      if (item !== undefined && status !== 0) this.#deps.onRefused?.(item.kind, status)
      this.#deps.onAcked?.(id, status, route)
      this.#items.delete(key)
      this.#schedule = settle(this.#schedule, key, route)
      this.#answered.get(key)?.abort()
      log.info(status === 0 ? 'item-recorded' : 'item-refused', {
        route,
        ...(status === 0 ? {} : { status }),
      })
    }
  }

  /** Promises are given on the kiosk's authenticated route only; one that comes by radio is not looked at. */
  #receivePromise(note: string, route: RouteName): void {
    const { box, ed25519, manifest, log } = this.#deps
    if (route !== 'wifi') return
    for (const bridge of manifest.keys.bridges) {
      const promise = verifyPromise(ed25519, bridge.promise, note)
      if (!promise.ok) continue
      if (promise.value.log !== manifest.id) break
      const kept = box.keepPromise(promise.value.leaf, note)
      log.info('promise', { result: kept.ok ? kept.value : kept.error })
      return
    }
    log.warn('promise-dropped', { route })
  }

  #routeChanged(route: Route): void {
    const { clock, options, log } = this.#deps
    const { isOnline, reason } = route.state
    if (this.#wasOnline.get(route.name) !== isOnline) {
      this.#wasOnline.set(route.name, isOnline)
      log.info(isOnline ? 'route-online' : 'route-offline', { route: route.name, reason })
      if (isOnline && route.name === 'wifi') {
        this.#schedule = wifiOnline(this.#schedule, clock.now(), options, this.#dice)
      }
    }
    this.#deps.onChange()
    this.#work()
  }

  #routeStatus(): RouteStatus[] {
    return this.#deps.routes.map(({ name, state, slots }) => ({
      name,
      isOnline: state.isOnline,
      maxBytes: state.maxBytes,
      frameBytes: state.frameBytes ?? state.maxBytes,
      isTransferring: state.isTransferring ?? false,
      freeSlots: slots - (this.#running.get(name) ?? 0),
    }))
  }

  #previousInChain(item: SealedItem): string | null {
    if (item.kind !== 'kiosk-manifest' && item.kind !== 'moderation') return null
    let best: SealedItem | undefined
    for (const other of this.#items.values()) {
      if (other.kind !== item.kind || other.interval >= item.interval) continue
      if (equalBytes(other.id, item.id)) continue
      if (best === undefined || other.interval > best.interval) best = other
    }
    return best === undefined ? null : toHex(best.id)
  }
}
