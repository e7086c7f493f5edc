import type { Logger } from '@hanpyo/platform/logger.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import { noteVerifier } from '@hanpyo/protocol/log/note.ts'
import { parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { BridgeOptions } from '../bridge.ts'
import type { LedgerEngine } from '../ledger/engine.ts'
import { engineLogReader } from '../ledger/log-reader.ts'
import { Witnessing, type WitnessingOptions } from './witnessing.ts'

/** The witnesses and mirrors that the manifest's policies name. */
export function openWitnessing(
  { backend: { ed25519 }, engine, clock, log, witnessing, onFatal }: BridgeOptions,
  manifest: Manifest,
  isLeading: () => boolean,
): Result<Witnessing, 'policy-unusable'> {
  const seen = parsePolicy(manifest.policies.seen)
  if (!seen.ok) return err('policy-unusable', `seen: ${seen.error}`)
  const official = parsePolicy(manifest.policies.official)
  if (!official.ok) return err('policy-unusable', `official: ${official.error}`)
  const logKey = noteVerifier(ed25519, manifest.keys.log)
  if (!logKey.ok) return err('policy-unusable', `log key: ${logKey.error}`)
  return ok(
    new Witnessing({
      ...witnessing,
      ...(engine.isShared ? { store: sharedNote(engine, log) } : {}),
      isLeading,
      // Confirmed, where others write: a server that was cut off reads an old head for as long as it likes.
      newestHead: async () =>
        (engine.isShared ? (await engine.snapshot()).head : await engine.head())?.checkpoint ?? '',
      origin: manifest.id,
      ed25519,
      log: logKey.value,
      seen: seen.value,
      official: official.value,
      reader: engineLogReader(engine),
      clock,
      logger: log,
      onForked(detail) {
        log.fatal('ledger-forked', { detail })
        onFatal('forked', detail)
      },
    }),
  )
}

/** The note that all replicas show. */
function sharedNote(engine: LedgerEngine, log: Logger): WitnessingOptions['store'] {
  return {
    load: () => engine.published(),
    async save(note, size) {
      const saved = await engine.publish(size, note)
      if (!saved.ok) log.warn('published-note-not-saved', { error: saved.error })
    },
  }
}
