import type { Clock, Timer } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { equalBytes, toHex } from '@hanpyo/protocol/bytes.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import type { Ed25519, RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { verifyAck } from '@hanpyo/protocol/link/ack.ts'
import { parseDownDatagram } from '@hanpyo/protocol/link/datagram.ts'
import type { Route, RouteListener } from '../../routes/route.ts'
import type { BallotBox, ItemKind, RouteName, SealedItem, Settlement } from '../box/ballot-box.ts'
import { isSuspect } from './failover.ts'
import { type PromiseProblem, readPromise } from './promise-rules.ts'
import {
  add,
  answered,
  type Dice,
  EMPTY_SCHEDULE,
  judgeBridge,
  notSent,
  offerTo,
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
  readonly ackKeys: readonly BridgeKey[]
  /** Bridges that broke a promise before this start. */
  readonly brokenBefore?: readonly string[]
  /** Size of the ledger when the kiosk looked last; null or absent when it does not know. */
  readonly knownSize?: () => number | null
  /** Unix ms, never before what witnesses have signed; absent: the clock's. */
  readonly promiseNowMs?: () => number
  readonly options: ScheduleOptions
  readonly log: Logger
  /** A bridge refused an item for good. */
  readonly onRefused?: (kind: ItemKind, status: number) => void
  /** An authenticated ack was stored; status 0 is recorded. */
  readonly onAcked?: (id: Uint8Array, status: number, route: RouteName) => void
  /** A bridge gave a promise that does not bind as the manifest says; it was not kept. */
  readonly onBadPromise?: (bridge: string, problem: PromiseProblem) => void
  /** Something a health page shows has changed. */
  readonly onChange: () => void
}

export interface BridgeKey {
  readonly bridge: string
  /** 32 bytes from `ackKey`. */
  readonly key: Uint8Array
}

/** What stands against a bridge. */
export type BridgeProblem = 'bad-promise' | 'broken-promise' | 'not-published'

export interface BridgeFacts {
  readonly id: string
  /** A route to it is up. */
  readonly isOnline: boolean
  /** Every Wi-Fi route to it that is up stays without an answer. */
  readonly isSilent: boolean
  readonly problem: BridgeProblem | null
}

export interface OutboxFacts {
  readonly waiting: number
  readonly waitingForWifi: number
  readonly isWifiSuspect: boolean
  /** Those that a route leads to, in its order. */
  readonly bridges: readonly BridgeFacts[]
}

/**
 * Brings every sealed item to the ledger: asks the pure schedule what to do, does it, and takes in acks and promises.
 * The truth about what is delivered is in the ballot box; this holds only timers. Nothing here ever gives an item up.
 */
