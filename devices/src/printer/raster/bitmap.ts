/** A black and white picture: rows of ⌈width/8⌉ bytes, most significant bit leftmost, 1 prints black. */
export class Bitmap {
  readonly width: number
  readonly height: number
  readonly rowBytes: number
  readonly data: Uint8Array

  constructor(width: number, height: number) {
    this.width = width
    this.height = height
    this.rowBytes = Math.ceil(width / 8)
    this.data = new Uint8Array(this.rowBytes * height)
  }

  /** Whether the dot is black; dots outside are white. */
  isDark(x: number, y: number): boolean {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return false
    return (this.data[y * this.rowBytes + (x >> 3)]! & (0x80 >> (x & 7))) !== 0
  }

  /** Blackens one dot; outside the picture nothing happens. */
  set(x: number, y: number): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return
    this.data[y * this.rowBytes + (x >> 3)]! |= 0x80 >> (x & 7)
  }

  fillRect(left: number, top: number, width: number, height: number): void {
    for (let y = top; y < top + height; y++) for (let x = left; x < left + width; x++) this.set(x, y)
  }

  /** Blackens what is black in `other`, moved by `left` and `top`; what falls outside is cut off. */
  draw(other: Bitmap, left: number, top: number): void {
    for (let y = 0; y < other.height; y++) {
      for (let x = 0; x < other.width; x++) if (other.isDark(x, y)) this.set(left + x, top + y)
    }
  }

  isBlankRow(y: number): boolean {
    return this.data.subarray(y * this.rowBytes, (y + 1) * this.rowBytes).every((byte) => byte === 0)
  }
}
