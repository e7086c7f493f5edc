import { commands } from '../commands.ts'

/** Runs one of this room's commands as its own process, for tests that kill it: `bridge run --config …`. */
const words = process.argv.slice(2)
const command = commands.find(({ name }) => name === words.slice(0, 2).join(' '))
if (command === undefined) throw new Error(`no such command: ${words.join(' ')}`)
process.exitCode = await command.run(words.slice(2), {
  stdout: (line) => console.log(line),
  stderr: (line) => console.error(line),
  env: process.env,
  cwd: process.cwd(),
})
