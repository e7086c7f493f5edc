import { toHex } from '@hanpyo/protocol/bytes.ts'
import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { ok, type Result } from '@hanpyo/protocol/result.ts'
import type { CountRecord } from './count-record.ts'
import { type DecryptError, decryptableStage, decryptContest } from './decrypt.ts'
import type { Act, Journal, JournalError } from './journal.ts'
import type { LoadedCount } from './load-count.ts'
import { type MixError, mixableStage, mixContest } from './mix.ts'
import type { Phases } from './progress.ts'
import type { Trustee } from './trustee.ts'

/**
 * One act of a trustee on one contest, at most once: what was signed before is given again, what would be a second
 * mix or decryption of another list is refused, and new work is on disk before it leaves the machine.
 */
export async function actOnce(
  loaded: LoadedCount,
  input: {
    readonly act: Act
    readonly trustee: Trustee
    readonly contest: number
    readonly random: RandomBytes
    readonly journal: Journal
    readonly phases?: Phases
  },
): Promise<Result<CountRecord, MixError | DecryptError | JournalError>> {
  const { act, trustee, contest, journal } = input
  const stage = (act === 'mix' ? mixableStage : decryptableStage)(loaded, trustee, contest)
  if (!stage.ok) return stage
  const bound = await journal.bind(toHex(loaded.manifestHash))
  if (!bound.ok) return bound
  const earlier = await journal.earlier(act, contest, stage.value.listHash)
  if (!earlier.ok) return earlier
  if (earlier.value !== null) return ok(earlier.value)
  const made = await (act === 'mix' ? mixContest : decryptContest)(loaded, input)
  if (!made.ok) return made
  await journal.keep(act, contest, made.value)
  return made
}
