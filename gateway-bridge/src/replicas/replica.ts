import type { Clock } from '@hanpyo/platform/clock.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { promiseDeadline } from '@hanpyo/protocol/link/promise.ts'
import type { Result } from '@hanpyo/protocol/result.ts'
import type { StorageWatch } from '../admission/group-commit.ts'
import type { LedgerEngine } from '../ledger/engine.ts'
import { checkpointProblem, type Restored } from '../ledger/restore.ts'
import { createCheckpointSigner } from '../sequencer/checkpoint-signer.ts'
import { type Growth, LiveLog } from '../sequencer/live-log.ts'
import { Sequencer } from '../sequencer/sequencer.ts'
import type { Witnessing } from '../witnessing/witnessing.ts'
import { Follower } from './follower.ts'
import { Role } from './role.ts'

export interface ReplicaDeps {
  readonly engine: LedgerEngine
  readonly backend: CryptoBackend
  readonly clock: Clock
  readonly log: Logger
  readonly restored: Restored
  /** 32-byte seed of the log key, which all replicas have. */
  readonly logSeed: Uint8Array
  readonly watch: StorageWatch
  readonly witnesses: Witnessing
  /** Simulated milliseconds between two attempts to lead; 1,000 unless told. */
  readonly leadRetryMs: number | undefined
  /** Called after leaves were applied, of our own batches and those of others. */
  onBatch(growth: Growth): Promise<void>
  onFatal(what: 'forked' | 'bug', detail: string | undefined): void
}

/** The part of a bridge that makes the log grow, or follows it while another replica does. */
export interface Replica {
  readonly live: LiveLog
  readonly follower: Follower
  readonly sequencer: Sequencer
  readonly role: Role
  /** Compares with the witnesses before anything is taken or signed. */
  compare(): Promise<Result<void, 'ledger-behind-witnesses'>>
}

/** A replica that died is replaced within this time and what its store takes to notice. */
const LEAD_RETRY_MS = 1_000

/** Wires following, leading and cutting batches; nothing runs until `role.start`. */
export function createReplica(deps: ReplicaDeps): Replica {
  const { engine, backend, clock, log, restored, watch, witnesses, onFatal } = deps
  const { state, facts, waiting } = restored
  const { id: origin, minPerKiosk, tickSeconds, maxDelaySeconds } = state.manifest
  const signer = createCheckpointSigner({ ed25519: backend.ed25519, seed: deps.logSeed, origin })
  const live = new LiveLog(
    {
      engine,
      state,
      facts,
      signer,
      checkpointProblem: (head) => checkpointProblem(backend, state, head),
      async onBatch(growth) {
        // Two that believe to lead would cut batches in turns: safe, but not how it should be.
        if (growth.isFollowed && role.isLeading) role.superseded()
        witnesses.headMoved(growth.log.head.checkpoint)
        await deps.onBatch(growth)
      },
    },
    restored.log,
  )
  const follower = new Follower({
    engine,
    log,
    live,
    state,
    waiting,
    deadline: () => promiseDeadline(clock.now(), maxDelaySeconds, tickSeconds),
    async onFollowed() {
      const note = await engine.published()
      if (note !== null) witnesses.adopt(note)
    },
    onWrongStore(error, detail) {
      log.fatal('store-of-another-history', { error, detail })
      onFatal('forked', detail)
    },
  })
  const sequencer = new Sequencer({
    engine,
    clock,
    log,
    state,
    waiting,
    signer,
    rule: { minPerKiosk, tickSeconds },
    watch,
    live,
    follower,
    onSuperseded: () => role.superseded(),
    onFailure(error) {
      log.fatal('sequencer-failed', { error })
      onFatal('bug', undefined)
    },
  })
  const role = new Role({
    engine,
    clock,
    log,
    retryMs: deps.leadRetryMs ?? LEAD_RETRY_MS,
    followMs: tickSeconds * 1000,
    follow: () => follower.follow(),
    async mayLead() {
      // One that is alone has asked at the start; another one may have signed more since.
      if (!engine.isShared) return true
      const { head } = live.logState
      const compared = await witnesses.compare(head.checkpoint)
      if (compared.ok) return true
      // One that does not know yet that it lost the lead may have cut a batch meanwhile: then it is tried again.
      const isExplained = !(await follower.follow()) || live.logState.head.size > head.size
      if (!isExplained) onFatal('forked', compared.detail)
      return false
    },
    onLead() {
      witnesses.headMoved(live.logState.head.checkpoint)
      sequencer.start()
    },
    onStepDown: () => sequencer.stop(),
  })
  return {
    live,
    follower,
    sequencer,
    role,
    async compare() {
      for (;;) {
        const { head } = live.logState
        const compared = await witnesses.start(head.checkpoint)
        // In a store that others write to they may know a newer head than was read here.
        const isNewer = !compared.ok && (await follower.follow()) && live.logState.head.size > head.size
        if (!isNewer) return compared
      }
    },
  }
}
