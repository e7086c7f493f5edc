import type { Reception } from '../radio/reception.ts'
import { hasValidMic, openPayload, type SessionKeys } from './codec.ts'
import { applyServerCommands, type CommandContext, type CommandOutcome } from './command-handler.ts'
import { parseServerCommands } from './commands.ts'
import { fullCounter, MAX_FCNT } from './counter.ts'
import { parsePhy } from './frame.ts'
import type { Session } from './session.ts'

/** A downlink that was for this device, checked and opened. */
export interface Downlink {
  readonly window: 'RX_1' | 'RX_2'
  readonly rssiDbm: number
  readonly snrDb: number
  readonly fCnt: number
  readonly isConfirmed: boolean
  /** The network acknowledged a confirmed uplink. */
  readonly isAck: boolean
  /** More is waiting at the network. */
  readonly fPending: boolean
  /** 1…224 with application data, else undefined. */
  readonly fPort: number | undefined
  readonly payload: Uint8Array
  applyCommands(session: Session, context: CommandContext): CommandOutcome
}

const HIGHEST_APPLICATION_PORT = 224
const NOTHING = new Uint8Array(0)

/**
 * Opens a frame if it is a new downlink for this session. Other addresses, a wrong MIC and a counter that was used
 * before are ignored without a trace, as a modem does.
 */
export function openDownlink(
  reception: Reception,
  window: 'RX_1' | 'RX_2',
  session: Session,
  keys: SessionKeys,
): Downlink | undefined {
  const bytes = reception.transmission.payload
  const parsed = parsePhy(bytes)
  if (!parsed.ok || parsed.value.type !== 'data') return undefined
  const frame = parsed.value
  if (frame.direction !== 'down' || frame.devAddr !== session.devAddr) return undefined
  const fCnt = fullCounter(frame.fCnt16, session.nextFCntDown)
  if (fCnt < session.nextFCntDown || fCnt > MAX_FCNT) return undefined
  if (!hasValidMic(bytes, frame, fCnt, keys.nwkSKey)) return undefined
  const clear = openPayload(frame, fCnt, keys)
  const commands = parseServerCommands(frame.fPort === 0 ? clear : frame.fOpts)
  const hasData = frame.fPort !== undefined && frame.fPort >= 1 && frame.fPort <= HIGHEST_APPLICATION_PORT
  return {
    window,
    rssiDbm: reception.rssiDbm,
    snrDb: reception.snrDb,
    fCnt,
    isConfirmed: frame.isConfirmed,
    isAck: frame.control.ack,
    fPending: frame.control.fPending,
    fPort: hasData ? frame.fPort : undefined,
    payload: hasData ? clear : NOTHING,
    applyCommands: (current, context) => applyServerCommands(current, commands, context),
  }
}
