import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { formatAddCheckpoint, monitoringPath } from '@hanpyo/protocol/log/add-checkpoint.ts'
import { consistencyProofFromTiles } from '@hanpyo/protocol/log/hash-reader.ts'
import { vkeyOf } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { LedgerBuilder } from '@hanpyo/protocol/testing/ledger-builder.ts'
import { commands } from '@hanpyo/verifier/commands.ts'
import { type Fault, FaultyProcess, wasInjected } from './faulty-process.ts'

const ORIGIN = 'log.example/drill'
const SEED = new Uint8Array(32).fill(4)
const backend = await createNodeBackend()
const { ed25519 } = backend

/** A log of `size` records; from record 3 on those of `history`. */
export function grown(size: number, history: string): LedgerBuilder {
  const log = new LedgerBuilder({ ed25519, origin: ORIGIN, logSeed: SEED })
  log.addLeaves(
    Array.from({ length: size }, (_, n) => utf8(n < 3 ? `record ${n}` : `record ${n} of ${history}`)),
  )
  log.publish()
  return log
}

/** Calls a witness makes for its database. */
export const WITNESS_CALLS = ['pwrite64', 'fsync', 'fdatasync', 'ftruncate', 'unlink', 'openat'] as const

export interface WitnessTrial {
  /** Whether the fault came at all. */
  readonly wasInjected: boolean
  /** The exit code, when the process ended by itself. */
  readonly ended: number | null
  /** Sizes for which it gave out a cosignature, with the roots they were for. */
  readonly signed: ReadonlyMap<number, ReadonlySet<string>>
  /** What it remembers in the end. */
  readonly remembered: number
  readonly fsck: number | undefined
  readonly trace: string
}

/** Runs a command of the verifier in this process. */
export async function runVerifier(
  words: readonly string[],
): Promise<{ code: number | undefined; text: string }> {
  const command = commands.find(({ name }) => words.join(' ').startsWith(`${name} `))
  const out: string[] = []
  const io = {
    stdout: (line: string) => void out.push(line),
    stderr: (line: string) => void out.push(line),
    env: {},
    cwd: '/',
  }
  const code = await command?.run(words.slice(command.name.split(' ').length), io)
  return { code, text: out.join('\n') }
}

/** A witness that is shown a growing log, fails on the way, starts anew and is then shown another history. */
export class DrillWitness {
  readonly #base: string

  private constructor(base: string) {
    this.#base = base
  }

  static async prepare(): Promise<DrillWitness> {
    const base = await mkdtemp(join(tmpdir(), 'hanpyo-drill-witness-'))
    await runVerifier(['witness', 'init', '--dir', join(base, 'w'), '--name', 'w.example/drill'])
    await runVerifier([
      'witness',
      'add-log',
      '--dir',
      join(base, 'w'),
      '--log',
      vkeyOf(ed25519, ORIGIN, SEED),
    ])
    return new DrillWitness(base)
  }

  get base(): string {
    return this.#base
  }

  close(): Promise<void> {
    return rm(this.#base, { recursive: true, force: true })
  }

  /** A fresh copy of the folder of `witness init`. */
  async folder(name: string): Promise<string> {
    const dir = join(this.#base, name)
    await cp(join(this.#base, 'w'), dir, { recursive: true })
    return dir
  }

  async trial(name: string, fault?: Fault): Promise<WitnessTrial> {
    const dir = await this.folder(name)
    const database = join(dir, 'witness.sqlite')
    const trace = join(this.#base, `${name}.trace`)
    const args = ['witness', 'serve', '--dir', dir, '--close-with-parent']
    let running = await FaultyProcess.start({
      args,
      trace,
      calls: WITNESS_CALLS,
      paths: [database, `${database}-wal`, `${database}-shm`],
      ...(fault === undefined ? {} : { fault }),
    })
    const signed = new Map<number, Set<string>>()
    let ended: number | null = null
    const alive = async (): Promise<void> => {
      if (!running.hasExited && running.ready !== null) return
      ended = await running.exited
      running = await FaultyProcess.start({ args })
    }
    const show = async (log: LedgerBuilder, oldSize: number): Promise<boolean> => {
      const proof =
        oldSize === 0 ? [] : expectOk(await consistencyProofFromTiles(log.reader(), oldSize, log.size))
      const body = formatAddCheckpoint({ oldSize, proof, note: log.checkpoint as string })
      try {
        const answer = await fetch(`${running.url}/add-checkpoint`, { method: 'POST', body })
        if (answer.status === 200) {
          const root = log.checkpoint?.split('\n')[2] ?? ''
          signed.set(log.size, (signed.get(log.size) ?? new Set()).add(root))
        }
        // A store that is broken ends the process right after the answer.
        if (answer.status === 500) await running.exited
        return answer.status === 200
      } catch {
        await running.exited
        return false
      }
    }
    await alive()
    await show(grown(3, 'a'), 0)
    await alive()
    await show(grown(5, 'a'), await this.#remembered(running))
    await alive()
    await show(grown(9, 'a'), await this.#remembered(running))
    await alive()
    // Whatever happened before: another history of the same log now.
    const known = await this.#remembered(running)
    for (const size of [3, 5, 9]) if (size >= known) await show(grown(size, 'b'), known)
    await alive()
    const remembered = await this.#remembered(running)
    await running.stop()
    const { code } = await runVerifier(['fsck', dir])
    return {
      wasInjected: fault !== undefined && wasInjected(trace),
      ended,
      signed,
      remembered,
      fsck: code,
      trace,
    }
  }

  async #remembered(running: FaultyProcess): Promise<number> {
    const answer = await fetch(`${running.url}/${monitoringPath(ORIGIN)}`).catch(() => null)
    return answer?.status === 200 ? Number((await answer.text()).split('\n')[1]) : 0
  }
}
