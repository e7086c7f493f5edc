import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface ChildOptions {
  readonly command: string
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** Names of this process's environment that the child gets, besides `env`; without it all. */
  readonly inherit?: readonly string[]
  /**
   * What tells that the child is ready: a line on standard output or standard error that matches, or the
   * first line on standard output that is a JSON object.
   */
  readonly ready: RegExp | 'json-line'
  /** Real milliseconds to wait for it. Default 30,000. */
  readonly readyTimeoutMs?: number
}

export interface ChildExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface Child {
  readonly pid: number
  /** The matching line, or the parsed JSON object of `json-line`. */
  readonly ready: unknown
  readonly exited: Promise<ChildExit>
  /** Writes one line to the child's standard input. Standard input stays open as long as the parent lives. */
  writeLine(line: string): void
  /** Called for every later line of standard output. Returns a function that ends the subscription. */
  onLine(listener: (line: string) => void): () => void
  /** The last lines of both outputs, for error messages. */
  tail(): string
  /** Sends a signal without waiting. */
  kill(signal?: NodeJS.Signals): void
  /** SIGTERM, then SIGKILL after `graceMs` real milliseconds (default 5,000). */
  stop(graceMs?: number): Promise<ChildExit>
}

/** The child could not be started, ended or stayed silent before it was ready; the message has its last lines. */
export class ChildError extends Error {
  override readonly name = 'ChildError'
}

const TAIL_LINES = 40

/** Starts a child process and resolves when it says it is ready. Rejects with `ChildError`. */
export async function spawnChild(options: ChildOptions): Promise<Child> {
  const { command, args = [], env, cwd, inherit, ready, readyTimeoutMs = 30_000 } = options
  const child = spawn(command, [...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...inherited(inherit), ...env },
    ...(cwd === undefined ? {} : { cwd }),
  })
  const tail: string[] = []
  const listeners = new Set<(line: string) => void>()
  const isReady = Promise.withResolvers<unknown>()
  const exited = exitOf(child)
  // A child that closes its input first is told apart by its exit, not by a broken pipe.
  child.stdin.on('error', () => {})

  const take = (line: string, isStdout: boolean) => {
    tail.push(line)
    if (tail.length > TAIL_LINES) tail.shift()
    const value = readiness(ready, line, isStdout)
    if (value !== undefined) isReady.resolve(value)
    if (isStdout) for (const listener of listeners) listener(line)
  }
  createInterface({ input: child.stdout }).on('line', (line) => take(line, true))
  createInterface({ input: child.stderr }).on('line', (line) => take(line, false))

  const describe = (what: string) => new ChildError([`${command} ${what}`, ...tail].join('\n  '))
  child.once('error', (error) => isReady.reject(describe(`could not be started: ${error.message}`)))
  void exited.then(({ code, signal }) =>
    isReady.reject(describe(`ended (${signal ?? code}) before it was ready`)),
  )
  const timer = setTimeout(() => {
    child.kill('SIGKILL')
    isReady.reject(describe(`was not ready within ${readyTimeoutMs} ms`))
  }, readyTimeoutMs)
  const readyValue = await isReady.promise.finally(() => clearTimeout(timer))

  return {
    pid: child.pid as number,
    ready: readyValue,
    exited,
    writeLine: (line) => void child.stdin.write(`${line}\n`),
    onLine(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    tail: () => tail.join('\n'),
    kill: (signal = 'SIGTERM') => void child.kill(signal),
    async stop(graceMs = 5_000) {
      child.kill('SIGTERM')
      const hard = setTimeout(() => child.kill('SIGKILL'), graceMs)
      return exited.finally(() => clearTimeout(hard))
    },
  }
}

function inherited(names: readonly string[] | undefined): NodeJS.ProcessEnv {
  if (names === undefined) return process.env
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
}

/** Resolves when the process is gone and its output has been read to the end. */
function exitOf(child: ChildProcess): Promise<ChildExit> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }))
    child.once('error', () => {
      if (child.pid === undefined) resolve({ code: null, signal: null })
    })
  })
}

function readiness(ready: RegExp | 'json-line', line: string, isStdout: boolean): unknown {
  if (ready !== 'json-line') return ready.test(line) ? line : undefined
  if (!isStdout || !line.startsWith('{')) return undefined
  try {
    return JSON.parse(line) as unknown
  } catch {
    return undefined
  }
}
