import { createNobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { nobleGroup } from '@hanpyo/protocol/group/noble.ts'
import { openHost } from '../host/host.ts'
import { readNamed } from '../ledger/lists.ts'
import type { Port } from '../rpc.ts'
import { ballotLanes, type LaneWorker } from './ballot-lanes.ts'
import { type ElectionInput, FullCheck, type FullCheckState } from './full-check.ts'

/** What the reading worker sends: the election once, then every proven leaf from the first on, in order; a pause at any time. */
export type CheckOrder =
  | { readonly begin: ElectionInput; readonly host: string; readonly timeoutMs: number }
  | { readonly leaves: readonly Uint8Array[] }
  | { readonly isPaused: boolean }

export type CheckWord = { readonly state: FullCheckState } | { readonly failed: string }

export interface CheckPorts {
  /** Milliseconds of a clock that only grows. */
  readonly now: () => number
  /** Threads for the proofs of ballots. */
  readonly lanes: () => readonly LaneWorker[]
}

/** Leaves whose ballots are begun before their turn. */
const AHEAD = 64
/** A word this often, at most. */
const WORD_EVERY_MS = 250

/**
 * Takes the slow road through the rule book, with every signature and proof, in a thread of its own so that questions
 * about the records never wait for it.
 */
export function serveChecks(port: Port, { now, lanes }: CheckPorts): void {
  /** All of them, the manifest too, which was taken when the check was opened. */
  const leaves: Uint8Array[] = []
  let check: FullCheck | undefined
  let isRunning = false
  let isPaused = false
  let spokenAt = 0
  let ahead = 1
  const speak = (): void => {
    if (check === undefined) return
    spokenAt = now()
    port.postMessage({ state: check.report(check.done >= leaves.length) } satisfies CheckWord)
  }
  const run = async (): Promise<void> => {
    if (isRunning || check === undefined) return
    isRunning = true
    while (check.done < leaves.length && !isPaused) {
      for (
        ahead = Math.max(ahead, check.done);
        ahead < Math.min(leaves.length, check.done + AHEAD);
        ahead++
      ) {
        check.lookAhead(ahead, leaves[ahead] as Uint8Array)
      }
      await check.take(leaves[check.done] as Uint8Array)
      if (now() - spokenAt < WORD_EVERY_MS) continue
      speak()
      // A turn for the messages that came meanwhile.
      await new Promise((resolve) => setTimeout(resolve, 0))
    }
    isRunning = false
    speak()
  }
  const fail = (error: unknown): void =>
    port.postMessage({ failed: error instanceof Error ? error.message : String(error) } satisfies CheckWord)
  port.addEventListener('message', ({ data }) => {
    const order = data as CheckOrder
    if ('isPaused' in order) isPaused = order.isPaused
    else if ('leaves' in order) leaves.push(...order.leaves)
    else {
      const host = openHost({
        base: order.host,
        timeoutMs: order.timeoutMs,
        fetch: (url, init) => fetch(url, init),
      })
      const backend = { group: nobleGroup, ed25519: createNobleEd25519() }
      const blob = (hash: string, most: number) => readNamed(host, hash, most)
      const opened = FullCheck.open({ backend, blob, verifyAhead: ballotLanes(lanes()) }, order.begin)
      if (!opened.ok) return fail(new Error(opened.detail ?? opened.error))
      check = opened.value
      check.checkKeys()
    }
    run().catch(fail)
  })
}

/** One thread is left for the page, and phones get warm. */
const MOST_LANES = 4

serveChecks(globalThis as unknown as Port, {
  now: () => performance.now(),
  lanes: () =>
    Array.from(
      { length: Math.min(MOST_LANES, Math.max(1, navigator.hardwareConcurrency - 1)) },
      () => new Worker(new URL('./ballot-worker.ts', import.meta.url), { type: 'module' }),
    ),
})
