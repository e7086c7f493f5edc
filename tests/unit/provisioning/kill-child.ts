/**
 * Finishes the command another process was cut off in (`resume`), then runs one (`begin`) and kills its own process before change
 * `killAt`: a change of the disk, or a record sent to the bridge. Prints one JSON line a fact.
 */
import { createVirtualClock } from '@hanpyo/platform/clock.ts'
import type { Command } from '@hanpyo/platform/command.ts'
import { nodePorts, type Ports } from '@hanpyo/provisioning/frame/ports.ts'
import { identityCommands } from '@hanpyo/provisioning/identity/commands.ts'
import { kioskCommands } from '@hanpyo/provisioning/kiosk/commands.ts'
import { wifiCommand } from '@hanpyo/provisioning/radio/commands/wifi.ts'
import { interceptFiles } from './cut-files.ts'
import { findCommand } from './desk-bench.ts'

export interface KillJob {
  readonly resume?: { readonly cwd: string; readonly line: string }
  readonly begin?: { readonly cwd: string; readonly line: string; readonly killAt: number | null }
}

/** Past the archive period of the election. */
const WIPE_AT_MS = 2_200_000_000_000
/** A kiosk without a self-test is not ready, and its report says so. */
const NOT_READY = 75

const tell = (fact: Record<string, unknown>): void => console.log(JSON.stringify(fact))

async function runLine(line: string, cwd: string, ports: Ports): Promise<void> {
  const clock = line.startsWith('provision wipe')
    ? createVirtualClock({ startMs: WIPE_AT_MS })
    : nodePorts().clock
  const given = (): Ports => ({ ...ports, clock })
  const commands: Command[] = [...identityCommands(given), ...kioskCommands(given), wifiCommand(given)]
  const command = findCommand(commands, line)
  const printed: string[] = []
  const print = (text: string): void => void printed.push(text)
  const io = { stdout: print, stderr: print, env: {}, cwd }
  const code = await command.run(line.split(' ').slice(command.name.split(' ').length), io)
  const expected = line.startsWith('provision report') ? NOT_READY : 0
  if (code !== expected) throw new Error(`${line}: ${code}\n${printed.join('\n')}`)
}

/** The same few lines write these for every step; run-steps.test.ts cuts there. Here only `init` is cut there too. */
const FRAME = /\.provision\.lock$|provision\.journal$/

function portsThat(before: (path: string) => Promise<void>): Ports {
  return {
    ...nodePorts(),
    files: interceptFiles((_change, path) => before(path)),
    run: async (program) => (program === 'true' ? { code: 0, stdout: new Uint8Array(), stderr: '' } : null),
    fetch: async (...args) => {
      await before(String(args[0]))
      return fetch(...args)
    },
  }
}

const job = JSON.parse(process.argv[2] as string) as KillJob
if (job.resume !== undefined) {
  await runLine(
    job.resume.line,
    job.resume.cwd,
    portsThat(async () => {}),
  )
  tell({ resumed: true })
}
if (job.begin !== undefined) {
  const { cwd, line, killAt } = job.begin
  let changes = 0
  const ports = portsThat(async (path) => {
    if (!line.startsWith('provision init') && FRAME.test(path)) return
    if (changes++ !== killAt) return
    process.kill(process.pid, 'SIGKILL')
    await new Promise(() => {})
  })
  await runLine(line, cwd, ports)
  tell({ changes })
}
