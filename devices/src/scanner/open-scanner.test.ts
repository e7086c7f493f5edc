import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { expect, test } from 'vitest'
import { createTransport, type TransportEnd } from '../stream-transport.ts'
import { openScanner } from './open-scanner.ts'

const SOURCE = { write: async () => {}, close: async () => {} }
const random = (length: number) => new Uint8Array(length)

test('each line is a scan, and a scanner that was unplugged works again', async () => {
  const clock = createVirtualClock()
  const ends: TransportEnd[] = []
  const scans: string[] = []
  const states: string[] = []
  let failures = 1
  const scanner = openScanner('tcp:scanner:1', {
    clock,
    random,
    onText: (text) => scans.push(text),
    async open(uri) {
      if (ends.length === 1 && failures-- > 0) throw new Error('not there')
      const end = createTransport(uri, SOURCE)
      ends.push(end)
      return end.transport
    },
  })
  scanner.onState((state) => states.push(state))
  await clock.advance(0)
  ends[0]!.received(utf8('HP1AAA\r\nHP1'))
  ends[0]!.received(utf8('BBB\n'))
  ends[0]!.received(utf8('half a li'))
  ends[0]!.ended('unplugged')
  await clock.advance(60_000)
  ends[1]!.received(utf8('HP1CCC\n'))
  expect(scans).toEqual(['HP1AAA', 'HP1BBB', 'HP1CCC'])
  expect(states).toEqual(['online', 'offline', 'online'])
  await scanner.close()
  expect(scanner.state).toBe('offline')
  expect(clock.pendingCount).toBe(0)
})

test('a recorded file is read once, its last line without a line end included', async () => {
  const clock = createVirtualClock()
  const end = createTransport('file:x', SOURCE)
  const scans: string[] = []
  const scanner = openScanner('file:x', {
    clock,
    random,
    onText: (text) => scans.push(text),
    open: async () => end.transport,
  })
  await clock.advance(0)
  end.received(utf8('one\ntwo'))
  end.ended('end of file')
  await clock.advance(60_000)
  expect(scans).toEqual(['one', 'two'])
  expect(clock.pendingCount).toBe(0)
  await scanner.close()
})

test('a HID scanner is read report by report, and half a code of an unplugged one is no scan', async () => {
  const clock = createVirtualClock()
  const ends: TransportEnd[] = []
  const scans: string[] = []
  const scanner = openScanner('hid:usage=8c:02', {
    clock,
    random,
    onText: (text) => scans.push(text),
    async open(uri) {
      const end = createTransport(uri, SOURCE)
      ends.push(end)
      return end.transport
    },
  })
  const report = (text: string, isContinued = false) => {
    const bytes = new Uint8Array(64)
    bytes.set([2, text.length])
    bytes.set(utf8(text), 5)
    bytes[63] = isContinued ? 1 : 0
    return bytes
  }
  await clock.advance(0)
  ends[0]!.received(report('HP1AAA'))
  ends[0]!.received(report('HP1half', true))
  ends[0]!.ended('unplugged')
  await clock.advance(60_000)
  ends[1]!.received(report('HP1BBB'))
  expect(scans).toEqual(['HP1AAA', 'HP1BBB'])
  await scanner.close()
})

test('a wedge scanner types into the page, so that nothing is opened for it', async () => {
  const open = () => Promise.reject(new Error('opened'))
  const clock = createVirtualClock()
  const scanner = openScanner('wedge:', { clock, random, onText: () => {}, open })
  await clock.advance(60_000)
  expect(scanner.state).toBe('online')
  await scanner.close()
})