export class Outbox {
  readonly #deps: OutboxDeps
  readonly #dice: Dice
  readonly #items = new Map<string, SealedItem>()
  readonly #running = new Map<string, number>()
  /** Tells a send that its item was answered. */
  readonly #answered = new Map<string, AbortController>()
  readonly #wasOnline = new Map<string, boolean>()
  readonly #problems = new Map<string, BridgeProblem>()
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
    for (const bridge of this.#deps.brokenBefore ?? []) this.#judge(bridge, 'broken-promise')
    this.add(this.#deps.box.waiting())
    for (const route of this.#deps.routes) {
      const listener: RouteListener = {
        onDatagram: (bytes) => this.#receive(bytes, route),
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
      const entry = { key, byteLength: item.datagram.length, after, open: item.open ?? null }
      this.#schedule = add(this.#schedule, entry, clock.now(), options, this.#dice)
    }
    this.#work()
  }

  /** A bridge broke its word: it is tried last from now on, and what waits again because of that goes to the others. */
  wordBroken(
    bridge: string,
    items: readonly SealedItem[],
    how: 'broken-promise' | 'not-published' = 'broken-promise',
  ): void {
    this.#judge(bridge, how)
    const isKnown = ({ id }: SealedItem) => this.#items.has(toHex(id))
    for (const item of items.filter(isKnown)) this.#offer(item.id, item.open ?? null)
    this.add(items.filter((item) => !isKnown(item)))
    this.#deps.onChange()
  }

  facts(): OutboxFacts {
    const { routes, options } = this.#deps
    const lora = routes.find(({ name }) => name === 'lora')?.state
    const fits = (byteLength: number) => lora?.isOnline === true && byteLength <= lora.maxBytes
    const wifiUp = routes.filter(({ name, state }) => name === 'wifi' && state.isOnline)
    const isSilent = (some: readonly Route[]) =>
      some.length > 0 && some.every(({ id }) => isSuspect(this.#schedule, id, options))
    const reaches = (bridge: string) => (route: Route) => route.bridges.includes(bridge)
    const bridges = [...new Set(routes.flatMap((route) => route.bridges))]
    const waiting = [...this.#items.values()]
    return {
      waiting: waiting.length,
      waitingForWifi: wifiUp.length > 0 ? 0 : waiting.filter(({ datagram }) => !fits(datagram.length)).length,
      isWifiSuspect: isSilent(wifiUp),
      bridges: bridges.map((id) => ({
        id,
        isOnline: routes.some((route) => route.state.isOnline && reaches(id)(route)),
        isSilent: isSilent(wifiUp.filter(reaches(id))),
        problem: this.#problems.get(id) ?? null,
      })),
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
    const route = this.#deps.routes.find(({ id }) => id === send.route) as Route
    const item = this.#items.get(send.key) as SealedItem
    this.#schedule = sending(this.#schedule, send, clock.now())
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

  #receive(bytes: Uint8Array, route: Route): void {
    const parsed = parseDownDatagram(bytes)
    if (!parsed.ok) this.#deps.log.warn('downlink-dropped', { route: route.id, error: parsed.error })
    else if (parsed.value.kind === 'ack') this.#receiveAck(parsed.value.bytes, route)
    else this.#receivePromise(parsed.value.note, route)
    this.#deps.onChange()
    this.#work()
  }

  #receiveAck(bytes: Uint8Array, route: Route): void {
    const { box, ackKeys, manifestHash, kioskId, log } = this.#deps
    const findIds = (prefix: Uint8Array) => box.idsWithPrefix(prefix)
    const results = ackKeys.map(({ bridge, key }) => ({
      bridge,
      acked: verifyAck({ key, manifestHash, kioskId, bytes, findIds }),
    }))
    const verified = results.find(({ acked }) => acked.ok)
    if (verified === undefined || !verified.acked.ok) {
      const first = results[0]?.acked
      const error = first !== undefined && !first.ok ? first.error : 'no-bridge'
      log.warn('ack-dropped', { route: route.id, error })
      return
    }
    this.#schedule = answered(this.#schedule, route.id)
    for (const { id, status } of verified.acked.value) {
      const stored = box.settle(id, status, route.name, verified.bridge)
      if (stored.ok) this.#settled(id, status, route, verified.bridge, stored.value)
      // The ack will come again with the next attempt.
      else log.error('ack-not-stored', { error: stored.error })
    }
  }

  #settled(id: Uint8Array, status: number, route: Route, bridge: string, settlement: Settlement): void {
    const { onRefused, onAcked, log } = this.#deps
    const key = toHex(id)
    const { isSettled, open } = settlement
    const item = this.#items.get(key)
    this.#answered.get(key)?.abort()
    if (isSettled) {
      if (item !== undefined && status !== 0) onRefused?.(item.kind, status)
      this.#items.delete(key)
      this.#schedule = settle(this.#schedule, key, route.id)
    } else this.#offer(id, open)
    onAcked?.(id, status, route.name)
    log.info(status === 0 ? 'item-recorded' : 'item-refused', {
      route: route.id,
      bridge,
      ...(status === 0 ? {} : { status, offeredElsewhere: !isSettled }),
    })
  }

  #offer(id: Uint8Array, open: readonly string[] | null): void {
    this.#schedule = offerTo(this.#schedule, toHex(id), open, this.#deps.clock.now(), this.#dice)
  }

  /** Promises are given on the kiosk's authenticated route only; one that comes by radio is not looked at. */
  #receivePromise(note: string, route: Route): void {
    const { box, ed25519, manifest, clock, log } = this.#deps
    if (route.name !== 'wifi') return
    const nowMs = this.#deps.promiseNowMs?.() ?? clock.now()
    const knownSize = this.#deps.knownSize?.() ?? null
    const read = readPromise({ ed25519, manifest, nowMs, knownSize }, note)
    if (!read.ok) {
      // Whoever signed it, or the bridge that this route belongs to.
      const bridge = read.detail ?? route.bridges[0] ?? ''
      log.warn('promise-refused', { route: route.id, bridge, problem: read.error })
      this.#judge(bridge, 'bad-promise')
      this.#deps.onBadPromise?.(bridge, read.error)
      return
    }
    const { promise, bridge } = read.value
    const kept = box.keepPromise(promise.leaf, note, bridge)
    log.info('promise', { bridge, result: kept.ok ? kept.value : kept.error })
    if (kept.ok && kept.value === 'kept' && this.#problems.get(bridge) === 'bad-promise') {
      this.#judge(bridge, null)
    }
  }

  #judge(bridge: string, problem: BridgeProblem | null): void {
    if (problem === null) this.#problems.delete(bridge)
    else if (this.#problems.get(bridge) !== 'broken-promise') this.#problems.set(bridge, problem)
    this.#schedule = judgeBridge(this.#schedule, bridge, this.#problems.has(bridge))
  }

  #routeChanged(route: Route): void {
    const { clock, options, log } = this.#deps
    const { isOnline, reason } = route.state
    if (this.#wasOnline.get(route.id) !== isOnline) {
      this.#wasOnline.set(route.id, isOnline)
      log.info(isOnline ? 'route-online' : 'route-offline', { route: route.id, reason })
      if (isOnline && route.name === 'wifi') {
        this.#schedule = wifiOnline(this.#schedule, route.id, clock.now(), options, this.#dice)
      }
    }
    this.#deps.onChange()
    this.#work()
  }

  #routeStatus(): RouteStatus[] {
    return this.#deps.routes.map(({ id, name, bridges, state, slots }) => ({
      id,
      name,
      bridges,
      isOnline: state.isOnline,
      maxBytes: state.maxBytes,
      frameBytes: state.frameBytes ?? state.maxBytes,
      isTransferring: state.isTransferring ?? false,
      freeSlots: slots - (this.#running.get(id) ?? 0),
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
