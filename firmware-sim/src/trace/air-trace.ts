import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { Clock } from '@hanpyo/platform/clock.ts'
import type { AirObserver, RadioChannel } from '../radio/channel.ts'
import type { Transmission } from '../radio/reception.ts'
import { encodeLoraTap } from './loratap.ts'
import { LINKTYPE_LORATAP, pcapFileHeader, pcapRecord } from './pcap.ts'

/** A trace that cannot be written as fast as the air is busy loses frames rather than memory. */
const LARGEST_BACKLOG_BYTES = 16 * 1024 * 1024

/**
 * Turns what is on air into pcap records: each uplink once per gateway that heard it, with that gateway's RSSI and SNR,
 * and each downlink once when it ended, without strengths. A frame's time is its end, simulated.
 */
export function recordAir(clock: Clock, write: (bytes: Uint8Array) => void): AirObserver {
  const record = (frame: Transmission, heard?: { rssiDbm: number; snrDb: number }): void => {
    const { frequencyHz, spreadingFactor, payload: phyPayload } = frame
    const { rssiDbm, snrDb } = heard ?? { rssiDbm: undefined, snrDb: undefined }
    const packet = encodeLoraTap({ frequencyHz, spreadingFactor, rssiDbm, snrDb, phyPayload })
    write(pcapRecord(frame.endMs, packet))
  }
  return {
    onSent(frame) {
      if (frame.direction === 'down') clock.setTimeout(() => record(frame), frame.endMs - clock.now())
    },
    onGatewayReception: (_gatewayId, reception) => record(reception.transmission, reception),
  }
}

export interface AirTrace {
  /** Frames left out because the disk did not keep up. */
  readonly dropped: number
  /** Resolves when everything is in the file. */
  close(): Promise<void>
}

/** Writes a pcap file of everything on air until it is closed; an existing file is replaced. */
export async function openAirTrace(options: {
  path: string
  radio: RadioChannel
  clock: Clock
}): Promise<AirTrace> {
  const { path, radio, clock } = options
  const file = createWriteStream(path, { mode: 0o600 })
  await new Promise<void>((resolve, reject) => {
    file.once('open', () => resolve())
    file.once('error', reject)
  })
  let failure: Error | undefined
  let dropped = 0
  file.on('error', (error) => {
    failure = error
  })
  const write = (bytes: Uint8Array): void => {
    if (failure === undefined && file.writableLength < LARGEST_BACKLOG_BYTES) file.write(bytes)
    else dropped++
  }
  write(pcapFileHeader(LINKTYPE_LORATAP))
  const detach = radio.observe(recordAir(clock, write))
  return {
    get dropped() {
      return dropped
    },
    async close() {
      detach()
      if (failure !== undefined) throw failure
      file.end()
      await finished(file)
    },
  }
}
