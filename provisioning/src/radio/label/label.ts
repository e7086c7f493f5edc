import type { Receipt } from '@hanpyo/devices/printer/receipt.ts'
import { createPdf, drawQr, MM } from '@hanpyo/platform/pdf.ts'
import { type DeviceCode, formatDeviceCode } from './tr005.ts'

/** What a label says. Nothing of it is secret: whoever reads it can neither join nor vote. */
export interface Label {
  readonly kiosk: number
  readonly centre: string
  readonly name: string
  readonly code: DeviceCode
}

/** Serial number of TR005's extension S: the kiosk's number. */
export function labelOf(device: {
  readonly id: number
  readonly centre: string
  readonly name: string
  readonly devEui: string
  readonly joinEui: string
  /** 8 hex digits of the LoRa Alliance; zeros for whoever has none. */
  readonly profileId: string
}): Label {
  const { id, centre, name, devEui, joinEui, profileId } = device
  const code = {
    joinEui,
    devEui,
    vendorId: profileId.slice(0, 4),
    vendorProfileId: profileId.slice(4),
    serial: `HANPYO${id}`,
  }
  return { kiosk: id, centre, name, code }
}

const WIDTH_MM = 62
const HEIGHT_MM = 40
const QR_MM = 28

/** A label of 62 × 40 mm. */
export function labelPdf(label: Label, createdAt: Date): Promise<Uint8Array> {
  const { kiosk, centre, name, code } = label
  return createPdf({
    title: `한표 ${kiosk}`,
    size: [WIDTH_MM * MM, HEIGHT_MM * MM],
    marginPoints: 3 * MM,
    createdAt,
    draw(document) {
      const text = formatDeviceCode(code)
      drawQr(document, text, { x: 1 * MM, y: 3 * MM, sizePoints: QR_MM * MM }, { encoding: 'alphanumeric' })
      const x = (QR_MM + 2) * MM
      const width = (WIDTH_MM - QR_MM - 4) * MM
      const line = (size: number, words: string) =>
        document.fontSize(size).text(words, { width, height: size * 2.6, ellipsis: true })
      document
        .fillColor('#000')
        .fontSize(14)
        .text(`한표 ${kiosk}`, x, 4 * MM, { width })
      line(8, name)
      line(8, centre)
      document.moveDown(0.4)
      line(6.5, `DevEUI\n${spaced(code.devEui)}`)
      line(6.5, `JoinEUI\n${spaced(code.joinEui)}`)
      document.fontSize(5).text(text, 3 * MM, (QR_MM + 4) * MM, { width: (WIDTH_MM - 6) * MM })
    },
  })
}

/** The same for a receipt printer. */
export function labelReceipt({ kiosk, centre, name, code }: Label): Receipt {
  return {
    title: `한표 ${kiosk}`,
    parts: [
      { kind: 'text', text: name, align: 'centre' },
      { kind: 'text', text: centre, align: 'centre' },
      { kind: 'qr', text: formatDeviceCode(code), encoding: 'alphanumeric' },
      { kind: 'pair', label: 'DevEUI', value: spaced(code.devEui) },
      { kind: 'pair', label: 'JoinEUI', value: spaced(code.joinEui) },
    ],
  }
}

/** `0123456789abcdef` as `0123 4567 89AB CDEF`, for reading aloud. */
export function spaced(eui: string): string {
  return eui.toUpperCase().replace(/....(?=.)/g, '$& ')
}
