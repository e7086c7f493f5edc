import type { Database } from '@hanpyo/platform/sqlite.ts'
import { fromHex, toHex } from '@hanpyo/protocol/bytes.ts'
import type { LogReader } from '@hanpyo/protocol/log/reader.ts'
import { encodeBundle, HASH_BYTES, TILE_WIDTH } from '@hanpyo/protocol/log/tiles.ts'
import { readHead } from '../ledger/sqlite-writer.ts'
import { createStaticFolder } from '../publish-static.ts'

/** Writes the log of a store into a folder, laid out as it is served, whatever state the store is in. */
export async function exportLog(database: Database, folder: string): Promise<void> {
  const head = readHead(database)
  if (head === null) return
  const reader: LogReader = {
    checkpoint: async () => head.checkpoint,
    async tile(level, number, width = TILE_WIDTH) {
      const row = database
        .prepare('SELECT hashes FROM tile WHERE level = ? AND number = ?')
        .get<{ hashes: Uint8Array }>(level, number)
      return row?.hashes.slice(0, width * HASH_BYTES) ?? null
    },
    async entries(index, width = TILE_WIDTH) {
      const first = index * TILE_WIDTH
      const rows = database
        .prepare('SELECT leaf FROM entry WHERE position >= ? AND position < ? ORDER BY position')
        .all<{ leaf: Uint8Array }>(first, first + width)
      return encodeBundle(rows.map(({ leaf }) => leaf))
    },
    async blob(hashHex) {
      const row = database
        .prepare('SELECT bytes FROM blob WHERE name = ?')
        .get<{ bytes: Uint8Array }>(fromHex(hashHex))
      return row?.bytes ?? null
    },
  }
  const names = database.prepare('SELECT name FROM blob').all<{ name: Uint8Array }>()
  await createStaticFolder(folder, reader).rebuild(
    head.size,
    names.map(({ name }) => toHex(name)),
  )
}
