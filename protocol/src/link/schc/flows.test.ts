import { readFileSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { concatBytes, toHex } from '../../bytes.ts'
import { expectOk } from '../../result.ts'
import { counterRandom } from '../../testing/counter-random.ts'
import { crc32 } from './crc32.ts'
import { type DownMessage, encodeDown, encodeUp, parseDown, parseUp, type UpMessage } from './messages.ts'
import { tilePosition } from './profile.ts'
import { encodeReassembly, MAX_REASSEMBLY_BYTES, parseReassembly } from './reassembly-bytes.ts'
import { EMPTY_REASSEMBLY, isExpired, type Reassembly, type ReceiverReply, receive } from './receiver.ts'
import { FragmentSender, type SenderStep } from './sender.ts'

const FILE = new URL('../../../../docs/vectors/schc.json', import.meta.url)
const packetOf = (length: number, label = 'schc') => counterRandom(`${label} ${length}`)(length)
const tilesOf = (packet: Uint8Array, first: number, count: number) =>
  packet.subarray(first * 10, (first + count) * 10)

interface Line {
  readonly direction: 'up' | 'down'
  readonly bytes: string
  readonly isLost?: true
}

/** A sender and a receiver on a perfect clock. `isLost` is asked about every message, counted from 0. */
function run(packet: Uint8Array, frameBytes: (frame: number) => number, lost: readonly number[] = []) {
  const sender = new FragmentSender(packet)
  const lines: Line[] = []
  const delivered: Uint8Array[] = []
  let state = EMPTY_REASSEMBLY
  let frames = 0
  let nowMs = 0
  let outcome = ''
  const note = (direction: Line['direction'], bytes: Uint8Array): boolean => {
    const isLost = lost.includes(lines.length)
    lines.push({ direction, bytes: toHex(bytes), ...(isLost ? { isLost } : {}) })
    return isLost
  }
  while (outcome === '') {
    const step = sender.next(frameBytes(frames), nowMs)
    if (step.do === 'wait') nowMs = step.untilMs
    else if (step.do === 'end') outcome = step.outcome
    else {
      frames++
      if (note('up', step.payload)) continue
      const taken = receive(state, expectOk(parseUp(step.payload)), nowMs)
      state = taken.state
      if (taken.reply.type === 'packet') delivered.push(taken.reply.packet)
      const answer = answerOf(taken.reply)
      if (answer === undefined || note('down', encodeDown(answer))) continue
      sender.receive(encodeDown(answer))
    }
  }
  return { lines, delivered, outcome, frames, state }
}

function answerOf(reply: ReceiverReply): DownMessage | undefined {
  if (reply.type === 'none') return undefined
  return reply.type === 'answer' ? reply.message : reply.completion
}

function sent(step: SenderStep): UpMessage {
  if (step.do !== 'send') throw new Error(`it does ${step.do}`)
  return expectOk(parseUp(step.payload))
}

/** Feeds messages into an empty receiver; the last reply. */
function feed(messages: readonly UpMessage[], start = EMPTY_REASSEMBLY) {
  let state = start
  let reply: ReceiverReply = { type: 'none' }
  const packets: Uint8Array[] = []
  for (const [at, message] of messages.entries()) {
    const taken = receive(state, message, at)
    state = taken.state
    reply = taken.reply
    if (reply.type === 'packet') packets.push(reply.packet)
  }
  return { state, reply, packets }
}

/** All messages of a packet with so many tiles to a frame. */
function messagesOf(packet: Uint8Array, tiles = 5): UpMessage[] {
  const sender = new FragmentSender(packet)
  const out: UpMessage[] = []
  for (;;) {
    const message = sent(sender.next(Math.max(15, 1 + 10 * tiles), 0))
    out.push(message)
    if (message.type === 'all-1') return out
  }
}

test('220 bytes take six frames at DR0 and one answer', () => {
  const { lines, delivered, outcome, frames } = run(packetOf(220), () => 51)
  expect([frames, outcome]).toEqual([6, 'complete'])
  expect(delivered).toEqual([packetOf(220)])
  expect(lines.map(({ bytes }) => bytes.length / 2)).toEqual([51, 51, 51, 51, 11, 15, 1])
})

// RFC 8724 appendix B: eleven tiles in two windows, three of them lost. Its windows have 7 tiles; here they have 63,
// and the same tiles are lost in the same places.
test('lost tiles are asked for window by window and only they are sent again', () => {
  const packet = packetOf(66 * 10 + 4)
  const { lines, outcome, delivered } = run(packet, () => 15, [2, 4, 65])
  expect([outcome, delivered]).toEqual(['complete', [packet]])
  const after = lines.slice(66)
  const ups = after.filter(({ direction }) => direction === 'up').map(({ bytes }) => bytes.slice(0, 2))
  const header = (window: number, fcn: number) => toHex(Uint8Array.of((window << 6) | fcn))
  expect(ups).toEqual([header(1, 63), header(0, 60), header(0, 58), header(1, 63), header(1, 60)])
  const [first, second, third] = after.filter(({ direction }) => direction === 'down')
  const missing = (line: Line | undefined) => {
    const message = expectOk(parseDown(Uint8Array.from(Buffer.from((line as Line).bytes, 'hex'))))
    return message.type === 'ack-missing' ? message : undefined
  }
  expect(missing(first)).toMatchObject({ window: 0 })
  expect(missing(first)?.bitmap.slice(0, 7)).toEqual([true, true, false, true, false, true, true])
  expect(missing(second)?.window).toBe(1)
  const last = missing(second)?.bitmap as boolean[]
  expect([last.slice(0, 4), last.at(-1)]).toEqual([[true, true, false, false], true])
  expect(third?.bytes).toBe('60')
})

// RFC 9011 appendix A.2: 282 bytes, frames of 1, 23 and 5 tiles as the payload limit changes, the last tile in a regular
// fragment and an All-1 without a tile.
test('a packet whose last tile rides in a regular fragment is put together', () => {
  const packet = packetOf(282)
  const messages: UpMessage[] = [
    { type: 'regular', position: tilePosition(0, 62), payload: tilesOf(packet, 0, 1) },
    { type: 'regular', position: tilePosition(0, 61), payload: tilesOf(packet, 1, 23) },
    { type: 'regular', position: tilePosition(0, 38), payload: tilesOf(packet, 24, 5) },
    { type: 'all-1', window: 0, rcs: crc32(packet), tile: new Uint8Array(0) },
  ]
  const { packets, reply } = feed(messages)
  expect(packets).toEqual([packet])
  expect(answerOf(reply)).toEqual({ type: 'ack-complete', window: 0 })
  expect(feed([...messages].reverse()).packets).toEqual([packet])
})

test('the data rate may change from frame to frame', () => {
  const rates = [51, 242, 115, 51, 242]
  const packet = packetOf(2520)
  const { outcome, delivered } = run(packet, (frame) => rates[frame % rates.length] as number, [3, 9, 20])
  expect([outcome, delivered]).toEqual(['complete', [packet]])
})

test('the last missing tile completes the packet without another request', () => {
  const messages = messagesOf(packetOf(213))
  const [second] = messages.splice(1, 1)
  const early = feed(messages)
  expect(early.reply.type).toBe('answer')
  const { packets, reply } = feed([second as UpMessage], early.state)
  expect(packets).toEqual([packetOf(213)])
  expect(reply.type).toBe('packet')
})

test('a request after the end is answered again and hands nothing on twice', () => {
  const messages = messagesOf(packetOf(213))
  const done = feed(messages)
  expect(done.packets).toHaveLength(1)
  const repeated = feed(
    [...messages, { type: 'ack-req', window: 0 }, messages.at(-1) as UpMessage],
    done.state,
  )
  expect(repeated.packets).toEqual([])
  expect(repeated.reply).toMatchObject({ type: 'packet-again', packet: packetOf(213) })
})

test('a late copy of a fragment does not make the receiver forget the packet it belongs to', () => {
  const messages = messagesOf(packetOf(213))
  const copy = feed([...messages, messages[2] as UpMessage])
  expect(copy.reply.type).toBe('none')
  expect(feed([messages.at(-1) as UpMessage], copy.state).reply.type).toBe('packet-again')
})

test('a packet sent whole a second time, after another one, is recognised', () => {
  const first = messagesOf(packetOf(213))
  const { packets, reply } = feed([...first, ...messagesOf(packetOf(300)), ...first])
  expect(packets).toEqual([packetOf(213), packetOf(300)])
  expect(reply.type).toBe('packet-again')
})

test('with nothing but a request all of the first window is asked for', () => {
  for (const message of [{ type: 'ack-req', window: 2 } as const, messagesOf(packetOf(2000)).at(-1)]) {
    const { reply } = feed([message as UpMessage])
    expect(answerOf(reply)).toMatchObject({ type: 'ack-missing', window: 0 })
  }
})

test('windows out of range, answers of other windows and garbage do not move the sender', () => {
  const sender = new FragmentSender(packetOf(220))
  for (let i = 0; i < 6; i++) sender.next(51, 0)
  const bitmap = new Array(63).fill(false)
  sender.receive(encodeDown({ type: 'ack-missing', window: 3, bitmap }))
  sender.receive(encodeDown({ type: 'ack-complete', window: 1 }))
  sender.receive(Uint8Array.of(0xff))
  sender.receive(new Uint8Array(0))
  expect(sender.next(51, 0).do).toBe('wait')
})

test('an answer from before the first request is an old one', () => {
  const sender = new FragmentSender(packetOf(220))
  sender.next(51, 0)
  sender.receive(encodeDown({ type: 'ack-complete', window: 0 }))
  expect(sent(sender.next(51, 0))).toMatchObject({ type: 'regular', position: 5 })
})

test('unanswered requests are repeated so many times, and then the sender says that it gives up', () => {
  const sender = new FragmentSender(packetOf(5), {
    maxAckRequests: 3,
    retransmissionMs: 100,
    dice: () => 0.5,
  })
  const steps: string[] = []
  for (let nowMs = 0; ; ) {
    const step = sender.next(51, nowMs)
    if (step.do === 'wait') nowMs = step.untilMs
    else if (step.do === 'send') steps.push(`${nowMs} ${sent(step).type}`)
    else {
      steps.push(step.outcome)
      break
    }
  }
  expect(steps).toEqual(['0 all-1', '125 all-1', '250 all-1', '375 sender-abort', 'no-answer'])
})

test('a receiver that is never content costs a bounded number of frames', () => {
  const sender = new FragmentSender(packetOf(2520), { maxRounds: 10 })
  const nothing = encodeDown({ type: 'ack-missing', window: 0, bitmap: new Array(63).fill(false) })
  let frames = 0
  for (let nowMs = 0; ; ) {
    const step = sender.next(51, nowMs)
    if (step.do === 'end') {
      expect(step.outcome).toBe('too-many-rounds')
      break
    }
    if (step.do === 'wait') nowMs = step.untilMs
    else frames++
    sender.receive(nothing)
  }
  expect(frames).toBeLessThan(51 + 11 * 14)
})

test('all tiles there and the wrong sum: the sender starts over, and at last says so', () => {
  const sender = new FragmentSender(packetOf(25))
  const complete = encodeDown({ type: 'ack-missing', window: 0, bitmap: new Array(63).fill(true) })
  const types: string[] = []
  for (;;) {
    const step = sender.next(51, 0)
    if (step.do === 'end') {
      expect(step.outcome).toBe('not-reassembled')
      break
    }
    types.push(sent(step).type)
    sender.receive(complete)
  }
  const round = ['regular', 'all-1', 'sender-abort']
  expect(types).toEqual([...round, ...round, ...round, ...round])
})

test('a Receiver-Abort ends the transfer at any time', () => {
  const sender = new FragmentSender(packetOf(220))
  sender.next(51, 0)
  sender.receive(Uint8Array.of(0xff, 0xff))
  expect(sender.next(51, 0)).toEqual({ do: 'end', outcome: 'receiver-abort' })
})

test('a payload that did not go out is handed out again, cut anew', () => {
  const sender = new FragmentSender(packetOf(220))
  expect(sent(sender.next(51, 0))).toMatchObject({ position: 0, payload: tilesOf(packetOf(220), 0, 5) })
  sender.takeBack()
  expect(sent(sender.next(36, 0))).toMatchObject({ position: 0, payload: tilesOf(packetOf(220), 0, 3) })
  expect(sent(sender.next(51, 0))).toMatchObject({ position: 3 })
})

test('a sender that asks without end is sent an abort, and its tiles go', () => {
  let state = feed([messagesOf(packetOf(220))[0] as UpMessage]).state
  let aborted = 0
  for (let i = 0; i < 100; i++) {
    const taken = receive(state, { type: 'ack-req', window: 3 }, i)
    state = taken.state
    if (taken.reply.type === 'answer' && taken.reply.message.type === 'receiver-abort') {
      aborted++
      expect(state.tiles.size).toBe(0)
    }
  }
  expect(aborted).toBe(3)
})

test('what is left of an old packet does not spoil the next one', () => {
  const old = messagesOf(packetOf(700, 'old'))
  const next = packetOf(213)
  const messages = messagesOf(next)
  // Longer old packet, its end included or not; what contradicts it throws it out.
  for (const rest of [old, old.slice(0, 3), old.slice(7), [old.at(-1) as UpMessage]]) {
    const start = feed(rest.slice(0, rest.length - (rest === old ? 1 : 0)))
    expect(feed(messages, start.state).packets).toEqual([next])
  }
})

test('old tiles beyond the end of a packet whose last window is full do not make the sender wait for nothing', () => {
  const packet = packetOf(630)
  const wrong: UpMessage = { type: 'regular', position: 62, payload: packetOf(30, 'old') }
  const messages = messagesOf(packet)
  const end = messages.at(-1) as UpMessage
  const { reply } = feed([wrong, ...messages.slice(0, -1), { ...end, rcs: 1 } as UpMessage])
  expect(answerOf(reply)).toMatchObject({ type: 'ack-missing', window: 0 })
})

test('a state on disk comes back as it was and stays below its limit', () => {
  const messages = messagesOf(packetOf(2520), 3)
  const full = feed(messages).state
  expect(full.tiles.size).toBe(251)
  for (const state of [EMPTY_REASSEMBLY, feed(messages.slice(5, 20)).state, full]) {
    const bytes = encodeReassembly(state)
    expect(bytes.length).toBeLessThanOrEqual(MAX_REASSEMBLY_BYTES)
    expect(expectOk(parseReassembly(bytes))).toEqual(state)
    for (let cut = 0; cut < bytes.length; cut += 97) {
      expect(parseReassembly(bytes.subarray(0, cut))).toMatchObject({ error: 'reassembly-damaged' })
    }
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void parseReassembly(bytes)))
  const claimed = { ...feed(messages.slice(0, 4)).state, isFinished: true }
  expect(parseReassembly(encodeReassembly(claimed))).toMatchObject({ error: 'reassembly-damaged' })
})

