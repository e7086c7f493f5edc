import type { WaitingItem, WaitingRoom } from '../admission/waiting-room.ts'
import { isReleased, type KioskBacklog, type ReleaseRule } from './release.ts'

/**
 * What goes out at a tick: notes, and everything of the kiosks that the release rule lets go, as it lies on disk when the tick
 * begins. What comes while its batches are written has no company yet and waits for the next tick. A waiting seal releases
 * everything: what is acknowledged has to stand before it.
 */
export function dueAt(waiting: WaitingRoom, rule: ReleaseRule, tickAtSeconds: number): Set<WaitingItem> {
  const due = new Set<WaitingItem>()
  const waitsByKiosk = { ballots: new Map<number, FromKiosk[]>(), statements: new Map<number, FromKiosk[]>() }
  const ended = new Set<number>()
  let isSealing = false
  let isOpening = false
  for (const item of waiting.ready()) {
    if (item.kind === 'note') {
      due.add(item)
      isSealing ||= item.effect.polls === 'sealed'
      isOpening ||= item.effect.polls === 'open'
      if (item.effect.endsKiosk !== undefined) ended.add(item.effect.endsKiosk)
      continue
    }
    const byKiosk = item.kind === 'statement' ? waitsByKiosk.statements : waitsByKiosk.ballots
    const others = byKiosk.get(item.kioskId)
    if (others === undefined) byKiosk.set(item.kioskId, [item])
    else others.push(item)
  }
  const isOut = (items: readonly FromKiosk[], kioskId: number): boolean =>
    isSealing || isReleased(backlogOf(items, ended.has(kioskId)), rule, tickAtSeconds)
  for (const [kioskId, items] of waitsByKiosk.ballots) {
    const isAllOut = isOut(items, kioskId)
    for (const item of items) if (isAllOut || (isOpening && item.kind === 'refusal')) due.add(item)
  }
  for (const [kioskId, items] of waitsByKiosk.statements) {
    if (isOut(items, kioskId) || waiting.isAwaited(kioskId)) for (const item of items) due.add(item)
  }
  return due
}

type FromKiosk = Exclude<WaitingItem, { readonly kind: 'note' }>

/** Of proposals and supports people count: ten supports of one slip are no company for each other. */
function backlogOf(items: readonly FromKiosk[], hasFinalManifest: boolean): KioskBacklog {
  const people = new Set<number>()
  let ballotCount = 0
  let deadline = Number.POSITIVE_INFINITY
  for (const item of items) {
    if (item.kind === 'statement') people.add(item.supportIndex)
    else if (item.kind === 'ballot') ballotCount++
    deadline = Math.min(deadline, item.deadline)
  }
  return { ballotCount: ballotCount + people.size, deadline, hasFinalManifest }
}
