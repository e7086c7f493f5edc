/**
 * When what is sent over which route, as pure functions over plain values. Random hold before the first attempt, random
 * choice among what is due, Wi-Fi before LoRaWAN, the first bridge before the others (failover.ts), resending with growing
 * pauses until an authenticated ack is in. Everything here lives in memory: after a restart holds are drawn anew.
 */
import type { RouteName } from '../box/ballot-box.ts'
import { chooseRoute } from './failover.ts'

export interface RouteStatus {
  /** Its name where there is one of the kind, else `wifi:<bridge>`. */
  readonly id: string
  readonly name: RouteName
  /** Bridges that hear what goes this way. */
  readonly bridges: readonly string[]
  readonly isOnline: boolean
  /** Longest datagram the route takes now; 0 when unknown. */
  readonly maxBytes: number
  /** Longest datagram that goes in one piece; a longer one takes the route's only transfer. */
  readonly frameBytes: number
  /** The transfer is taken. */
  readonly isTransferring: boolean
  /** How many more sends it takes at this moment. */
  readonly freeSlots: number
}

export interface Entry {
  readonly key: string
  readonly byteLength: number
  /** Another entry that must be settled first (kiosk manifests form a chain), or null. */
  readonly after: string | null
  /** Not sent before this clock time (ms). */
  readonly dueMs: number
  readonly attempts: number
  /** Attempts by route id. */
  readonly tries: ReadonlyMap<string, number>
  /** Bridges it can still be offered to; null: to all. */
  readonly open: readonly string[] | null
  readonly lastRoute: string | null
  /** A send is running on `lastRoute`. */
  readonly isSending: boolean
}

export interface Schedule {
  readonly entries: ReadonlyMap<string, Entry>
  /** By the id of a Wi-Fi route: attempts in a row that stayed without an answer, and when the last of them was found out. */
  readonly silence: ReadonlyMap<string, { readonly attempts: number; readonly sinceMs: number }>
  /** Bridges that gave a promise that cannot be believed, or broke one. */
  readonly failing: ReadonlySet<string>
}

export interface ScheduleOptions {
  /** Random hold before the first attempt, 0 … this. */
  readonly holdMaxMs: number
  readonly wifiRetryMs: readonly [first: number, longest: number]
  readonly loraRetryMs: readonly [first: number, longest: number]
  /** After so many unanswered attempts Wi-Fi is taken as not working even if it says that it is online. */
  readonly wifiSuspectAfter: number
  /** A silent bridge is tried again when it was left alone for so long. */
  readonly forgiveMs: number
}

/** The LoRaWAN pause is longer than the two receive windows (rx1_delay 5 s) and leaves the channel to others. */
export const SCHEDULE_OPTIONS: ScheduleOptions = {
  holdMaxMs: 10 * 60_000,
  wifiRetryMs: [15_000, 10 * 60_000],
  loraRetryMs: [30_000, 20 * 60_000],
  wifiSuspectAfter: 3,
  forgiveMs: 10 * 60_000,
}

export const EMPTY_SCHEDULE: Schedule = { entries: new Map(), silence: new Map(), failing: new Set() }

export interface Send {
  readonly key: string
  /** Id of the route. */
  readonly route: string
}

/** A random number from 0 to just below 1. */
export type Dice = () => number

/** Takes a new item up, to be sent after a random hold. */
export function add(
  schedule: Schedule,
  item: {
    readonly key: string
    readonly byteLength: number
    readonly after: string | null
    readonly open?: readonly string[] | null
  },
  nowMs: number,
  options: ScheduleOptions,
  dice: Dice,
): Schedule {
  const dueMs = nowMs + dice() * options.holdMaxMs
  const fresh = { attempts: 0, tries: new Map(), open: null, lastRoute: null, isSending: false }
  return put(schedule, { ...fresh, ...item, dueMs })
}

/** An authenticated ack came over a route: whoever is behind it answers. */
export function answered(schedule: Schedule, route: string): Schedule {
  if (!schedule.silence.has(route)) return schedule
  const silence = new Map(schedule.silence)
  silence.delete(route)
  return { ...schedule, silence }
}

/** An authenticated ack named the item, and no other bridge is to be asked: it is done, whatever it said. */
export function settle(schedule: Schedule, key: string, route: string): Schedule {
  const entries = new Map(schedule.entries)
  entries.delete(key)
  return answered({ ...schedule, entries }, route)
}

/** A bridge refused the item: it goes on to those that are left, soon. */
export function offerTo(
  schedule: Schedule,
  key: string,
  open: readonly string[] | null,
  nowMs: number,
  dice: Dice,
): Schedule {
  const entry = schedule.entries.get(key)
  if (entry === undefined) return schedule
  return put(schedule, { ...entry, open, attempts: 0, dueMs: nowMs + dice() * 1_000 })
}

