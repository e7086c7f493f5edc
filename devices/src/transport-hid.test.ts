import { closeSync, existsSync, openSync, readdirSync, writeSync } from 'node:fs'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { ByteWriter, utf8 } from '@hanpyo/protocol/bytes.ts'
import { expect, onTestFinished, test } from 'vitest'
import { HID_POS_DESCRIPTOR } from './scanner/hid-pos.ts'
import { openScanner } from './scanner/open-scanner.ts'
import { openTransport, parseDeviceUri } from './transport.ts'
import { findPath } from './transport-hid.ts'

test.each([
  ['hid:0c2e:0B61', { by: 'product', vendorId: 0x0c2e, productId: 0x0b61 }],
  ['hid:usage=8c:02', { by: 'usage', usagePage: 0x8c, usage: 2 }],
  ['hid:/dev/hidraw3', { by: 'path', path: '/dev/hidraw3' }],
])('the URI %s names a HID device', (uri, selector) => {
  expect(parseDeviceUri(uri)).toEqual({ ok: true, value: { kind: 'hid', selector } })
})

test.each(['hid:', 'hid:scanner', 'hid:12345:1', 'hid:usage=8c'])('the URI %s is refused', (uri) => {
  expect(parseDeviceUri(uri)).toMatchObject({ ok: false, error: 'device-uri' })
})

test('the first device that matches and can be opened is taken', () => {
  const devices = [
    { vendorId: 1, productId: 2, usagePage: 0x8c, usage: 2 },
    { path: '/dev/hidraw1', vendorId: 1, productId: 2, usagePage: 0x01, usage: 6 },
    { path: '/dev/hidraw2', vendorId: 1, productId: 3, usagePage: 0x8c, usage: 2 },
  ]
  expect(findPath(devices, { by: 'product', vendorId: 1, productId: 2 })).toBe('/dev/hidraw1')
  expect(findPath(devices, { by: 'usage', usagePage: 0x8c, usage: 2 })).toBe('/dev/hidraw2')
  expect(findPath(devices, { by: 'product', vendorId: 9, productId: 9 })).toBeUndefined()
})

test('a device that is not plugged in rejects with a sentence', async () => {
  await expect(openTransport('hid:ffff:fff1')).rejects.toThrow(/no such HID device is plugged in/)
})

const UHID_DESTROY = 1
const UHID_CREATE2 = 11
const UHID_INPUT2 = 12
const VENDOR = 0x1209
const PRODUCT = 0x8c02

/** A `uhid_create2_req` of linux/uhid.h: native byte order, which is little-endian on every machine this runs on. */
function createRequest(): Uint8Array {
  const field = (text: string, length: number) => {
    const bytes = new Uint8Array(length)
    bytes.set(utf8(text))
    return bytes
  }
  const descriptor = new Uint8Array(4_096)
  descriptor.set(HID_POS_DESCRIPTOR)
  return new ByteWriter()
    .raw(u32(UHID_CREATE2), field('Hanpyo test scanner', 128), field('', 64), field('', 64))
    .raw(u16(HID_POS_DESCRIPTOR.length), u16(0x03), u32(VENDOR), u32(PRODUCT), u32(0), u32(0), descriptor)
    .bytes()
}

function inputRequest(report: Uint8Array): Uint8Array {
  return new ByteWriter().raw(u32(UHID_INPUT2), u16(report.length), report).bytes()
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, value >> 8)
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24)
}

const isUhidThere = existsSync('/dev/uhid')

test.skipIf(!isUhidThere)(
  'a HID POS scanner made by the kernel (/dev/uhid; not run where it is missing) is read, unplugged and read again',
  async () => {
    const slip = 'HP10123456789ABCDEFGHJKMNPQRSTV4XYZ'
    const report = new Uint8Array(64)
    report.set([2, slip.length, ...utf8(']Q1'), ...utf8(slip)])
    const plug = () => {
      const fd = openSync('/dev/uhid', 'r+')
      writeSync(fd, createRequest())
      return fd
    }
    const unplug = (fd: number) => {
      writeSync(fd, u32(UHID_DESTROY))
      closeSync(fd)
    }
    let fd = plug()
    onTestFinished(() => unplug(fd))
    const scans: string[] = []
    let heard = () => {}
    const scanner = openScanner('hid:1209:8c02', {
      clock: createRealClock({ speed: 10 }),
      random: nodeRandom,
      onText(text) {
        scans.push(text)
        heard()
      },
    })
    onTestFinished(() => scanner.close())
    const become = (wanted: string) =>
      new Promise<void>((resolve) => {
        if (scanner.state === wanted) resolve()
        scanner.onState((state) => state === wanted && resolve())
      })
    for (let round = 1; round <= 2; round++) {
      await become('online')
      const scanned = new Promise<void>((resolve) => {
        heard = resolve
      })
      writeSync(fd, inputRequest(report))
      await scanned
      expect(scans).toHaveLength(round)
      if (round === 2) break
      unplug(fd)
      await become('offline')
      fd = plug()
    }
    expect(scans).toEqual([slip, slip])
    expect(readdirSync('/dev').some((name) => name.startsWith('hidraw'))).toBe(true)
  },
)
