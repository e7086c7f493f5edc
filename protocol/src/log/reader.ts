/**
 * Read access to one published log, wherever it lies: a database, a folder, a URL. `null` means "there is no
 * such thing"; failures of the medium reject. What is read is not trusted: callers rebuild the tree.
 */
export interface LogReader {
  /** The newest signed checkpoint note; `null` before the first one. */
  checkpoint(): Promise<string | null>
  /** Exactly `width` (default 256) hashes of a tile, never more; any width up to the published one is served. */
  tile(level: number, index: number, width?: number): Promise<Uint8Array | null>
  /** The bundle of exactly `width` (default 256) entries. */
  entries(index: number, width?: number): Promise<Uint8Array | null>
  /** The blob whose SHA-256 is `hashHex` (64 lower-case digits). */
  blob(hashHex: string): Promise<Uint8Array | null>
}
