/** `node run-command.ts kiosk core --config …`: one of this room's commands as a process of its own, for tests. */
import { commands } from '../commands.ts'

const words = process.argv.slice(2)
const command = commands.find(({ name }) => words.join(' ').startsWith(name))
if (command === undefined) throw new Error(`no such command: ${words.join(' ')}`)
process.exitCode = await command.run(words.slice(command.name.split(' ').length), {
  stdout: (line) => void process.stdout.write(`${line}\n`),
  stderr: (line) => void process.stderr.write(`${line}\n`),
  env: process.env,
  cwd: process.cwd(),
})
