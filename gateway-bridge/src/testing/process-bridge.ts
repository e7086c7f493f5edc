import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Child, spawnChild } from '@hanpyo/platform/child.ts'
import { toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { encodeSkey } from '@hanpyo/protocol/log/note.ts'
import type { TestElection } from './test-election.ts'

const RUN_COMMAND = fileURLToPath(new URL('./run-command.ts', import.meta.url))

export interface ProcessBridgeOptions {
  readonly dir: string
  readonly election: TestElection
  readonly mqttUrl: string
  readonly mqttVersion: 4 | 5
  readonly connections?: number
  /** The start of the names of its connections at the broker; "bridge" unless several run. */
  readonly clientId?: string
  readonly workers?: number
  readonly applicationId?: string
  /** Real milliseconds it may take until it is ready; 30 s unless told. */
  readonly readyMs?: number
  /** Tables and values appended to the configuration. */
  readonly extra?: string
}

export interface CommandExit {
  readonly code: number
  /** Standard output, then standard error. */
  readonly output: string
}

/** Files and command lines of a bridge that runs as its own process, as an operator would have them. */
export class ProcessBridge {
  readonly configPath: string
  readonly dataDir: string
  readonly #options: ProcessBridgeOptions

  private constructor(options: ProcessBridgeOptions) {
    this.#options = options
    this.configPath = join(options.dir, 'bridge.toml')
    this.dataDir = join(options.dir, 'data')
  }

  /** Writes key files, manifest, blobs and configuration into `dir`. */
  static async prepare(options: ProcessBridgeOptions): Promise<ProcessBridge> {
    const { dir, election } = options
    const { manifest, manifestNote, blobs, bridgeKeys, bridgeId, backend } = election
    await mkdir(join(dir, 'blobs'), { recursive: true })
    await writeFile(join(dir, 'manifest.note'), manifestNote)
    for (const blob of blobs) await writeFile(join(dir, 'blobs', toHex(sha256(blob))), blob)
    const keyFile = async (file: string, type: string, name: string, seed: Uint8Array, more: object) => {
      const skey = encodeSkey({ ed25519: backend.ed25519, name, seed })
      await writeFile(join(dir, file), JSON.stringify({ type, name, vkey: '-', skey, ...more }), {
        mode: 0o600,
      })
    }
    await keyFile('log.json', 'hanpyo-signing-key', manifest.id, bridgeKeys.logSeed, {})
    const promiseName = keyName.bridge(manifest.id, bridgeId)
    await keyFile('bridge.json', 'hanpyo-bridge-key', promiseName, bridgeKeys.promiseSeed, {
      x25519: toBase64(bridgeKeys.x25519Secret),
    })
    const bridge = new ProcessBridge(options)
    await writeFile(bridge.configPath, configText(options))
    return bridge
  }

  /** `hanpyo bridge init`; resolves to the exit. */
  init(): Promise<CommandExit> {
    return this.#once(['bridge', 'init', '--config', this.configPath, '--election', this.#options.dir])
  }

  /** `hanpyo bridge run`; resolves when it is ready. */
  async run(): Promise<Child & { url: string }> {
    const child = await spawnChild({
      command: process.execPath,
      args: [RUN_COMMAND, 'bridge', 'run', '--config', this.configPath, '--close-with-parent'],
      ready: 'json-line',
      ...(this.#options.readyMs === undefined ? {} : { readyTimeoutMs: this.#options.readyMs }),
    })
    return Object.assign(child, { url: (child.ready as { url: string }).url })
  }

  /** `hanpyo bridge run` that is expected not to start. */
  runToExit(): Promise<CommandExit> {
    return this.#once(['bridge', 'run', '--config', this.configPath])
  }

  #once(args: readonly string[]): Promise<CommandExit> {
    return new Promise((resolve) => {
      execFile(process.execPath, [RUN_COMMAND, ...args], (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr })
      })
    })
  }
}

function configText({
  dir,
  mqttUrl,
  mqttVersion,
  connections,
  clientId,
  workers,
  applicationId,
  extra,
}: ProcessBridgeOptions) {
  return `
dataDir = "${join(dir, 'data')}"
bridge = "main"
[keys]
log = "${join(dir, 'log.json')}"
bridge = "${join(dir, 'bridge.json')}"
[mqtt]
url = "${mqttUrl}"
version = ${mqttVersion}
clientId = "${clientId ?? 'bridge'}"
connections = ${connections ?? 4}
[http]
port = 0
[admission]
workers = ${workers ?? 1}
[log]
level = "warn"
${applicationId === undefined ? '' : `[chirpstack]\napplicationId = "${applicationId}"`}
${extra ?? ''}
`
}
