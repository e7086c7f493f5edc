import { createNobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { nobleGroup } from '@hanpyo/protocol/group/noble.ts'
import { Board } from './board.ts'
import type { CheckWord } from './check/check-worker.ts'
import { follow } from './follow.ts'
import { openHost } from './host/host.ts'
import { openStores } from './host/indexed-db.ts'
import { type Port, serveCalls } from './rpc.ts'
import type { BoardCalls, Snapshot } from './snapshot.ts'

/** For one request; a phone on a slow line gets a bundle of 60 kB in this time. */
const TIMEOUT_MS = 20_000
/** Snapshots are sent at most this often. */
const SNAPSHOT_EVERY_MS = 150

export interface SnapshotWord {
  readonly snapshot: Snapshot
}

const port = globalThis as unknown as Port
let resolveBoard: (board: Board) => void = () => undefined
const started = new Promise<Board>((resolve) => {
  resolveBoard = resolve
})

serveCalls<BoardCalls>(port, {
  async start({ host: base, pin }) {
    const fetchIt = (address: URL, init: RequestInit): Promise<Response> => fetch(address, init)
    const checks = new Worker(new URL('./check/check-worker.ts', import.meta.url), { type: 'module' })
    const board: Board = new Board(
      {
        host: openHost({ base, fetch: fetchIt, timeoutMs: TIMEOUT_MS }),
        stores: await openStores(globalThis.indexedDB),
        backend: { group: nobleGroup, ed25519: createNobleEd25519() },
        fetch: fetchIt,
        timeoutMs: TIMEOUT_MS,
        nowMs: Date.now,
        takeTurns: () => sleep(0),
        check: (order) => checks.postMessage(order),
        onChange: () => announce(),
      },
      pin,
    )
    const announce = throttled(() => port.postMessage({ snapshot: board.snapshot() } satisfies SnapshotWord))
    checks.addEventListener('message', ({ data }) => board.heard(data as CheckWord))
    checks.addEventListener('error', ({ message }) => board.heard({ failed: message || 'worker' }))
    resolveBoard(board)
    void follow(board, {
      host: base,
      sleep,
      nowMs: Date.now,
      openEvents: (address) => new EventSource(address),
    })
  },
  refresh: async () => (await started).look(),
  pauseProofs: async (isPaused) => (await started).pauseProofs(isPaused),
  batches: async (range) => (await started).questions.batches(range),
  leaves: async (range) => (await started).questions.leaves(range),
  findReceipt: async (question) => (await started).questions.findReceipt(question),
  proofOf: async (index) => (await started).questions.proofOf(index),
  proposalText: async (id) => (await started).questions.proposalText(id),
  manifestNote: async () => (await started).questions.manifestNote(),
  forget: async () => (await started).forget(),
})

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Runs at once, and again after a while when it was called meanwhile. */
function throttled(run: () => void): () => void {
  let isWaiting = false
  let isDue = false
  return function call() {
    if (isWaiting) {
      isDue = true
      return
    }
    run()
    isWaiting = true
    setTimeout(() => {
      isWaiting = false
      if (!isDue) return
      isDue = false
      call()
    }, SNAPSHOT_EVERY_MS)
  }
}
