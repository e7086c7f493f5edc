import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { noteVerifier } from '@hanpyo/protocol/log/note.ts'
import { parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Head, LedgerEngine } from '../ledger/engine.ts'
import { engineLogReader } from '../ledger/log-reader.ts'
import { Witnessing, type WitnessView } from '../witnessing/witnessing.ts'

export interface AskDeps {
  readonly ed25519: Ed25519
  readonly clock: Clock
  readonly log: Logger
  readonly fetch: typeof fetch
  readonly timeoutMs: number
}

/**
 * Asks every witness and mirror of the manifest what it holds of this log, and changes nothing. `ledger-behind-witnesses` when one
 * holds, under the log's own signature, more than the store or something else. The views say who did not answer.
 */
export async function askWitnesses(
  engine: LedgerEngine,
  manifest: Manifest,
  head: Head,
  deps: AskDeps,
): Promise<Result<readonly WitnessView[], 'ledger-behind-witnesses' | 'policy-unusable'>> {
  const [seen, official] = [parsePolicy(manifest.policies.seen), parsePolicy(manifest.policies.official)]
  const log = noteVerifier(deps.ed25519, manifest.keys.log)
  if (!seen.ok || !official.ok || !log.ok) return err('policy-unusable')
  const witnessing = new Witnessing({
    origin: manifest.id,
    ed25519: deps.ed25519,
    log: log.value,
    seen: seen.value,
    official: official.value,
    reader: engineLogReader(engine),
    clock: deps.clock,
    logger: deps.log,
    fetch: deps.fetch,
    timeoutMs: deps.timeoutMs,
    republishMs: 0,
    retryMs: 0,
    store: { load: async () => null, save: async () => {} },
    isLeading: () => false,
    newestHead: async () => head.checkpoint,
    onPublished() {},
    onForked() {},
  })
  const compared = await witnessing.compare(head.checkpoint)
  await witnessing.close()
  return compared.ok ? ok(witnessing.view()) : compared
}
