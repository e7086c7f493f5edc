import { type Command, type CommandIo, EXIT, isUsageError } from '@hanpyo/platform/command.ts'
import { closestNames } from './suggest.ts'

/**
 * Finds the command the arguments name, runs it and returns the exit code: 0 done, 1 failed, 2 wrong
 * arguments. `--help` after a command (before `--`) prints its usage.
 */
export async function dispatch(
  args: readonly string[],
  commands: readonly Command[],
  io: CommandIo,
): Promise<number> {
  if (args.length === 0 || isHelp(args[0]!) || args[0] === 'help') return help(args.slice(1), commands, io)
  const command = findCommand(args, commands)
  if (command === undefined) return notFound(args, commands, io)
  const rest = args.slice(command.name.split(' ').length)
  if (asksForHelp(rest)) {
    io.stdout(command.usage)
    return EXIT.ok
  }
  return run(command, rest, io)
}

async function run(command: Command, args: string[], io: CommandIo): Promise<number> {
  try {
    return await command.run(args, io)
  } catch (error) {
    if (isUsageError(error)) {
      io.stderr(`hanpyo ${command.name}: ${error.message}`)
      io.stderr(`Run "hanpyo ${command.name} --help" for its options.`)
      return EXIT.usage
    }
    io.stderr(`hanpyo ${command.name}: ${error instanceof Error ? error.message : String(error)}`)
    if (error instanceof Error && io.env.HANPYO_DEBUG !== undefined) io.stderr(error.stack ?? '')
    else io.stderr('Set HANPYO_DEBUG=1 to see where this happened.')
    return EXIT.failed
  }
}

/** The command with the longest name that the arguments start with. */
function findCommand(args: readonly string[], commands: readonly Command[]): Command | undefined {
  return commands
    .filter(({ name }) => name.split(' ').every((word, at) => word === args[at]))
    .toSorted((a, b) => b.name.length - a.name.length)[0]
}

function help(args: readonly string[], commands: readonly Command[], io: CommandIo): number {
  const command = args.length === 0 ? undefined : findCommand(args, commands)
  if (command !== undefined) {
    io.stdout(command.usage)
    return EXIT.ok
  }
  if (args.length > 0) return notFound(args, commands, io)
  io.stdout('hanpyo: public voting terminals that keep working without the internet')
  io.stdout('')
  io.stdout('Usage: hanpyo <command> [options]')
  io.stdout('')
  list(commands, (line) => io.stdout(line))
  io.stdout('')
  io.stdout(
    '"hanpyo <command> --help" explains one of them. Exit codes: 0 done, 1 failed, 2 wrong arguments.',
  )
  return EXIT.ok
}

/** A first word that begins several commands lists those; anything else is answered with what comes close. */
function notFound(args: readonly string[], commands: readonly Command[], io: CommandIo): number {
  const group = commands.filter(({ name }) => name.startsWith(`${args[0]} `))
  if (group.length > 0) {
    const isQuestion = args.length === 1 || isHelp(args[1]!)
    const print = isQuestion ? io.stdout : io.stderr
    if (!isQuestion) print(`hanpyo: there is no command "${args.slice(0, 2).join(' ')}".`)
    list(group, print)
    return isQuestion && args.length > 1 ? EXIT.ok : EXIT.usage
  }
  const typed = args.filter((arg) => !arg.startsWith('-'))
  const names = commands.map(({ name }) => name)
  const close = closestNames([typed.slice(0, 2).join(' '), typed[0] ?? ''], names)
  io.stderr(`hanpyo: there is no command "${args[0]}".`)
  if (close.length > 0) io.stderr(`Did you mean ${close.map((name) => `"${name}"`).join(' or ')}?`)
  else io.stderr('Run "hanpyo --help" for the list.')
  return EXIT.usage
}

function list(commands: readonly Command[], print: (line: string) => void): void {
  const width = Math.max(0, ...commands.map(({ name }) => name.length))
  for (const { name, summary } of commands) print(`  ${name.padEnd(width)}  ${summary}`)
}

function isHelp(arg: string): boolean {
  return arg === '--help' || arg === '-h'
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return (end < 0 ? args : args.slice(0, end)).some(isHelp)
}
