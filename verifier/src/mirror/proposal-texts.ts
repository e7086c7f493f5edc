import { open, readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDurableDirectory, syncDirectory, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { decodeUtf8, equalBytes, parseBase64, toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import type { ProposalView } from '@hanpyo/protocol/election/rulebook/proposal-views.ts'
import type { OpenedText, ProposalSource } from '@hanpyo/protocol/proposal/http.ts'
import { SALT_BYTES } from '@hanpyo/protocol/proposal/layout.ts'
import {
  checkText,
  MAX_TEXT_BYTES,
  MAX_TEXT_CHARACTERS,
  textCommitment,
} from '@hanpyo/protocol/proposal/text.ts'
import type { ReadPath } from '../source/file-log.ts'
import { readFromFolder } from '../source/folder.ts'
import { OversizeError, SourceError } from '../source/source.ts'

/** Every character escaped in the longest way, and the salt. */
const MAX_ANSWER_BYTES = 6 * MAX_TEXT_BYTES + 256
/** Texts asked for at one look; the next look takes the rest. */
const MAX_FETCHED = 200

/**
 * The texts of proposals, beside a mirror's copy: they are not on the ledger, so that they can be erased. A text is taken only
 * when the commitment of its record opens with it, and overwritten and removed when the ledger says that it was erased.
 */
export class ProposalTexts implements ProposalSource {
  readonly #folder: string
  readonly #fetch: ReadPath
  #views: readonly ProposalView[] = []
  #byId = new Map<string, ProposalView>()
  #size = 0
  /** Hex ids of the texts on disk; `null` before the folder was read. */
  #held: Set<string> | null = null

  /**
   * @param folder outside the copy: archives and copies of that take no texts along.
   * @param read reads `proposal/<id>` from the log's host, which is not trusted.
   */
  constructor(folder: string, read: ReadPath) {
    this.#folder = folder
    this.#fetch = read
  }

  proposals(): Iterable<ProposalView> {
    return this.#views
  }

  proposal(id: Uint8Array): ProposalView | undefined {
    return this.#byId.get(toHex(id))
  }

  publishedSize(): number {
    return this.#size
  }

  async text(id: Uint8Array): Promise<OpenedText | null> {
    const view = this.proposal(id)
    if (view === undefined || view.isErased) return null
    const bytes = await readFromFolder(this.#folder)(fileOf(toHex(id)), MAX_ANSWER_BYTES)
    return bytes === null ? null : openedBy(bytes, view.textCommitment)
  }

  /** How many texts are held, and how many the host has not given. */
  get counts(): { readonly held: number; readonly missing: number } {
    const wanted = this.#views.filter(({ isErased }) => !isErased).length
    const held = this.#held?.size ?? 0
    return { held, missing: Math.max(0, wanted - held) }
  }

  /** Takes in the proposals of the verified copy, and erases first of all what has to be erased. */
  async show(views: readonly ProposalView[], size: number): Promise<void> {
    this.#views = views.filter(({ index }) => index < size)
    this.#byId = new Map(this.#views.map((view) => [toHex(view.id), view]))
    this.#size = size
    await makeDurableDirectory(this.#folder)
    this.#held ??= await this.#readFolder()
    const wanted = new Set(this.#views.filter(({ isErased }) => !isErased).map(({ id }) => toHex(id)))
    for (const id of this.#held) {
      if (wanted.has(id)) continue
      await this.#erase(id)
      this.#held.delete(id)
    }
  }

  /** Asks the host for texts that are missing. What it does not give, or gives wrongly, is asked for again at the next look. */
  async fill(): Promise<void> {
    const held = this.#held ?? new Set()
    const missing = this.#views.filter(({ id, isErased }) => !isErased && !held.has(toHex(id)))
    for (const { id, textCommitment: commitment } of missing.slice(0, MAX_FETCHED)) {
      const name = toHex(id)
      const opened = await this.#ask(name, commitment)
      if (opened === 'unreachable') return
      if (opened === null) continue
      const text = { salt: toBase64(opened.salt), text: opened.text }
      await writeDurable(join(this.#folder, fileOf(name)), JSON.stringify(text), { mode: 0o600 })
      held.add(name)
    }
  }

  async #ask(id: string, commitment: Uint8Array): Promise<OpenedText | null | 'unreachable'> {
    try {
      const bytes = await this.#fetch(`proposal/${id}`, MAX_ANSWER_BYTES)
      return bytes === null ? null : openedBy(bytes, commitment)
    } catch (error) {
      if (error instanceof OversizeError) return null
      if (error instanceof SourceError) return 'unreachable'
      throw error
    }
  }

  /** Also what a crash left half-written: nothing else would ever erase it. */
  async #readFolder(): Promise<Set<string>> {
    const held = new Set<string>()
    for (const name of await readdir(this.#folder)) {
      const id = /^([0-9a-f]{64})\.json$/.exec(name)?.[1]
      if (id === undefined) await unlink(join(this.#folder, name))
      else held.add(id)
    }
    return held
  }

  /** Overwrites before it removes, as far as the file system lets it. On disk when this returns. */
  async #erase(id: string): Promise<void> {
    const path = join(this.#folder, fileOf(id))
    const file = await open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    if (file === null) return
    try {
      const { size } = await file.stat()
      await file.write(new Uint8Array(size), 0, size, 0)
      await file.sync()
    } finally {
      await file.close()
    }
    await unlink(path)
    await syncDirectory(this.#folder)
  }
}

function fileOf(id: string): string {
  return `${id}.json`
}

/** Salt and text of an answer if they open the commitment. */
function openedBy(bytes: Uint8Array, commitment: Uint8Array): OpenedText | null {
  const fields = parseJson(bytes)
  const salt = typeof fields?.salt === 'string' ? parseBase64(fields.salt) : null
  const text = fields?.text
  if (salt === null || salt.length !== SALT_BYTES || typeof text !== 'string') return null
  if (!checkText(text, MAX_TEXT_CHARACTERS).ok) return null
  return equalBytes(textCommitment(salt, text), commitment) ? { salt, text } : null
}

function parseJson(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
  try {
    const value = JSON.parse(decodeUtf8(bytes)) as unknown
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : null
  } catch {
    return null
  }
}
