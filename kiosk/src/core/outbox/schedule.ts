/**
 * When what is sent over which route, as pure functions over plain values. Random hold before the first attempt, random
 * choice among what is due, Wi-Fi before LoRaWAN, resending with growing pauses until an authenticated ack is in.
 * Everything here lives in memory: after a restart holds are drawn anew.
 */
import type { RouteName } from '../box/ballot-box.ts'

export interface RouteStatus {
  readonly name: RouteName
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
  readonly lastRoute: RouteName | null
  /** A send is running on `lastRoute`. */
  readonly isSending: boolean
}

export interface Schedule {
  readonly entries: ReadonlyMap<string, Entry>
  /** Wi-Fi attempts in a row that stayed without an answer. */
  readonly wifiSilence: number
}

export interface ScheduleOptions {
  /** Random hold before the first attempt, 0 … this. */
  readonly holdMaxMs: number
  readonly wifiRetryMs: readonly [first: number, longest: number]
  readonly loraRetryMs: readonly [first: number, longest: number]
  /** After so many unanswered attempts Wi-Fi is taken as not working even if it says that it is online. */
  readonly wifiSuspectAfter: number
}

/** The LoRaWAN pause is longer than the two receive windows (rx1_delay 5 s) and leaves the channel to others. */
export const SCHEDULE_OPTIONS: ScheduleOptions = {
  holdMaxMs: 10 * 60_000,
  wifiRetryMs: [15_000, 10 * 60_000],
  loraRetryMs: [30_000, 20 * 60_000],
  wifiSuspectAfter: 3,
}

export const EMPTY_SCHEDULE: Schedule = { entries: new Map(), wifiSilence: 0 }

export interface Send {
  readonly key: string
  readonly route: RouteName
}

/** A random number from 0 to just below 1. */
export type Dice = () => number

export function isWifiSuspect(schedule: Schedule, options: ScheduleOptions): boolean {
  return schedule.wifiSilence >= options.wifiSuspectAfter
}

/** Takes a new item up, to be sent after a random hold. */
export function add(
  schedule: Schedule,
  item: { readonly key: string; readonly byteLength: number; readonly after: string | null },
  nowMs: number,
  options: ScheduleOptions,
  dice: Dice,
): Schedule {
  const dueMs = nowMs + dice() * options.holdMaxMs
  return put(schedule, { ...item, dueMs, attempts: 0, lastRoute: null, isSending: false })
}

/** An authenticated ack named the item: it is done, whatever it said. */
export function settle(schedule: Schedule, key: string, route: RouteName): Schedule {
  const entries = new Map(schedule.entries)
  entries.delete(key)
  return { entries, wifiSilence: route === 'wifi' ? 0 : schedule.wifiSilence }
}

/** What to send now, at most as much as the routes take; and when to look again if nothing else happens. */
export function plan(
  schedule: Schedule,
  routes: readonly RouteStatus[],
  nowMs: number,
  options: ScheduleOptions,
  dice: Dice,
): { readonly sends: readonly Send[]; readonly nextMs: number | null } {
  const free = new Map(routes.map((route) => [route.name, { ...route }]))
  const sends: Send[] = []
  let nextMs: number | null = null
  for (const entry of shuffle([...schedule.entries.values()], dice)) {
    if (entry.isSending || (entry.after !== null && schedule.entries.has(entry.after))) continue
    if (entry.dueMs > nowMs) {
      nextMs = Math.min(nextMs ?? entry.dueMs, entry.dueMs)
      continue
    }
    const route = chooseRoute(schedule, entry, routes, options)
    const room = route === null ? undefined : free.get(route)
    if (room === undefined || room.freeSlots === 0) continue
    const isTransfer = entry.byteLength > room.frameBytes
    // One that this plan has begun.
    if (isTransfer && room.isTransferring) continue
    free.set(room.name, {
      ...room,
      freeSlots: room.freeSlots - 1,
      isTransferring: room.isTransferring || isTransfer,
    })
    sends.push({ key: entry.key, route: room.name })
  }
  return { sends, nextMs }
}

/** A send began. */
export function sending(schedule: Schedule, { key, route }: Send): Schedule {
  const entry = schedule.entries.get(key)
  if (entry === undefined) return schedule
  const wasUnanswered = entry.attempts > 0 && entry.lastRoute === 'wifi'
  return {
    ...put(schedule, { ...entry, isSending: true, lastRoute: route, attempts: entry.attempts + 1 }),
    wifiSilence: schedule.wifiSilence + (wasUnanswered ? 1 : 0),
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
  const [first, longest] = route === 'wifi' ? options.wifiRetryMs : options.loraRetryMs
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
  const [first] = route === 'wifi' ? options.wifiRetryMs : options.loraRetryMs
  const dueMs = nowMs + first * (0.25 + dice() * 0.25)
  // A send over Wi-Fi that got stuck is silence too: `sending` counts it at the next attempt.
  return put(schedule, { ...entry, isSending: false, dueMs })
}

/** Wi-Fi came back: what waits in long pauses is tried again soon, with short pauses again. First holds stay. */
export function wifiOnline(
  schedule: Schedule,
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
  return { entries, wifiSilence: 0 }
}

/** The best route for an item now: Wi-Fi, or LoRaWAN if it is not too long for that. A silent Wi-Fi takes turns with LoRaWAN. */
function chooseRoute(
  schedule: Schedule,
  entry: Entry,
  routes: readonly RouteStatus[],
  options: ScheduleOptions,
): RouteName | null {
  const usable = routes.filter(({ isOnline, maxBytes, frameBytes, isTransferring }) => {
    return isOnline && entry.byteLength <= (isTransferring ? frameBytes : maxBytes)
  })
  const hasWifi = usable.some(({ name }) => name === 'wifi')
  const hasLora = usable.some(({ name }) => name === 'lora')
  if (hasWifi && hasLora && isWifiSuspect(schedule, options)) {
    return entry.lastRoute === 'lora' ? 'wifi' : 'lora'
  }
  if (hasWifi) return 'wifi'
  return hasLora ? 'lora' : null
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
