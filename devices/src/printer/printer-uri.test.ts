import { expect, test } from 'vitest'
import { parsePrinterUri } from './printer-uri.ts'

test.each([
  ['tcp:10.0.0.7', 'tcp:10.0.0.7:9100', 80, true],
  ['tcp://printer.local:9101', 'tcp://printer.local:9101', 80, true],
  ['tcp:[::1]', 'tcp:[::1]:9100', 80, true],
  ['file:/dev/usb/lp0?status=no', 'file:/dev/usb/lp0', 80, false],
  ['serial:/dev/ttyUSB0?baud=38400&width=58', 'serial:/dev/ttyUSB0?baud=38400', 58, true],
])('%s names a printer', (uri, transportUri, paperWidthMm, hasStatus) => {
  expect(parsePrinterUri(uri)).toEqual({ ok: true, value: { transportUri, paperWidthMm, hasStatus } })
})

test.each(['', 'lp0', 'hid:usage=8c:02', 'tcp:host?width=70', 'file:/dev/usb/lp0?baud=9600', 'tcp:a:b:c'])(
  '"%s" is refused with a hint',
  (uri) => {
    expect(parsePrinterUri(uri)).toMatchObject({ ok: false, error: 'device-uri', detail: expect.any(String) })
  },
)
