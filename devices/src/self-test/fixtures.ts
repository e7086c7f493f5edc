/** Devices and a person for tests. */
import { type Clock, createVirtualClock } from '@hanpyo/platform/clock.ts'
import { ok } from '@hanpyo/protocol/result.ts'
import type { ConnectionState } from '../connection-state.ts'
import type { KeyDevice, KeyEvent } from '../keypad/keypad.ts'
import type { Receipt } from '../printer/receipt.ts'
import type { ReceiptPrinter } from '../printer/receipt-printer.ts'
import type { Prompt, Question, SelfTestOptions } from './ports.ts'

/** A person who gives these answers one after another, and a way to stop the test. */
export function createRun(
  answers: Partial<Record<Question, string[]>> = {},
  clock: Clock = createVirtualClock({ startMs: 1_795_000_000_000 }),
) {
  const prompts: Prompt[] = []
  const over = new AbortController()
  const options: SelfTestOptions = {
    clock,
    signal: over.signal,
    guide: {
      tell: (prompt) => prompts.push(prompt),
      ask: async (question) => answers[question]?.shift() ?? null,
    },
  }
  return { options, prompts, stop: () => over.abort(new Error('stopped')) }
}

/** Keys that are pressed by calling `press`. */
export function fakeKeys(): KeyDevice<string> & {
  readonly listeners: number
  press(key: string): void
  unplug(): void
} {
  const onKey = new Set<(event: KeyEvent<string>) => void>()
  const onState = new Set<(state: ConnectionState) => void>()
  let state: ConnectionState = 'online'
  return {
    get state() {
      return state
    },
    stuckKeys: [],
    get listeners() {
      return onKey.size
    },
    onKey(listener) {
      onKey.add(listener)
      return () => void onKey.delete(listener)
    },
    onState(listener) {
      onState.add(listener)
      return () => void onState.delete(listener)
    },
    press(key) {
      for (const listener of [...onKey]) listener({ kind: 'press', key })
    },
    unplug() {
      state = 'offline'
      for (const listener of [...onState]) listener(state)
    },
    async close() {},
  }
}

/** A printer with paper that keeps what it printed. */
export function fakePrinter(receipts: Receipt[]): ReceiptPrinter {
  const lastStatus = { paper: 'ok', problem: undefined } as const
  return {
    lastStatus,
    async print(receipt) {
      receipts.push(receipt)
      return ok(undefined)
    },
    status: async () => ok(lastStatus),
    onStatus: () => () => {},
    async close() {},
  }
}
