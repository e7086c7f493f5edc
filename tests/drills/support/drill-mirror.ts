import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { type HttpServer, serveFetch } from '@hanpyo/platform/http-server.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { createLogHandler } from '@hanpyo/protocol/log/http.ts'
import { pathReader } from '@hanpyo/protocol/log/read-log.ts'
import { type BuiltLedger, buildLedger } from '@hanpyo/protocol/testing/build-ledger.ts'
import { HISTORY_FILE } from '@hanpyo/verifier/mirror/folder.ts'
import { runVerifier } from './drill-witness.ts'
import { type Fault, FaultyProcess, wasInjected } from './faulty-process.ts'

/** Calls a mirror makes for its copy and its database. */
export const MIRROR_CALLS = [
  'pwrite64',
  'write',
  'fsync',
  'fdatasync',
  'rename',
  'mkdir',
  'ftruncate',
  'unlink',
] as const

export interface MirrorTrial {
  readonly wasInjected: boolean
  /** The exit code, when the process ended by itself. */
  readonly ended: number | null
  /** Records that the mirror serves in the end, under its own cosignature. */
  readonly size: number
  /** Heads that the mirror showed under its cosignature, each of which had to be durable before. */
  readonly shown: number
  readonly fsck: number | undefined
  readonly report: string
  readonly trace: string
}

/** A mirror that copies a whole election in two steps, fails on the way and starts anew. */
export class DrillMirror {
  readonly #base: string
  readonly #server: HttpServer
  readonly #ledgers: readonly BuiltLedger[]
  #files: ReadonlyMap<string, Uint8Array>

  private constructor(
    base: string,
    ledgers: readonly BuiltLedger[],
    serve: (self: () => DrillMirror) => HttpServer,
  ) {
    this.#base = base
    this.#ledgers = ledgers
    this.#files = new Map()
    this.#server = serve(() => this)
  }

  static async prepare(base?: string): Promise<DrillMirror> {
    const dir = base ?? (await mkdtemp(join(tmpdir(), 'hanpyo-drill-mirror-')))
    const backend = await createNodeBackend()
    const ledgers = (['open', 'sealed'] as const).map((stage) =>
      buildLedger({ backend, ceremony: { trustees: 3, threshold: 2 }, stage }),
    )
    await runVerifier(['mirror', 'init', '--dir', join(dir, 'm'), '--name', 'm.example/drill'])
    let self: (() => DrillMirror) | undefined
    const reader = pathReader(async (path) => self?.().file(path) ?? null)
    const server = await serveFetch(createLogHandler(reader), { host: '127.0.0.1', port: 0 })
    return new DrillMirror(dir, ledgers, (own) => {
      self = own
      return server
    })
  }

  /** A file of the ledger as it is shown now. */
  file(path: string): Uint8Array | undefined {
    return this.#files.get(path)
  }

  get manifestHash(): string {
    return toHex((this.#ledgers[0] as BuiltLedger).election.manifestHash)
  }

  get finalSize(): number {
    return (this.#ledgers.at(-1) as BuiltLedger).log.size
  }

  get base(): string {
    return this.#base
  }

  async close(): Promise<void> {
    await this.#server.close()
    await rm(this.#base, { recursive: true, force: true })
  }

  /** Shows the mirror the ledger as it was on the n-th day. */
  show(day: number): void {
    this.#files = (this.#ledgers[day] as BuiltLedger).log.allFiles()
  }

  /** The command line of a mirror in a folder. */
  argsFor(dir: string): string[] {
    const pin = ['--manifest-hash', this.manifestHash]
    return ['mirror', 'run', this.#server.url, '--dir', dir, ...pin, '--every', '0.05', '--close-with-parent']
  }

  /** A fresh copy of the folder of `mirror init`. */
  async folder(name: string): Promise<string> {
    const dir = join(this.#base, name)
    await cp(join(this.#base, 'm'), dir, { recursive: true })
    return dir
  }

  async trial(name: string, fault?: Fault): Promise<MirrorTrial> {
    const dir = await this.folder(name)
    const trace = join(this.#base, `${name}.trace`)
    const args = this.argsFor(dir)
    this.show(0)
    let running = await FaultyProcess.start({
      args,
      trace,
      calls: MIRROR_CALLS,
      ...(fault === undefined ? {} : { fault }),
    })
    let ended: number | null = null
    for (const day of [0, 1]) {
      this.show(day)
      const size = (this.#ledgers[day] as BuiltLedger).log.size
      while (!(await reaches(running, size))) {
        ended = await running.exited
        running = await FaultyProcess.start({ args })
      }
    }
    await running.stop()
    const { code, text } = await runVerifier(['fsck', dir, '--manifest-hash', this.manifestHash])
    const size = Number(/: (\d+) \S+\n/.exec(text)?.[1] ?? 0)
    const history = await readFile(join(dir, HISTORY_FILE), 'utf8').catch(() => '')
    const shown = new Set(history.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).size])))
    return {
      wasInjected: fault !== undefined && wasInjected(trace),
      ended,
      size,
      shown: shown.size,
      fsck: code,
      report: text,
      trace,
    }
  }
}

/** Whether a mirror comes to have this many records; false when it ends before. */
export async function reaches(running: FaultyProcess, size: number): Promise<boolean> {
  while (!running.hasExited && running.ready !== null) {
    const answer = await fetch(`${running.url}/mirror.v0.json`).catch(() => null)
    const view = (await answer?.json().catch(() => null)) as { size: number } | null | undefined
    const note = await fetch(`${running.url}/checkpoint`).catch(() => null)
    const shown = Number((await note?.text().catch(() => ''))?.split('\n')[1])
    if (view?.size === size && shown === size) return true
    await Promise.race([running.exited, new Promise((resolve) => setTimeout(resolve, 20))])
  }
  return false
}
