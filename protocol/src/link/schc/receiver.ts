/**
 * The receiving side of ACK-on-Error (RFC 8724 section 8.4.3.2) as pure functions over a value that can be kept on disk.
 *
 * There is no DTag, so tiles do not say which packet they belong to. Four rules keep what is left of an earlier packet
 * from spoiling the next one for good: a tile that contradicts a stored one throws away everything stored before it;
 * the number of tiles in the last window is whatever makes the RCS fit; a sender whose tiles are all there although the
 * RCS does not fit is told so and starts over; and an abort clears the table.
 */
import { concatBytes, equalBytes } from '../../bytes.ts'
import { crc32 } from './crc32.ts'
import { type DownMessage, tilesIn, type UpMessage } from './messages.ts'
import { TILE_BYTES, WINDOW_TILES, windowOf } from './profile.ts'

/** An All-1 message: the end of a packet. */
export interface PacketEnd {
  readonly window: number
  readonly rcs: number
  /** 0 … 10 bytes. */
  readonly tile: Uint8Array
}

/** One device's packet in the making: at most 252 tiles of 10 bytes and an end. */
export interface Reassembly {
  /** By position 0 … 251. */
  readonly tiles: ReadonlyMap<number, Uint8Array>
  readonly end: PacketEnd | null
  /** Tiles and end hold a packet that was handed on. */
  readonly isFinished: boolean
  /** RCS of packets handed on lately, newest first. */
  readonly finished: readonly number[]
  /** Requests answered since a tile that was new. */
  readonly idleRequests: number
  /** When the device was heard last, ms. */
  readonly activeMs: number
}

/**
 * `packet`: all of it is there and it was not handed on before. `packet-again`: it was, and the sender does not know.
 * Either is answered by the result of the packet or, when there is none, by `completion`.
 */
export type ReceiverReply =
  | { readonly type: 'none' }
  | { readonly type: 'answer'; readonly message: DownMessage }
  | {
      readonly type: 'packet' | 'packet-again'
      readonly packet: Uint8Array
      readonly completion: DownMessage
    }

export const EMPTY_REASSEMBLY: Reassembly = {
  tiles: new Map(),
  end: null,
  isFinished: false,
  finished: [],
  idleRequests: 0,
  activeMs: 0,
}

/** So many packets back a late copy is still recognised. */
const REMEMBERED_PACKETS = 4
/** A conforming sender that hears answers sends something new long before; this one is sent a Receiver-Abort. */
const MAX_IDLE_REQUESTS = 32

const NONE: ReceiverReply = { type: 'none' }

/** Takes one message. Total: any message in any state gives a state whose size is bounded. */
export function receive(
  before: Reassembly,
  message: UpMessage,
  nowMs: number,
): { readonly state: Reassembly; readonly reply: ReceiverReply } {
  const state = { ...before, activeMs: nowMs }
  switch (message.type) {
    case 'sender-abort':
      return { state: state.isFinished ? state : clear(state), reply: NONE }
    case 'ack-req':
      if (state.isFinished) return again(state)
      return request(state, message.window)
    case 'regular': {
      if (state.isFinished && isKnown(state, message)) return { state, reply: NONE }
      const next = store(state.isFinished ? clear(state) : state, message)
      return complete(next) ?? { state: next, reply: NONE }
    }
    case 'all-1': {
      const { window, rcs, tile } = message
      const end: PacketEnd = { window, rcs, tile }
      if (state.isFinished && state.end !== null && isSameEnd(state.end, end)) return again(state)
      const known = state.isFinished ? clear(state) : state
      const next = { ...known, end }
      return complete(next) ?? request(next, window)
    }
  }
}

/** Whether nothing was heard for so long that the packet may be forgotten. */
export function isExpired(state: Reassembly, nowMs: number, inactivityMs: number): boolean {
  return nowMs - state.activeMs >= inactivityMs
}

/** The packet in a state whose RCS fits; `null` while something is missing. */
export function assemble({ tiles, end }: Pick<Reassembly, 'tiles' | 'end'>): Uint8Array | null {
  if (end === null) return null
  const lastWindowStart = end.window * WINDOW_TILES
  const parts: Uint8Array[] = []
  let crc = 0
  for (let position = 0; position < lastWindowStart + WINDOW_TILES; position++) {
    const isLong = parts.length > 0 || end.tile.length > 0
    if (isLong && position >= lastWindowStart && crc32(end.tile, crc) === end.rcs) {
      return concatBytes(...parts, end.tile)
    }
    const tile = tiles.get(position)
    if (tile === undefined) return null
    // Only the last tile of a packet may be short, and only when the All-1 brings none.
    if (tile.length < TILE_BYTES && end.tile.length > 0) return null
    parts.push(tile)
    crc = crc32(tile, crc)
    if (tile.length < TILE_BYTES && crc !== end.rcs) return null
  }
  return end.tile.length === 0 && crc === end.rcs ? concatBytes(...parts) : null
}

