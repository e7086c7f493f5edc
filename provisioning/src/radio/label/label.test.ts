import { nodeRandom } from '@hanpyo/platform/random.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { expect, test } from 'vitest'
import { labelOf, labelPdf, labelReceipt, spaced } from './label.ts'
import { formatDeviceCode, parseDeviceCode } from './tr005.ts'

const DEVICE = {
  id: 7,
  centre: '반포1동 주민센터',
  name: '1층 왼쪽',
  devEui: '24e124ffff000007',
  joinEui: '4a414e50594f0001',
  profileId: '00000000',
}

test('the code of a label is read back by TR005, with the kiosk as serial number', () => {
  const text = formatDeviceCode(labelOf(DEVICE).code)
  expect(text).toMatch(/^LW:D0:4A414E50594F0001:24E124FFFF000007:00000000:SHANPYO7:C[0-9A-F]{4}$/)
  expect(parseDeviceCode(text)).toMatchObject({ ok: true, value: { serial: 'HANPYO7' } })
})

test('PDF and receipt are made from what a label may hold, which no key is', async () => {
  const appKey = toHex(nodeRandom(16))
  // A caller that hands in more than it should.
  const label = labelOf({ ...DEVICE, appKey } as typeof DEVICE)
  const pdf = await labelPdf(label, new Date(0))
  expect(new TextDecoder().decode(pdf.subarray(0, 5))).toBe('%PDF-')
  const receipt = labelReceipt(label)
  expect(JSON.stringify([label, receipt]).toLowerCase()).not.toContain(appKey)
  expect(receipt.parts).toContainEqual({ kind: 'pair', label: 'DevEUI', value: '24E1 24FF FF00 0007' })
  expect(spaced('0011')).toBe('0011')
})
