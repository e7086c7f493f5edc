/** What a command may touch besides its arguments; handed in so that tests can run commands in-process. */
export interface CommandIo {
  /** Prints one line of the command's result. */
  stdout(line: string): void
  /** Prints one line meant for the person, not for a program that reads the result. */
  stderr(line: string): void
  readonly env: Readonly<Record<string, string | undefined>>
  /** Relative paths in arguments are resolved against this directory. */
  readonly cwd: string
}

/** One `hanpyo …` command. Each room exports `commands: Command[]` from its `commands.ts`. */
export interface Command {
  /** The words after `hanpyo`, for example `election new`. */
  readonly name: string
  /** One sentence for the overview. */
  readonly summary: string
  /** Full help text for `hanpyo <name> --help`: synopsis, options, exit codes. */
  readonly usage: string
  /** Runs with the arguments after the name and resolves to the exit code; see `EXIT`. */
  run(args: string[], io: CommandIo): Promise<number>
}

/** Exit codes all commands share. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const

/** Thrown by a command whose arguments are wrong; printed with a pointer to the help, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Whether `error` means wrong arguments: a `UsageError` or a complaint of `node:util` `parseArgs`. */
export function isUsageError(error: unknown): error is Error {
  if (error instanceof UsageError) return true
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS_')
}
