import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const HANPYO = fileURLToPath(new URL('../../../cli/bin/hanpyo.mjs', import.meta.url))

/** What the kernel does to the n-th call of this kind, counted for each thread. */
export interface Fault {
  readonly call: string
  readonly effect: 'error=EIO' | 'error=ENOSPC' | 'signal=KILL'
  readonly when: number
}

export interface FaultyOptions {
  /** `hanpyo` and its arguments; it has to end when standard input ends. */
  readonly args: readonly string[]
  /** Where strace writes; without it the process runs alone. */
  readonly trace?: string
  /** Calls to watch, and the only files they count for, if any. */
  readonly calls?: readonly string[]
  readonly paths?: readonly string[]
  readonly fault?: Fault
}

/** A real `hanpyo` process whose system calls fail as told. */
export class FaultyProcess {
  /** The line it said when it was ready; null when it ended before. */
  readonly ready: Readonly<Record<string, unknown>> | null
  readonly exited: Promise<number>
  readonly #child: ChildProcess
  readonly #errors: string[]
  #hasExited = false

  private constructor(
    child: ChildProcess,
    exited: Promise<number>,
    ready: Record<string, unknown> | null,
    errors: string[],
  ) {
    this.#child = child
    this.ready = ready
    this.exited = exited
    this.#errors = errors
    void exited.then(() => {
      this.#hasExited = true
    })
  }

  /** Resolves when the process is ready or has ended. */
  static async start({ args, trace, calls = [], paths = [], fault }: FaultyOptions): Promise<FaultyProcess> {
    const node = [process.execPath, HANPYO, ...args]
    const inject =
      fault === undefined ? [] : ['-e', `inject=${fault.call}:${fault.effect}:when=${fault.when}`]
    const watched = [...new Set([...calls, ...(fault === undefined ? [] : [fault.call])])].join(',')
    const strace =
      trace === undefined
        ? []
        : [
            'strace',
            '-f',
            '-y',
            '-o',
            trace,
            ...paths.flatMap((path) => ['-P', path]),
            '-e',
            `trace=${watched}`,
            ...inject,
          ]
    const [command = '', ...rest] = [...strace, ...node]
    const child = spawn(command, rest, {
      stdio: ['pipe', 'pipe', 'pipe'],
      // One thread for files, so that the n-th call is the same in every run.
      env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    })
    child.stdin?.on('error', () => undefined)
    const errors: string[] = []
    child.stderr?.setEncoding('utf8').on('data', (text: string) => void errors.push(text))
    const exited = once(child, 'exit').then(([code]) => (code as number | null) ?? 137)
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
    const ready = new Promise<Record<string, unknown> | null>((resolve) => {
      lines.on('line', (line) => {
        if (line.startsWith('{')) resolve(JSON.parse(line) as Record<string, unknown>)
      })
      void exited.then(() => resolve(null))
    })
    return new FaultyProcess(child, exited, await ready, errors)
  }

  get url(): string {
    return String(this.ready?.url)
  }

  get hasExited(): boolean {
    return this.#hasExited
  }

  get stderr(): string {
    return this.#errors.join('')
  }

  /** Ends it in its own way, by the end of its standard input. */
  async stop(): Promise<number> {
    this.#child.stdin?.end()
    return this.exited
  }
}

/** Calls in a trace by name, those of the busiest thread only: faults are counted for each thread. */
export function countCalls(trace: string): Map<string, number> {
  const byThread = new Map<string, Map<string, number>>()
  for (const line of linesOf(trace)) {
    const [, thread, name] = /^(\d+) +(\w+)\(/.exec(line) ?? []
    if (thread === undefined || name === undefined) continue
    const counts = byThread.get(thread) ?? new Map<string, number>()
    byThread.set(thread, counts.set(name, (counts.get(name) ?? 0) + 1))
  }
  const most = new Map<string, number>()
  for (const counts of byThread.values()) {
    for (const [name, count] of counts) most.set(name, Math.max(count, most.get(name) ?? 0))
  }
  return most
}

/** The numbers of the syncs, from 1 on, that make a commit durable: those of a write-ahead log but the last, on closing. */
export function commitSyncs(trace: string, call: string): Set<number> {
  const syncs = linesOf(trace).filter((line) => new RegExp(`^\\d+ +${call}\\(`).test(line))
  return new Set(syncs.flatMap((line, at) => (line.includes('-wal>') ? [at + 1] : [])).slice(0, -1))
}

/** Writes to the write-ahead log after a sync of it failed; there may be none, because they would rely on the page cache. */
export function writesAfterFailedSync(trace: string): number {
  const ofLog = linesOf(trace).filter((line) => line.includes('-wal>'))
  const failed = ofLog.findIndex((line) => /\bf(data)?sync\(/.test(line) && line.includes('(INJECTED)'))
  return failed === -1 ? 0 : ofLog.slice(failed).filter((line) => line.includes('pwrite64(')).length
}

/** Whether the fault came: a call was failed, or the process was killed. */
export function wasInjected(trace: string): boolean {
  return linesOf(trace).some((line) => line.includes('(INJECTED)') || line.includes('killed by SIGKILL'))
}

function linesOf(trace: string): string[] {
  return existsSync(trace) ? readFileSync(trace, 'utf8').split('\n') : []
}
