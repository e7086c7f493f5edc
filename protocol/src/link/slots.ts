/**
 * Sending by the clock instead of at random, for fixed kiosks on LoRaWAN (docs/adr/0007). Time is cut into superframes
 * of twice the RX1 delay: in the first half kiosks send, each in its own slot, on all channels at once; an answer in RX1
 * falls into the second half, where nobody sends. Everything is computed from the time, the number of the kiosk and values
 * that all kiosks of a cell share; nothing about it is ever transmitted.
 */

/** Most ballots one ack can name (link/ack.ts). */
const ACK_ITEMS = 5

/** The same for all kiosks of a cell. Times in ms. */
export interface SlotPlan {
  /** Superframe `n` starts at unix time `n * superframeMs`. */
  readonly superframeMs: number
  readonly channelCount: number
  /** Slots in one superframe, over all channels. */
  readonly slotCount: number
  /** Slot `i` starts `firstMs + i * stepMs` after its superframe. */
  readonly firstMs: number
  readonly stepMs: number
  /** One in so many uplinks of a kiosk may be answered. */
  readonly ackEvery: number
}

/** A kiosk's place in the plan. With more kiosks than slots, groups take turns superframe by superframe. */
export interface KioskSlot {
  readonly slot: number
  readonly group: number
  readonly groupCount: number
}

/** One opportunity to send. */
export interface SlotTurn {
  /** Unix ms at which the first symbol is to leave the antenna. */
  readonly startMs: number
  /** Index of the channel, 0 … `channelCount` - 1. */
  readonly channel: number
  /** Whether the gateway keeps RX1 of this uplink free for this kiosk's ack. */
  readonly isAckTurn: boolean
}

/**
 * The tightest plan in which, as long as each clock is right within `clockErrorMs`, no two uplinks meet on a channel, no
 * uplink meets an answer and no two answers meet. Throws `RangeError` when not even one slot fits.
 */
export function planSlots(options: {
  /** Longest uplink: 213 B at DR5 take 359 ms, at DR4 625 ms. */
  readonly uplinkAirtimeMs: number
  /** Longest answer: an ack of 45 B at DR5 takes 108 ms. */
  readonly ackAirtimeMs: number
  readonly rx1DelayMs?: number
  readonly channelCount?: number
  readonly clockErrorMs?: number
}): SlotPlan {
  const { uplinkAirtimeMs, ackAirtimeMs, rx1DelayMs = 5000, channelCount = 8, clockErrorMs = 100 } = options
  for (const [name, value] of Object.entries({ uplinkAirtimeMs, ackAirtimeMs, rx1DelayMs, channelCount })) {
    if (!(value > 0)) throw new RangeError(`"${name}" is not above 0: ${value}`)
  }
  if (!(clockErrorMs >= 0)) throw new RangeError(`"clockErrorMs" is negative: ${clockErrorMs}`)
  const apartMs = 2 * clockErrorMs
  const stepMs = Math.ceil(
    Math.max((uplinkAirtimeMs + apartMs) / channelCount, (ackAirtimeMs + apartMs) / ACK_ITEMS),
  )
  const roomMs = rx1DelayMs - apartMs - uplinkAirtimeMs - ackAirtimeMs
  if (roomMs < 0) throw new RangeError(`"rx1DelayMs" leaves no room for a slot: ${rx1DelayMs}`)
  return {
    superframeMs: 2 * rx1DelayMs,
    channelCount,
    slotCount: Math.floor(roomMs / stepMs) + 1,
    firstMs: clockErrorMs,
    stepMs,
    ackEvery: Math.ceil((ackAirtimeMs + apartMs) / stepMs),
  }
}

/**
 * The slot of kiosk `kioskId` among the kiosks of its cell (the election's kiosk slots, or those that one group of
 * gateways serves), in any order. Throws `RangeError` when it is not among them.
 */
export function kioskSlot(plan: SlotPlan, kioskIds: readonly number[], kioskId: number): KioskSlot {
  const sorted = [...new Set(kioskIds)].sort((a, b) => a - b)
  const place = sorted.indexOf(kioskId)
  if (place < 0) throw new RangeError(`"kioskId" is not among the kiosks of the plan: ${kioskId}`)
  return {
    slot: place % plan.slotCount,
    group: Math.floor(place / plan.slotCount),
    groupCount: Math.ceil(sorted.length / plan.slotCount),
  }
}

/** The first turn of a kiosk that starts at `nowMs` (unix ms, its own clock) or later. */
export function nextTurn(plan: SlotPlan, own: KioskSlot, nowMs: number): SlotTurn {
  const offsetMs = plan.firstMs + own.slot * plan.stepMs
  const earliest = Math.ceil((nowMs - offsetMs) / plan.superframeMs)
  const wait = (((own.group - earliest) % own.groupCount) + own.groupCount) % own.groupCount
  const superframe = earliest + wait
  return {
    startMs: superframe * plan.superframeMs + offsetMs,
    channel: (own.slot + superframe) % plan.channelCount,
    isAckTurn: isAckTurn(plan, own, superframe),
  }
}

/**
 * The network's side: whether an uplink of this kiosk that started at `startMs` by the gateway's clock may be answered
 * in RX1. It tolerates errors of the kiosk's clock up to half a superframe.
 */
export function isAnswered(plan: SlotPlan, own: KioskSlot, startMs: number): boolean {
  const superframe = Math.round((startMs - plan.firstMs - own.slot * plan.stepMs) / plan.superframeMs)
  return isAckTurn(plan, own, superframe)
}

/** Neighbouring slots are answered in different superframes, so that no two answers meet. */
function isAckTurn(plan: SlotPlan, own: KioskSlot, superframe: number): boolean {
  return (Math.floor(superframe / own.groupCount) + own.slot) % plan.ackEvery === 0
}

/**
 * What a kiosk does with a turn. `waiting`: ballots due to be sent; `unanswered`: ballots sent since the last ack turn.
 * One ballot is kept back for the ack turn, whose answer names all that were sent since the last one. After an ack turn
 * whatever was not named is waiting again.
 */
export function useOfTurn(
  turn: Pick<SlotTurn, 'isAckTurn'>,
  waiting: number,
  unanswered: number,
): 'send' | 'repeat' | 'nothing' {
  if (turn.isAckTurn) {
    if (waiting > 0 && unanswered < ACK_ITEMS) return 'send'
    return unanswered > 0 ? 'repeat' : 'nothing'
  }
  return waiting > 1 && unanswered < ACK_ITEMS - 1 ? 'send' : 'nothing'
}
