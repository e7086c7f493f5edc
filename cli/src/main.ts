import type { CommandIo } from '@hanpyo/platform/command.ts'
import { keepCompiledCode } from '@hanpyo/platform/compiled-code.ts'
import { dispatch } from './dispatch.ts'
import { loadCommands } from './rooms.ts'

/** The `hanpyo` command: takes the arguments after the program's name and sets the exit code. */
export async function main(args: readonly string[]): Promise<void> {
  // `hanpyo … | head` closes the pipe; that is not an error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
  const io: CommandIo = {
    stdout: (line) => void process.stdout.write(`${line}\n`),
    stderr: (line) => void process.stderr.write(`${line}\n`),
    env: process.env,
    cwd: process.cwd(),
  }
  // A kiosk must be there soon after power comes back; it loads more code than the others.
  if (args[0] === 'kiosk') keepCompiledCode(process.env)
  process.exitCode = await dispatch(args, await loadCommands(args[0]), io)
}
