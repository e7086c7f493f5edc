import { toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'

/** One shipped file: its path with `/` below the root, and the SHA-256 of its bytes in lower-case hex. */
export interface FileHash {
  readonly path: string
  readonly sha256: string
}

/**
 * SHA-256 (lower-case hex) over the list of files, one line `<sha256>  <path>` each, sorted by the bytes of the path: what
 * `sha256sum` prints, so that anybody can compute it without this program. Throws for a path that is listed twice or
 * would break a line.
 */
export function softwareHash(files: readonly FileHash[]): string {
  const lines = new Map<string, string>()
  for (const { path, sha256: hash } of files) {
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new RangeError(`"sha256" of ${path} is not 64 hex digits`)
    if (path === '' || /[\n\r\\]/.test(path)) throw new RangeError('"path" would break a line')
    if (lines.has(path)) throw new RangeError(`"path" is there twice: ${path}`)
    lines.set(path, `${hash}  ${path}\n`)
  }
  const sorted = [...lines].sort(([a], [b]) => compareBytes(a, b)).map(([, line]) => line)
  return toHex(sha256(utf8(sorted.join(''))))
}

/** As `LC_ALL=C sort` does: UTF-16 order differs from that of bytes above U+FFFF. */
function compareBytes(a: string, b: string): number {
  const [left, right] = [utf8(a), utf8(b)]
  const at = left.findIndex((byte, i) => byte !== right[i])
  if (at === -1) return left.length - right.length
  return at >= right.length ? 1 : (left[at] as number) - (right[at] as number)
}
