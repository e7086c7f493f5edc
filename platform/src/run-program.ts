import { execFile } from 'node:child_process'

export interface ProgramResult {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null
  readonly stdout: Uint8Array
  readonly stderr: string
}

/** Runs another program to its end. Secrets go through `input`, never through `args`. Null: it is not installed. */
export type RunProgram = (
  command: string,
  args: readonly string[],
  options?: { readonly input?: Uint8Array; readonly timeoutMs?: number },
) => Promise<ProgramResult | null>

const PROGRAM_TIMEOUT_MS = 60_000
const MOST_OUTPUT_BYTES = 4_000_000

/** Secrets people hand to this program through its environment; their `…_FILE` names are only paths. */
const SECRET_VARIABLE = /^HANPYO_.*(?:PASSPHRASE|TOKEN|PSK|APP_KEY|TEST_SLIP)$/

/** With this process's environment, but for the secrets in it, and what is added to it. */
export function programRunner(env: Readonly<Record<string, string>> = {}): RunProgram {
  return (command, args, options = {}) =>
    new Promise((resolve, reject) => {
      const child = execFile(
        command,
        [...args],
        {
          timeout: options.timeoutMs ?? PROGRAM_TIMEOUT_MS,
          maxBuffer: MOST_OUTPUT_BYTES,
          encoding: 'buffer',
          env: { ...withoutSecrets(process.env), ...env },
        },
        (error, stdout, stderr) => {
          const code = error === null ? 0 : error.code
          if (typeof code === 'string') return code === 'ENOENT' ? resolve(null) : reject(error)
          resolve({ code: code ?? null, stdout: new Uint8Array(stdout), stderr: stderr.toString() })
        },
      )
      // A program that ends without reading is told apart by its exit code.
      child.stdin?.on('error', () => {})
      child.stdin?.end(options.input)
    })
}

function withoutSecrets(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !SECRET_VARIABLE.test(name)))
}

export const runProgram: RunProgram = programRunner()
