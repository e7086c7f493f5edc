import type { Result } from '@hanpyo/protocol/result.ts'
import type { DeviceFolder } from './device-folder.ts'
import type { Text } from './error-entry.ts'
import type { ProvisionError } from './errors.ts'
import type { Ports } from './ports.ts'

/** One exact change, for `--dry-run` and the work log. Never a secret: a key is named by what it is. */
export interface Change {
  /** File, field or object, for example `cert/kiosk.crt.pem` or `device profile: rx1Delay`. */
  readonly what: string
  /** `null` where nothing was. */
  readonly from: string | null
  readonly to: string
}

/** What a step finds: nothing left to do, or exactly what it would change. */
export type Inspection = 'done' | { readonly changes: readonly Change[] }

export interface StepContext extends Ports {
  readonly folder: DeviceFolder
}

/**
 * One idempotent piece of work. `inspect` changes nothing and tells from the world itself, not from the journal, whether the
 * work is done; under `--dry-run` it also runs when the steps before were not applied. `apply` may be cut off
 * anywhere: a second `apply` finishes it. After `apply`, `inspect` says `done`.
 */
export interface Step<C extends StepContext = StepContext> {
  /** Lower-case words with hyphens; the journal and the JSON output know the step by it. */
  readonly id: string
  readonly title: Text
  inspect(ctx: C): Promise<Result<Inspection, ProvisionError>>
  apply(ctx: C): Promise<Result<void, ProvisionError>>
  /** Cannot be taken back, so that it is asked for unless `--yes` is given. */
  readonly confirm?: Text
}

/** Types a step; nothing more. */
export function defineStep<C extends StepContext = StepContext>(step: Step<C>): Step<C> {
  return step
}