test('a device that is silent for long is forgotten', () => {
  const { state } = feed(messagesOf(packetOf(100)))
  expect(isExpired(state, state.activeMs + 999, 1_000)).toBe(false)
  expect(isExpired(state, state.activeMs + 1_000, 1_000)).toBe(true)
})

test('docs/vectors/schc.json holds exactly what is made here', () => {
  const vector = (title: string, length: number, frames: readonly number[], lost: readonly number[] = []) => {
    const packet = packetOf(length)
    const result = run(packet, (frame) => frames[Math.min(frame, frames.length - 1)] as number, lost)
    expect(result.delivered).toEqual([packet])
    return { title, packet: toHex(packet), maxFrameBytes: frames, messages: result.lines }
  }
  const window = { type: 'ack-missing', window: 1 } as const
  const none = new Array<boolean>(63).fill(false)
  const made = {
    rcs: { text: '123456789', crc32: 'cbf43926' },
    messages: {
      regular: toHex(
        encodeUp({ type: 'regular', position: tilePosition(3, 17), payload: concatBytes(packetOf(10)) }),
      ),
      all1: toHex(encodeUp({ type: 'all-1', window: 2, rcs: 0xacde3214, tile: packetOf(3) })),
      ackReq: toHex(encodeUp({ type: 'ack-req', window: 1 })),
      senderAbort: toHex(encodeUp({ type: 'sender-abort' })),
      ackComplete: toHex(encodeDown({ type: 'ack-complete', window: 1 })),
      ackAllReceived: toHex(encodeDown({ ...window, bitmap: none.map(() => true) })),
      ackNothingReceived: toHex(encodeDown({ ...window, bitmap: none })),
      ackOnlyFcn0Missing: toHex(encodeDown({ ...window, bitmap: none.map((_, at) => at !== 62) })),
      receiverAbort: toHex(encodeDown({ type: 'receiver-abort' })),
    },
    transfers: [
      vector('DR0, nothing lost', 213, [51]),
      vector('DR3, the second frame and the first answer lost', 309, [115], [1, 5]),
      vector('two windows, one loss in each', 700, [115], [1, 6]),
      vector('the data rate falls after the first frame', 405, [242, 51]),
      vector('one tile', 7, [51]),
    ],
  }
  if (process.env.HANPYO_WRITE_VECTORS === '1') writeFileSync(FILE, `${JSON.stringify(made, null, 2)}\n`)
  else expect(JSON.parse(readFileSync(FILE, 'utf8'))).toEqual(made)
})

test.each([213, 309, 885, 2_520])(
  'two receivers that get the fragments of %i bytes in turn never make a wrong packet, and one alone gets it all',
  (length) => {
    const packet = packetOf(length)
    const states = [EMPTY_REASSEMBLY, EMPTY_REASSEMBLY]
    let frames = 0
    /** Packets that were handed on. `isAlone`: the first receiver gets every fragment. */
    const transfer = (isAlone: boolean): Uint8Array[] => {
      const sender = new FragmentSender(packet)
      for (let nowMs = 0; ; ) {
        const step = sender.next(51, nowMs)
        if (step.do === 'end') return []
        if (step.do === 'wait') {
          nowMs = step.untilMs
          continue
        }
        const at = isAlone ? 0 : frames++ % 2
        const message = expectOk(parseUp(step.payload))
        const { state, reply } = receive(states[at] as Reassembly, message, nowMs)
        states[at] = state
        if (reply.type === 'answer') sender.receive(encodeDown(reply.message))
        else if (reply.type !== 'none') return [reply.packet]
      }
    }
    for (let attempt = 0; attempt < 4; attempt++) {
      for (const received of transfer(false)) expect(received).toEqual(packet)
    }
    expect(transfer(true)).toEqual([packet])
  },
)
