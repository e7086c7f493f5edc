import encodeQR from 'qr'

/** Modules of white around the code (ISO/IEC 18004 asks for 4). */
const QUIET_ZONE = 4

/** A QR code as one SVG path, with its quiet zone, black on white in every theme. */
export function Qr({ text, label, large = false }: { text: string; label: string; large?: boolean }) {
  const rows = encodeQR(text, 'raw', { ecc: large ? 'low' : 'medium', border: QUIET_ZONE })
  const size = rows.length
  const path = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('')
  return (
    <svg className={large ? 'qr large' : 'qr'} viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label}>
      <path d={path} fill="currentColor" />
    </svg>
  )
}
