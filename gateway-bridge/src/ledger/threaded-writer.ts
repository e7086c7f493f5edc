import { Worker } from 'node:worker_threads'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { LedgerTransaction, StorageError, WaitingRecord } from './engine.ts'
import { type PackedList, type PackedRecords, packList, packRecords } from './packed-records.ts'
import type { LedgerWriter, OpenError, SqliteEngineOptions } from './sqlite-writer.ts'
import { createTurnstile } from './turnstile.ts'

/** One request to the writer's thread. `step` is a step of the open transaction; its three large ones travel packed. */
export type WriterRequest = { readonly id: number } & (
  | {
      readonly do: 'accept'
      readonly records: PackedRecords
      readonly refusedMore: readonly number[]
      readonly revision: number | undefined
    }
  | { readonly do: 'insertEntries'; readonly first: number; readonly leaves: PackedList }
  | { readonly do: 'clearWaiting'; readonly ids: PackedList }
  /** Credential and position of each in turn. */
  | { readonly do: 'markSpent'; readonly ids: PackedList; readonly places: Float64Array }
  | { readonly do: 'putBlob'; readonly args: Parameters<LedgerWriter['putBlob']> }
  | { readonly do: 'publish'; readonly args: Parameters<LedgerWriter['publish']> }
  | { readonly do: 'scrub' }
  | { readonly do: 'begin' }
  | { readonly do: 'step'; readonly name: keyof LedgerTransaction; readonly args: readonly unknown[] }
  | { readonly do: 'end'; readonly commit: boolean }
  | { readonly do: 'close' }
)

/** `failed` is an exception: a storage error inside a step has its code, a bug has none. */
export type WriterAnswer = { readonly id: number } & (
  | { readonly value: unknown }
  | { readonly failed: string; readonly storage: StorageError | undefined }
)

/** The first message of the thread. */
export type WriterOpened = Result<undefined, OpenError>

const TRANSACTION_STEPS = [
  'initialise',
  'head',
  'putTiles',
  'moveHead',
  'eraseTexts',
  'takeRefusedMore',
  'addRefusedMore',
] as const satisfies readonly Exclude<keyof LedgerTransaction, PackedStep>[]

type PackedStep = 'insertEntries' | 'clearWaiting' | 'markSpent'

/** A step that failed on the thread because of the store. */
class StepFailed extends Error {
  readonly storage: StorageError

  constructor(storage: StorageError, message: string) {
    super(message)
    this.storage = storage
  }
}

/** Starts a thread that owns the writing connection. */
export async function openThreadedWriter(
  options: SqliteEngineOptions,
): Promise<Result<LedgerWriter, OpenError>> {
  const worker = new Worker(new URL('./writer-thread.ts', import.meta.url), { workerData: options })
  const opened = await new Promise<WriterOpened>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  worker.removeAllListeners('error')
  if (opened.ok) return ok(new ThreadedWriter(worker))
  await worker.terminate()
  return opened
}

type Ask = WriterRequest extends infer R ? (R extends { id: number } ? Omit<R, 'id'> : never) : never

class ThreadedWriter implements LedgerWriter {
  readonly #worker: Worker
  readonly #oneTransaction = createTurnstile()
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>()
  #nextId = 0
  #ended: Error | undefined

  constructor(worker: Worker) {
    this.#worker = worker
    worker.on('message', (answer: WriterAnswer) => this.#settle(answer))
    // A thread that dies of a bug takes every open call with it; what it had committed is on disk.
    worker.on('error', (error) => this.#failAll(error))
    worker.on('exit', () => this.#failAll(new Error('the writer thread has ended')))
  }

  accept(
    records: readonly WaitingRecord[],
    refusedMore: readonly number[],
    revision?: number,
  ): ReturnType<LedgerWriter['accept']> {
    const request = { do: 'accept', records: packRecords(records), refusedMore, revision } as const
    return this.#ask(request) as ReturnType<LedgerWriter['accept']>
  }

  putBlob(...args: Parameters<LedgerWriter['putBlob']>): ReturnType<LedgerWriter['putBlob']> {
    return this.#ask({ do: 'putBlob', args }) as ReturnType<LedgerWriter['putBlob']>
  }

  publish(...args: Parameters<LedgerWriter['publish']>): ReturnType<LedgerWriter['publish']> {
    return this.#ask({ do: 'publish', args }) as ReturnType<LedgerWriter['publish']>
  }

  scrub(): ReturnType<LedgerWriter['scrub']> {
    return this.#oneTransaction(async () => this.#ask({ do: 'scrub' })) as ReturnType<LedgerWriter['scrub']>
  }

  transaction<T, E extends string>(
    work: (tx: LedgerTransaction) => Promise<Result<T, E>>,
  ): Promise<Result<T, E | StorageError>> {
    return this.#oneTransaction(async () => {
      const begun = (await this.#ask({ do: 'begin' })) as Result<undefined, StorageError>
      if (!begun.ok) return begun
      let result: Result<T, E>
      try {
        result = await work(this.#steps())
      } catch (error) {
        await this.#ask({ do: 'end', commit: false })
        if (error instanceof StepFailed) return err(error.storage, error.message)
        throw error
      }
      const ended = (await this.#ask({ do: 'end', commit: result.ok })) as Result<undefined, StorageError>
      return ended.ok ? result : ended
    })
  }

  async close(): Promise<void> {
    await this.#oneTransaction(async () => this.#ask({ do: 'close' }))
    await this.#worker.terminate()
  }

  #steps(): LedgerTransaction {
    const steps = TRANSACTION_STEPS.map((name) => [
      name,
      (...args: unknown[]) => this.#ask({ do: 'step', name, args }),
    ])
    return {
      ...(Object.fromEntries(steps) as Omit<LedgerTransaction, PackedStep>),
      insertEntries: (first, leaves) =>
        this.#ask({ do: 'insertEntries', first, leaves: packList(leaves) }) as Promise<void>,
      clearWaiting: (ids) => this.#ask({ do: 'clearWaiting', ids: packList(ids) }) as Promise<void>,
      markSpent: (spent) =>
        this.#ask({
          do: 'markSpent',
          ids: packList(spent.map(({ id }) => id)),
          places: Float64Array.from(spent.flatMap(({ credential, position }) => [credential, position])),
        }) as Promise<void>,
    }
  }

  #ask(request: Ask): Promise<unknown> {
    // Nobody would ever answer.
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    const id = this.#nextId++
    const answer = Promise.withResolvers<unknown>()
    this.#open.set(id, answer)
    this.#worker.postMessage({ ...request, id })
    return answer.promise
  }

  #settle(answer: WriterAnswer): void {
    const open = this.#open.get(answer.id)
    this.#open.delete(answer.id)
    if (!('failed' in answer)) open?.resolve(answer.value)
    else if (answer.storage === undefined) open?.reject(new Error(answer.failed))
    else open?.reject(new StepFailed(answer.storage, answer.failed))
  }

  #failAll(error: Error): void {
    this.#ended ??= error
    const open = [...this.#open.values()]
    this.#open.clear()
    for (const { reject } of open) reject(error)
  }
}
