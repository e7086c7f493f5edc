import { ByteWriter, concatBytes } from '@hanpyo/protocol/bytes.ts'
import type { Bitmap } from '../raster/bitmap.ts'

/** Control characters of ESC/POS. */
const DLE = 0x10
const EOT = 0x04
const ENQ = 0x05
const DC4 = 0x14
const ESC = 0x1b
const GS = 0x1d

/** Rows sent with one `GS v 0`. Small, so that a connection that breaks leaves little of a command unfinished. */
export const BAND_ROWS = 32
/** White gaps from this height on are fed instead of printed. */
const FEED_FROM_ROWS = 16
const LONGEST_FEED_ROWS = 255

/**
 * What `DLE EOT n` asks for, answered at once even while the printer is offline or its buffer full: 1 printer, 2 why
 * it is offline, 3 errors, 4 paper.
 */
export type StatusKind = 1 | 2 | 3 | 4

/** `DLE EOT n`: asks for one status byte. */
export function statusRequest(kind: StatusKind): Uint8Array {
  return Uint8Array.of(DLE, EOT, kind)
}

/** `GS r 1`: one byte that comes when everything sent before was processed. */
export function markerRequest(): Uint8Array {
  return Uint8Array.of(GS, 0x72, 1)
}

/**
 * Zeros that complete a raster band which an earlier connection or a killed process left unfinished; a printer that waits
 * for a command ignores them.
 */
export function completeUnfinishedBand(widthDots: number): Uint8Array {
  return new Uint8Array(Math.ceil(widthDots / 8) * BAND_ROWS)
}

/**
 * `ESC @` (standard settings), `GS a 0` (no status without being asked) and `GS P 203 203` (feeds are counted in dots
 * of a 203 dpi head, whatever the model's own unit).
 */
export function initialise(): Uint8Array {
  return Uint8Array.of(ESC, 0x40, GS, 0x61, 0, GS, 0x50, 203, 203)
}

/** `GS V 66 0`: feeds to the cutter and cuts, leaving one point; printers without a cutter only feed. */
export function cut(): Uint8Array {
  return Uint8Array.of(GS, 0x56, 66, 0)
}

/**
 * `DLE DC4 8 1 3 20 1 6 2 8`: drops what the printer has not printed yet. Otherwise it would print the rest once somebody put
 * paper in, in front of the next person. Printers that lack it ignore it.
 */
export function clearBuffer(): Uint8Array {
  return Uint8Array.of(DLE, DC4, 8, 1, 3, 20, 1, 6, 2, 8)
}

/** `ESC J n`: feeds n dots. */
function feed(rows: number): Uint8Array {
  return Uint8Array.of(ESC, 0x4a, rows)
}

/** A picture as commands of at most one band each: `GS v 0` for what is black, `ESC J` for white gaps. */
export function rasterCommands(picture: Bitmap): Uint8Array[] {
  const commands: Uint8Array[] = []
  for (let row = 0; row < picture.height; ) {
    const blank = blankRows(picture, row)
    if (blank >= FEED_FROM_ROWS) {
      const rows = Math.min(blank, LONGEST_FEED_ROWS)
      commands.push(feed(rows))
      row += rows
    } else {
      const rows = bandRows(picture, row)
      commands.push(band(picture, row, rows))
      row += rows
    }
  }
  return commands
}

function blankRows(picture: Bitmap, from: number): number {
  let row = from
  while (row < picture.height && picture.isBlankRow(row)) row++
  return row - from
}

/** Up to the next gap that is fed, at most a band. */
function bandRows(picture: Bitmap, from: number): number {
  let rows = 1
  while (rows < BAND_ROWS && from + rows < picture.height) {
    if (blankRows(picture, from + rows) >= FEED_FROM_ROWS) break
    rows++
  }
  return rows
}

/** `GS v 0`: mode 0, width in bytes and height in rows, each low byte first, then the rows. */
function band(picture: Bitmap, from: number, rows: number): Uint8Array {
  const { rowBytes } = picture
  const header = new ByteWriter().u8(GS).u8(0x76).u8(0x30).u8(0)
  header.u8(rowBytes & 0xff).u8(rowBytes >> 8)
  header.u8(rows & 0xff).u8(rows >> 8)
  return concatBytes(
    header.bytes(),
    withoutRealTimeCommands(picture.data.slice(from * rowBytes, (from + rows) * rowBytes)),
  )
}

/**
 * Printers look for real-time commands in everything that arrives, pictures included: `DLE EOT` would send a status
 * nobody asked for, `DLE ENQ` could clear the buffer, `DLE DC4` switch the printer off. Where a picture
 * contains one, a single dot of its second byte is blackened. Changes and returns `rows`.
 */
function withoutRealTimeCommands(rows: Uint8Array): Uint8Array {
  for (let at = 1; at < rows.length; at++) {
    if (rows[at - 1] !== DLE) continue
    const second = rows[at]
    if (second === EOT || second === ENQ || second === DC4) rows[at] = second | 0x08
  }
  // What follows the picture is a command of its own and never begins with one of the three.
  return rows
}
