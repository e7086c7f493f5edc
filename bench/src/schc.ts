import { uplinkAirtimeMs } from '@hanpyo/devices/modem/airtime.ts'
import { maxPayloadBytes } from '@hanpyo/protocol/link/constants.ts'
import { parseUp, type UpMessage } from '@hanpyo/protocol/link/schc/messages.ts'
import { EMPTY_REASSEMBLY, receive } from '@hanpyo/protocol/link/schc/receiver.ts'
import { FragmentSender } from '@hanpyo/protocol/link/schc/sender.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { SchcChannel, seededDice } from '@hanpyo/protocol/testing/schc-channel.ts'
import { type Bench, type Figure, millisecondsPerCall } from './harness.ts'

const RUNS = 2_000
const DR0 = 0

interface Case {
  readonly name: string
  readonly byteLength: number
  readonly upLoss: number
  readonly downLoss: number
  /** Frames of an earlier packet that was cut off and left its tiles behind. */
  readonly leftFrames?: number
  readonly reach?: string
}

const CASES: readonly Case[] = [
  { name: '220 B, 20 % lost both ways', byteLength: 220, upLoss: 0.2, downLoss: 0.2 },
  { name: '885 B (8 contests), 20 % lost both ways', byteLength: 885, upLoss: 0.2, downLoss: 0.2 },
  { name: '2 kB, 20 % lost both ways', byteLength: 2_048, upLoss: 0.2, downLoss: 0.2, reach: '≥ 99 %' },
  {
    name: '2 kB, 20 % both ways, after one cut off',
    byteLength: 2_048,
    upLoss: 0.2,
    downLoss: 0.2,
    leftFrames: 20,
  },
  { name: '2 kB, 40 % up and 30 % down', byteLength: 2_048, upLoss: 0.4, downLoss: 0.3 },
]

export const schcBench: Bench = {
  name: 'schc',
  summary: `fragments at DR0 over lossy air, ${RUNS} seeded transfers each; one try, and the outbox makes more`,
  async run(report) {
    const figures: Figure[] = [
      { name: '220 B at DR5', value: framesOf(220, 5), unit: 'frames', reach: '1' },
      { name: '220 B at DR0', value: framesOf(220, DR0), unit: 'frames', reach: '≤ 6' },
      { name: '2,048 B at DR0', value: framesOf(2_048, DR0), unit: 'frames' },
    ]
    for (const one of CASES) {
      const result = simulate(one)
      const { complete, frames, answers, airtimeSeconds } = result
      report(
        `  ${one.name}: ${frames.toFixed(1)} frames up, ${answers.toFixed(1)} answers down, ${airtimeSeconds.toFixed(0)} s on air`,
      )
      figures.push({
        name: `${one.name}: complete`,
        value: 100 * complete,
        unit: '%',
        ...(one.reach === undefined ? {} : { reach: one.reach }),
      })
    }
    figures.push({ name: 'fragments put together', value: receivedPerSecond(), unit: 'fragments/s' })
    return figures
  },
}

/** Frames a datagram takes when nothing is lost, whole or in fragments. */
function framesOf(byteLength: number, dataRate: number): number {
  if (byteLength <= maxPayloadBytes(dataRate, 15)) return 1
  return messagesOf(new Uint8Array(byteLength), dataRate).length
}

function messagesOf(packet: Uint8Array, dataRate: number): UpMessage[] {
  const sender = new FragmentSender(packet)
  const messages: UpMessage[] = []
  for (;;) {
    const step = sender.next(maxPayloadBytes(dataRate), 0)
    if (step.do !== 'send') return messages
    messages.push(expectOk(parseUp(step.payload)))
  }
}

function simulate({ byteLength, upLoss, downLoss, leftFrames }: Case) {
  let complete = 0
  let frames = 0
  let answers = 0
  let airtimeMs = 0
  for (let run = 0; run < RUNS; run++) {
    const dice = seededDice(run)
    const air = {
      upLoss,
      downLoss,
      maxFrameBytes: () => maxPayloadBytes(DR0),
      onFrame: (payload: Uint8Array) => {
        airtimeMs += uplinkAirtimeMs(DR0, payload.length)
      },
    }
    const channel = new SchcChannel(air, dice)
    const packet = (length: number) => Uint8Array.from({ length }, () => dice() * 256)
    if (leftFrames !== undefined) {
      const before = airtimeMs
      channel.transfer(packet(byteLength), { limit: leftFrames })
      airtimeMs = before
    }
    const transfer = channel.transfer(packet(byteLength))
    if (transfer.outcome === 'complete') complete++
    frames += transfer.frames
    answers += transfer.answers
  }
  return {
    complete: complete / RUNS,
    frames: frames / RUNS,
    answers: answers / RUNS,
    airtimeSeconds: airtimeMs / RUNS / 1_000,
  }
}

function receivedPerSecond(): number {
  const messages = messagesOf(new Uint8Array(2_048).fill(7), DR0)
  const perPacketMs = millisecondsPerCall(() => {
    let state = EMPTY_REASSEMBLY
    for (const message of messages) state = receive(state, message, 0).state
    if (!state.isFinished) throw new Error('the packet is not whole')
  })
  return (1_000 * messages.length) / perPacketMs
}
