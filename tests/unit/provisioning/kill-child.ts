/** Runs one provisioning command and kills its own process at the n-th write: before it (even n) or after it (odd n). */
import { nodeFiles, nodePorts } from '@hanpyo/provisioning/frame/ports.ts'
import { identityCommands } from '@hanpyo/provisioning/identity/commands.ts'
import { findCommand } from './desk-bench.ts'

const [cwd = '', killAt = '', ...lines] = process.argv.slice(2)
let writes = 0
const files = {
  ...nodeFiles,
  write: async (...args: Parameters<typeof nodeFiles.write>) => {
    const at = writes++ * 2
    if (at === Number(killAt)) process.kill(process.pid, 'SIGKILL')
    await nodeFiles.write(...args)
    if (at + 1 === Number(killAt)) process.kill(process.pid, 'SIGKILL')
  },
}
const io = { stdout: () => {}, stderr: (line: string) => console.error(line), env: {}, cwd }
for (const line of lines) {
  // Tells the parent which command was cut off.
  console.log('command')
  const command = findCommand(
    identityCommands(() => ({ ...nodePorts(), run: async () => null, files })),
    line,
  )
  const code = await command.run(line.split(' ').slice(command.name.split(' ').length), io)
  if (code !== 0) process.exit(code)
}
