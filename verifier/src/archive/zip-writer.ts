import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { Zip, ZipDeflate, ZipPassThrough } from 'fflate'

/** Without ZIP64 an archive holds no more; FAT-formatted sticks take no larger file either. */
export const MOST_FILES = 65_534
export const MOST_BYTES = 2 ** 32 - 2 ** 24

/** Text that gets smaller; ballots, hashes and proofs do not. */
const COMPRESSED = /\.(txt|md|note|checkpoint|html|js|mjs|css|json|svg|map)$|^(SHA256SUMS|checkpoint)$/

/** The same contents give the same archive, whenever and wherever it is made. */
const TIME = new Date(1980, 0, 1)

/** Thrown when an archive would have more files or bytes than a zip without extensions can hold. */
export class ArchiveTooLargeError extends Error {
  override readonly name = 'ArchiveTooLargeError'
}

/** Writes a zip file front to back; one file is in memory at a time. */
export class ZipWriter {
  readonly #file: FileHandle
  readonly #zip: Zip
  readonly #sums: string[] = []
  /** Made by the archiver and not yet written. */
  #chunks: Uint8Array[] = []
  #failure: Error | null = null
  #bytes = 0

  private constructor(file: FileHandle) {
    this.#file = file
    this.#zip = new Zip((error, chunk) => {
      if (error) this.#failure ??= error
      else this.#chunks.push(chunk)
    })
  }

  /** Starts a new file; rejects when there is one of this name. */
  static async create(path: string): Promise<ZipWriter> {
    return new ZipWriter(await open(path, 'wx'))
  }

  get fileCount(): number {
    return this.#sums.length
  }

  get byteCount(): number {
    return this.#bytes
  }

  /** Adds one whole file. Rejects with what the disk says, or `ArchiveTooLargeError`. */
  async add(path: string, bytes: Uint8Array): Promise<void> {
    if (this.#sums.length >= MOST_FILES) throw new ArchiveTooLargeError(`more than ${MOST_FILES} files`)
    this.#sums.push(`${createHash('sha256').update(bytes).digest('hex')}  ${path}\n`)
    await this.#put(path, bytes)
  }

  /** Adds the list of all hashes, ends the archive and forces it to the disk. */
  async finish(): Promise<void> {
    await this.#put('SHA256SUMS', new TextEncoder().encode(this.#sums.join('')))
    this.#zip.end()
    await this.#flush()
    await this.#file.sync()
    await this.#file.close()
  }

  /** Gives up; the file stays for the caller to delete. */
  async abandon(): Promise<void> {
    await this.#file.close()
  }

  async #put(path: string, bytes: Uint8Array): Promise<void> {
    if (this.#bytes + bytes.length > MOST_BYTES) throw new ArchiveTooLargeError('more than 4 GB')
    const entry = COMPRESSED.test(path) ? new ZipDeflate(path, { level: 6 }) : new ZipPassThrough(path)
    entry.mtime = TIME
    this.#zip.add(entry)
    entry.push(new Uint8Array(bytes), true)
    await this.#flush()
  }

  async #flush(): Promise<void> {
    const chunks = this.#chunks
    this.#chunks = []
    if (this.#failure !== null) throw this.#failure
    for (const chunk of chunks) {
      await this.#file.writeFile(chunk)
      this.#bytes += chunk.length
    }
  }
}
