/** Which way, and so to which bridge, an item goes: pure functions over the schedule's values. */
import type { Entry, RouteStatus, Schedule, ScheduleOptions } from './schedule.ts'

/** Whether a route stays silent though it says that it is online. */
export function isSuspect(schedule: Schedule, route: string, options: ScheduleOptions): boolean {
  return (schedule.silence.get(route)?.attempts ?? 0) >= options.wifiSuspectAfter
}

/**
 * The best route for an item now, or null.
 * 1. Only routes that are up, carry it, and lead to a bridge that has not refused it.
 * 2. Wi-Fi before LoRaWAN; when every Wi-Fi is silent, in turns with LoRaWAN. LoRaWAN also goes first where Wi-Fi leads only
 *    to bridges that are failing.
 * 3. Among several Wi-Fi routes: bridges that answer before those that are silent or failing, then the one with fewer
 *    unanswered rounds for this item, then the order of the configuration.
 */
export function chooseRoute(
  schedule: Schedule,
  entry: Entry,
  routes: readonly RouteStatus[],
  options: ScheduleOptions,
  nowMs: number,
): string | null {
  const { open } = entry
  const left = ({ bridges }: RouteStatus) =>
    bridges.filter((bridge) => open === null || open.includes(bridge))
  const usable = routes.filter((route) => {
    const { isOnline, maxBytes, frameBytes, isTransferring } = route
    if (!isOnline || left(route).length === 0) return false
    return entry.byteLength <= (isTransferring ? frameBytes : maxBytes)
  })
  const isFailing = (route: RouteStatus) => left(route).every((bridge) => schedule.failing.has(bridge))
  const lora = usable.find(({ name }) => name === 'lora')
  const wifi = usable
    .filter(({ name }) => name === 'wifi')
    .map((route, order) => ({ route, rank: rankOf(route, order) }))
    .toSorted((a, b) => compare(a.rank, b.rank))[0]?.route
  if (wifi === undefined) return lora?.id ?? null
  if (lora === undefined) return wifi.id
  if (isFailing(wifi) && !isFailing(lora)) return lora.id
  const isSilent = usable.every(({ name, id }) => name === 'lora' || isSuspect(schedule, id, options))
  return isSilent && entry.lastRoute !== lora.id ? lora.id : wifi.id

  function rankOf(route: RouteStatus, order: number): readonly number[] {
    const silence = schedule.silence.get(route.id)
    const isAvoided =
      isSuspect(schedule, route.id, options) && nowMs < (silence?.sinceMs ?? 0) + options.forgiveMs
    const rounds = Math.floor((entry.tries.get(route.id) ?? 0) / options.wifiSuspectAfter)
    return [isFailing(route) ? 1 : 0, isAvoided ? 1 : 0, rounds, order]
  }
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i])
  return at < 0 ? 0 : (a[at] as number) - (b[at] as number)
}