/** From now on a bridge is tried last, or as the others. */
export function judgeBridge(schedule: Schedule, bridge: string, isFailing: boolean): Schedule {
  if (schedule.failing.has(bridge) === isFailing) return schedule
  const failing = new Set(schedule.failing)
  if (isFailing) failing.add(bridge)
  else failing.delete(bridge)
  return { ...schedule, failing }
}

/** What to send now, at most as much as the routes take; and when to look again if nothing else happens. */
export function plan(
  schedule: Schedule,
  routes: readonly RouteStatus[],
  nowMs: number,
  options: ScheduleOptions,
  dice: Dice,
): { readonly sends: readonly Send[]; readonly nextMs: number | null } {
  const free = new Map(routes.map((route) => [route.id, { ...route }]))
  const sends: Send[] = []
  let nextMs: number | null = null
  for (const entry of shuffle([...schedule.entries.values()], dice)) {
    if (entry.isSending || (entry.after !== null && schedule.entries.has(entry.after))) continue
    if (entry.dueMs > nowMs) {
      nextMs = Math.min(nextMs ?? entry.dueMs, entry.dueMs)
      continue
    }
    const route = chooseRoute(schedule, entry, routes, options, nowMs)
    const room = route === null ? undefined : free.get(route)
    if (room === undefined || room.freeSlots === 0) continue
    const isTransfer = entry.byteLength > room.frameBytes
    // One that this plan has begun.
    if (isTransfer && room.isTransferring) continue
    free.set(room.id, {
      ...room,
      freeSlots: room.freeSlots - 1,
      isTransferring: room.isTransferring || isTransfer,
    })
    sends.push({ key: entry.key, route: room.id })
  }
  return { sends, nextMs }
}

/** A send began; if the one before it stayed unanswered on Wi-Fi, that is found out now. */
export function sending(schedule: Schedule, { key, route }: Send, nowMs: number): Schedule {
  const entry = schedule.entries.get(key)
  if (entry === undefined) return schedule
  const { attempts, tries, lastRoute } = entry
  const silence = new Map(schedule.silence)
  if (attempts > 0 && lastRoute !== null && lastRoute !== 'lora') {
    const before = silence.get(lastRoute)?.attempts ?? 0
    silence.set(lastRoute, { attempts: before + 1, sinceMs: nowMs })
  }
  const counted = new Map(tries).set(route, (tries.get(route) ?? 0) + 1)
  return {
    ...put(schedule, { ...entry, isSending: true, lastRoute: route, attempts: attempts + 1, tries: counted }),
    silence,
  }
}

/** A send ended; the item stays until its ack comes and is due again after a pause that grows with the attempts. */
export function sent(
  schedule: Schedule,
  { key, route }: Send,
  nowMs: number,
  options: ScheduleOptions,
  dice: Dice,
): Schedule {
  const entry = schedule.entries.get(key)
  if (entry === undefined) return schedule
  const [first, longest] = route === 'lora' ? options.loraRetryMs : options.wifiRetryMs
  const pauseMs = Math.min(longest, first * 2 ** Math.min(20, entry.attempts - 1)) * (0.75 + dice() * 0.5)
  return put(schedule, { ...entry, isSending: false, dueMs: nowMs + pauseMs })
}

/**
 * A send could not even be made (busy, cut off): tried again after the shortest pause, so that a route that is back
 * is used soon.
 */
export function notSent(
  schedule: Schedule,
  { key, route }: Send,
  nowMs: number,
  options: ScheduleOptions,
  dice: Dice,
): Schedule {
  const entry = schedule.entries.get(key)
  if (entry === undefined) return schedule
  const [first] = route === 'lora' ? options.loraRetryMs : options.wifiRetryMs
  const dueMs = nowMs + first * (0.25 + dice() * 0.25)
  // A send over Wi-Fi that got stuck is silence too: `sending` counts it at the next attempt.
  return put(schedule, { ...entry, isSending: false, dueMs })
}

/** A Wi-Fi route came back: what waits in long pauses is tried again soon, with short pauses again. First holds stay. */
export function wifiOnline(
  schedule: Schedule,
  route: string,
  nowMs: number,
  options: ScheduleOptions,
  dice: Dice,
): Schedule {
  const entries = new Map(schedule.entries)
  for (const entry of schedule.entries.values()) {
    if (entry.attempts === 0) continue
    const soonMs = nowMs + dice() * Math.min(options.wifiRetryMs[0], 1_000)
    entries.set(entry.key, { ...entry, attempts: 1, dueMs: Math.min(entry.dueMs, soonMs) })
  }
  return answered({ ...schedule, entries }, route)
}

function put(schedule: Schedule, entry: Entry): Schedule {
  const entries = new Map(schedule.entries)
  entries.set(entry.key, entry)
  return { ...schedule, entries }
}

function shuffle<T>(items: T[], dice: Dice): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(dice() * (i + 1))
    const swapped = items[i] as T
    items[i] = items[j] as T
    items[j] = swapped
  }
  return items
}
