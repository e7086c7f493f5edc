import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import type { DeviceFolder } from './device-folder.ts'
import { parseJsonWith } from './parse-json.ts'
import type { FilePort } from './ports.ts'

const entrySchema = z.strictObject({
  state: z.enum(['begun', 'done', 'failed']),
  /** Unix seconds. */
  at: z.int(),
  /** Sequence number of the work log's line that tells of it, written before `done`. */
  line: z.int().min(0),
  command: z.string(),
  error: z.string().exactOptional(),
})
const journalSchema = z.strictObject({ version: z.literal(1), steps: z.record(z.string(), entrySchema) })

export type JournalEntry = z.infer<typeof entrySchema>

/**
 * Which steps of a device have begun, failed or are done. It remembers, it does not decide: whether a step is done, `inspect`
 * says. What it adds is that a step was cut off, so that the work log gets its line all the same.
 */
export interface Journal {
  readonly steps: ReadonlyMap<string, JournalEntry>
  /** On disk when it resolves. */
  note(step: string, entry: JournalEntry): Promise<void>
}

/** Opens a device's journal; a missing one is empty. */
export async function openJournal(
  files: FilePort,
  folder: DeviceFolder,
): Promise<Result<Journal, 'folder-damaged'>> {
  const bytes = await files.read(folder.journal)
  const parsed = bytes === null ? ok({ steps: {} }) : parseJsonWith(journalSchema, bytes)
  if (!parsed.ok) return err('folder-damaged', `${folder.journal}: ${parsed.detail}`)
  const steps = new Map<string, JournalEntry>(Object.entries(parsed.value.steps))
  return ok({
    steps,
    async note(step, entry) {
      steps.set(step, entry)
      const text = JSON.stringify({ version: 1, steps: Object.fromEntries(steps) }, null, 2)
      await files.write(folder.journal, `${text}\n`)
    },
  })
}
