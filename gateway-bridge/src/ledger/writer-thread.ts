import { parentPort, workerData } from 'node:worker_threads'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { LedgerTransaction, SpentCredential, StorageError } from './engine.ts'
import { type PackedList, unpackList, unpackRecords } from './packed-records.ts'
import { openSqliteWriter, type SqliteEngineOptions, storageError } from './sqlite-writer.ts'
import type { WriterAnswer, WriterOpened, WriterRequest } from './threaded-writer.ts'

/** The transaction that is open on this thread, and how to end it. */
interface OpenTransaction {
  readonly tx: LedgerTransaction
  end(commit: boolean): Promise<Result<undefined, StorageError>>
}

const port = parentPort
if (port === null) throw new Error('this module is a thread')
const opened = openSqliteWriter(workerData as SqliteEngineOptions)
port.postMessage((opened.ok ? ok(undefined) : opened) satisfies WriterOpened)

if (opened.ok) {
  const writer = opened.value
  let open: OpenTransaction | undefined

  /** Resolves when the transaction is open; it stays open until `end`. */
  function begin(): Promise<Result<undefined, StorageError>> {
    const begun = Promise.withResolvers<Result<undefined, StorageError>>()
    const decision = Promise.withResolvers<boolean>()
    const done = writer.transaction<undefined, 'rolled-back'>(async (tx) => {
      open = {
        tx,
        async end(commit) {
          decision.resolve(commit)
          const result = await done
          return result.ok || result.error === 'rolled-back'
            ? ok(undefined)
            : err(result.error, result.detail)
        },
      }
      begun.resolve(ok(undefined))
      return (await decision.promise) ? ok(undefined) : err('rolled-back')
    })
    done.then(
      (result) => {
        open = undefined
        if (!result.ok && result.error !== 'rolled-back') begun.resolve(err(result.error, result.detail))
      },
      (error) => begun.reject(error),
    )
    return begun.promise
  }

  function answer(request: WriterRequest): Promise<unknown> {
    switch (request.do) {
      case 'accept':
        return writer.accept(unpackRecords(request.records), request.refusedMore, request.revision)
      case 'putBlob':
        return writer.putBlob(...request.args)
      case 'publish':
        return writer.publish(...request.args)
      case 'scrub':
        return writer.scrub()
      case 'begin':
        return begin()
      case 'step':
        return step(open, request.name, request.args)
      case 'insertEntries':
        return step(open, request.do, [request.first, unpackList(request.leaves)])
      case 'clearWaiting':
        return step(open, request.do, [unpackList(request.ids)])
      case 'markSpent':
        return step(open, request.do, [unpackSpent(request.ids, request.places)])
      case 'end':
        return (open as OpenTransaction).end(request.commit)
      case 'close':
        return writer.close()
    }
  }

  port.on('message', (request: WriterRequest) => {
    answer(request).then(
      (value) => port.postMessage({ id: request.id, value } satisfies WriterAnswer),
      (error) => port.postMessage(failure(request.id, error)),
    )
  })
}

function unpackSpent(ids: PackedList, places: Float64Array): SpentCredential[] {
  return unpackList(ids).map((id, at) => ({
    credential: places[2 * at] as number,
    id,
    position: places[2 * at + 1] as number,
  }))
}

async function step(
  open: OpenTransaction | undefined,
  name: keyof LedgerTransaction,
  args: readonly unknown[],
): Promise<unknown> {
  if (open === undefined) throw new Error('no transaction is open')
  return (open.tx[name] as (...args: readonly unknown[]) => Promise<unknown>)(...args)
}

function failure(id: number, error: unknown): WriterAnswer {
  const failed = error instanceof Error ? error.message : String(error)
  try {
    return { id, failed, storage: storageError(error).error }
  } catch {
    return { id, failed, storage: undefined }
  }
}
