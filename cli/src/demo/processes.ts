import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Child, spawnChild } from '@hanpyo/platform/child.ts'

/** The program that every part of the demo is started with. */
export const HANPYO: string = fileURLToPath(new URL('../../bin/hanpyo.mjs', import.meta.url))

/** Starts a `hanpyo` command that says it is ready by a JSON line. */
export function spawnHanpyo(args: readonly string[]): Promise<Child> {
  return spawnChild({ command: process.execPath, args: [HANPYO, ...args], ready: 'json-line' })
}

/** Runs a `hanpyo` command to its end and gives its standard output. Throws with all it printed unless it exits with 0. */
export async function runOnce(args: readonly string[]): Promise<string> {
  const { code, stdout, output } = await runHanpyo(args)
  if (code === 0) return stdout
  throw new Error(`hanpyo ${args.join(' ')} exited with ${code}:\n${output}`)
}

/** Runs a `hanpyo` command to its end and collects what it printed on standard output and standard error. */
export async function runHanpyo(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; stdout: string; output: string }> {
  const child = spawn(process.execPath, [HANPYO, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  let [stdout, output] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, output }
}
