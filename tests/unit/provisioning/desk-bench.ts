import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSmallElection, type SmallElection } from '@hanpyo/authority/testing/small-election.ts'
import type { Command } from '@hanpyo/platform/command.ts'
import { nodePorts, type Ports } from '@hanpyo/provisioning/frame/ports.ts'
import { identityCommands } from '@hanpyo/provisioning/identity/commands.ts'
import { kioskCommands } from '@hanpyo/provisioning/kiosk/commands.ts'
import { wifiCommand } from '@hanpyo/provisioning/radio/commands/wifi.ts'

/** An election's desk and the technician's commands, run in this process. */
export interface DeskBench {
  readonly small: SmallElection
  /** Everything that was ever printed. */
  readonly printed: string[]
  run(line: string, ports?: Partial<Ports>): Promise<{ code: number; out: string; err: string }>
  /** Runs, and throws what was printed unless it ended with 0. */
  must(line: string): Promise<string>
  /** Names a kiosk, makes its keys, enrols it; its folder. */
  enrol(kiosk: number, more?: string): Promise<string>
}

export async function openDeskBench(): Promise<DeskBench> {
  const small = await createSmallElection()
  const printed: string[] = []
  const run: DeskBench['run'] = async (line, ports = {}) => {
    const given = (): Ports => ({ ...nodePorts(), run: async () => null, ...ports })
    const commands = [...identityCommands(given), ...kioskCommands(given), wifiCommand(given)]
    const command = findCommand(commands, line)
    const [out, err]: [string[], string[]] = [[], []]
    const io = {
      stdout: (text: string) => void out.push(text),
      stderr: (text: string) => void err.push(text),
      env: {},
      cwd: small.folder,
    }
    const args = line.split(' ').slice(command.name.split(' ').length)
    const code = await command.run(args, io)
    printed.push(...out, ...err)
    return { code, out: out.join('\n'), err: err.join('\n') }
  }
  const must: DeskBench['must'] = async (line) => {
    const done = await run(line)
    if (done.code !== 0) throw new Error(`${line}\n${done.out}\n${done.err}`)
    return done.out
  }
  return {
    small,
    printed,
    run,
    must,
    async enrol(kiosk, more = '') {
      const dir = join(small.folder, `dev-${kiosk}`)
      const stick = join(dir, 'stick')
      await must(initLine(dir, kiosk))
      await mkdir(stick, { recursive: true })
      await must(`provision keygen --dir ${dir} --seal none`)
      await must(`provision enrol request --dir ${dir} --out ${stick}`)
      await must(
        `provision enrol sign --kiosk ${kiosk} --request ${stick}/kiosk-${kiosk}.request.json --out ${stick}${more}`,
      )
      await must(`provision enrol import --dir ${dir} --from ${stick} --election ${small.folder}`)
      return dir
    },
  }
}

export const initLine = (dir: string, kiosk: number): string =>
  `provision init --dir ${dir} --id ${kiosk} --centre banpo2 --name kiosk-${kiosk} --orientation portrait --px-per-mm 3.78`

export function findCommand(commands: readonly Command[], line: string): Command {
  const command = commands.find(({ name }) => `${line} `.startsWith(`${name} `))
  if (command === undefined) throw new Error(`no command: ${line}`)
  return command
}

/** All files under a folder: path and text. */
export async function filesUnder(dir: string): Promise<Map<string, string>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return new Map(await Promise.all(files.map(async (path) => [path, await readFile(path, 'utf8')] as const)))
}