function complete(state: Reassembly): { state: Reassembly; reply: ReceiverReply } | null {
  const packet = assemble(state)
  if (packet === null) return null
  const { window, rcs } = state.end as PacketEnd
  const isNew = !state.finished.includes(rcs)
  const finished = [rcs, ...state.finished.filter((one) => one !== rcs)].slice(0, REMEMBERED_PACKETS)
  return {
    state: { ...state, isFinished: true, finished, idleRequests: 0 },
    reply: {
      type: isNew ? 'packet' : 'packet-again',
      packet,
      completion: { type: 'ack-complete', window },
    },
  }
}

function again(state: Reassembly): { state: Reassembly; reply: ReceiverReply } {
  const packet = assemble(state) as Uint8Array
  const { window } = state.end as PacketEnd
  return { state, reply: { type: 'packet-again', packet, completion: { type: 'ack-complete', window } } }
}

/** Says what is missing in the lowest window with a gap, as far as the receiver can know. */
function request(state: Reassembly, requestedWindow: number): { state: Reassembly; reply: ReceiverReply } {
  const idleRequests = state.idleRequests + 1
  if (idleRequests > MAX_IDLE_REQUESTS) {
    return { state: clear(state), reply: { type: 'answer', message: { type: 'receiver-abort' } } }
  }
  // Once the end is known, tiles beyond it are another packet's.
  const known = state.end === null ? [...state.tiles.keys()].map(windowOf) : [state.end.window]
  const highest = Math.max(requestedWindow, ...known)
  let window = 0
  while (window < highest && bitmapOf(state, window).every(Boolean)) window++
  return {
    state: { ...state, idleRequests },
    reply: { type: 'answer', message: { type: 'ack-missing', window, bitmap: bitmapOf(state, window) } },
  }
}

/** In the last window the rightmost bit stands for the tile in the All-1 (RFC 8724 section 8.2.2.3). */
function bitmapOf({ tiles, end }: Reassembly, window: number): boolean[] {
  const bitmap = Array.from({ length: WINDOW_TILES }, (_, i) => tiles.has(window * WINDOW_TILES + i))
  if (end !== null && end.window === window && end.tile.length > 0) bitmap[WINDOW_TILES - 1] = true
  return bitmap
}

/** Puts the tiles of a fragment in; what contradicts them belongs to another packet and goes. */
function store(state: Reassembly, fragment: { position: number; payload: Uint8Array }): Reassembly {
  const incoming = tilesOf(fragment)
  const contradicts = incoming.some(([position, tile]) => {
    const known = state.tiles.get(position)
    return known !== undefined && !equalBytes(known, tile)
  })
  const base = contradicts ? clear(state) : state
  const isNew = incoming.some(([position]) => !base.tiles.has(position))
  if (!isNew) return base
  return { ...base, tiles: new Map([...base.tiles, ...incoming]), idleRequests: 0 }
}

/** Whether a fragment is a late copy out of the packet that is finished. */
function isKnown({ tiles }: Reassembly, fragment: { position: number; payload: Uint8Array }): boolean {
  return tilesOf(fragment).every(([position, tile]) => {
    const known = tiles.get(position)
    return known !== undefined && equalBytes(known, tile)
  })
}

function tilesOf({
  position,
  payload,
}: {
  position: number
  payload: Uint8Array
}): [position: number, tile: Uint8Array][] {
  return Array.from({ length: tilesIn(payload) }, (_, i) => [
    position + i,
    payload.slice(i * TILE_BYTES, (i + 1) * TILE_BYTES),
  ])
}

function clear(state: Reassembly): Reassembly {
  return { ...EMPTY_REASSEMBLY, finished: state.finished, activeMs: state.activeMs }
}

function isSameEnd(a: PacketEnd, b: PacketEnd): boolean {
  return a.window === b.window && a.rcs === b.rcs && equalBytes(a.tile, b.tile)
}
