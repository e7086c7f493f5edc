import { join, resolve } from 'node:path'
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { type Command, type CommandIo, UsageError } from '@hanpyo/platform/command.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import type { Result } from '@hanpyo/protocol/result.ts'
import { deviceFolder } from './device-folder.ts'
import { PROVISION_ERRORS, type ProvisionError } from './errors.ts'
import type { Ports } from './ports.ts'
import { openTerminal, type Terminal } from './prompts.ts'
import { createReport, type Report } from './report.ts'
import { explained, runSteps } from './run-steps.ts'
import type { Step, StepContext } from './step.ts'
import { type LogSigner, openWorkLog } from './work-log.ts'

/** Options every command of the room has. */
export const COMMON_OPTIONS = {
  dir: { type: 'string' },
  json: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  technician: { type: 'string' },
} as const satisfies ParseArgsConfig['options']

export const COMMON_USAGE = [
  '  --dir DIR         device folder (default: the current folder)',
  '  --technician DIR  folder of the technician whose key signs the work log (or HANPYO_TECHNICIAN)',
  '  --dry-run         change nothing, show exactly what would change',
  '  --json            one JSON object a step, and a summary',
  '  --yes             ask nothing',
  '',
  'Exit codes: 0 done, 2 usage, 10.. this machine, 20.. identity, 30.. modem, 40.. ChirpStack, 50.. network and bridge,',
  '60.. bundle and election, 70.. self-test.',
].join('\n')

type Flags = Readonly<Record<string, string | boolean | string[] | undefined>>

/** What the body of a command gets. */
export interface Session {
  readonly ports: Ports
  readonly io: CommandIo
  readonly terminal: Terminal | undefined
  readonly report: Report
  readonly positionals: readonly string[]
  /** The context steps start from; commands add their own fields. */
  readonly ctx: StepContext
  readonly dryRun: boolean
  flag(name: string): string | undefined
  flags(name: string): readonly string[]
  isSet(name: string): boolean
  /** A path argument, absolute. */
  path(name: string): string | undefined
  /** Ends the command with an expected failure. */
  must<T>(result: Result<T, ProvisionError>): T
  /** Runs steps on the folder; `ctx` default: the session's. Returns the exit code. */
  run<C extends StepContext>(steps: readonly Step<C>[], ctx: C): Promise<number>
}

class Failed extends Error {
  readonly failure: { readonly error: ProvisionError; readonly detail?: string }

  constructor(failure: { readonly error: ProvisionError; readonly detail?: string }) {
    super(failure.error)
    this.failure = failure
  }
}

/** Where the signer of the work log comes from; `identity/technician.ts` in the real tool. */
export type OpenSigner = (session: Session, folder: string) => Promise<Result<LogSigner, ProvisionError>>

/**
 * A command of this room: reads arguments, opens the device folder's context, and turns expected failures into words and an exit
 * code. `body` returns the exit code, usually that of `session.run`.
 */
export function provisionCommand(
  definition: Pick<Command, 'name' | 'summary' | 'usage'> & {
    readonly options?: NonNullable<ParseArgsConfig['options']>
    readonly ports: () => Ports
    readonly openSigner?: OpenSigner
    readonly openTerminal?: () => Promise<Terminal | undefined>
    body(session: Session): Promise<number>
  },
): Command {
  const { name, summary, usage, options = {}, body } = definition
  return {
    name,
    summary,
    usage,
    async run(args, io) {
      const config = {
        args,
        options: { ...COMMON_OPTIONS, ...options },
        allowPositionals: true,
        strict: true,
      }
      const { values, positionals } = parseArgs(config)
      const flags = values as Flags
      const dir = resolve(io.cwd, (flags.dir as string | undefined) ?? '.')
      const report = createReport(io, { json: flags.json === true, dir })
      const terminal = flags.yes === true ? undefined : await (definition.openTerminal ?? openTerminal)()
      const ports = definition.ports()
      const session = openSession({
        name,
        ports,
        io,
        report,
        terminal,
        flags,
        positionals,
        dir,
        openSigner: definition.openSigner,
      })
      try {
        const code = await explained(async () => ({ ok: true, value: await body(session) }))
        if (code.ok) return code.value
        throw new Failed(code)
      } catch (error) {
        if (!(error instanceof Failed)) throw error
        report.failure(error.failure)
        const exitCode = PROVISION_ERRORS[error.failure.error].exit
        report.summary({ command: name, exitCode })
        return exitCode
      }
    },
  }
}

function openSession(input: {
  readonly name: string
  readonly ports: Ports
  readonly io: CommandIo
  readonly report: Report
  readonly terminal: Terminal | undefined
  readonly flags: Flags
  readonly positionals: readonly string[]
  readonly dir: string
  readonly openSigner: OpenSigner | undefined
}): Session {
  const { flags, io, ports, report, terminal } = input
  const folder = deviceFolder(input.dir)
  const flag = (name: string) => (typeof flags[name] === 'string' ? flags[name] : undefined)
  const path = (name: string) => {
    const given = flag(name)
    return given === undefined ? undefined : resolve(io.cwd, given)
  }
  const dryRun = flags['dry-run'] === true
  const session: Session = {
    ports,
    io,
    terminal,
    report,
    positionals: input.positionals,
    ctx: { ...ports, folder },
    dryRun,
    flag,
    flags: (name) => (Array.isArray(flags[name]) ? flags[name] : []),
    isSet: (name) => flags[name] === true,
    path,
    must(result) {
      if (result.ok) return result.value
      throw new Failed(result)
    },
    async run(steps, ctx) {
      const technician = path('technician') ?? environmentPath(io)
      const { openSigner } = input
      const signer =
        technician === undefined || openSigner === undefined || dryRun
          ? undefined
          : session.must(await openSigner(session, technician))
      return runSteps({
        command: input.name,
        steps,
        ctx,
        io,
        report,
        terminal,
        options: { dryRun, yes: flags.yes === true },
        openWorkLog: () =>
          openWorkLog({
            files: ctx.files,
            folder: ctx.folder,
            ed25519: nobleEd25519,
            ...(signer === undefined ? {} : { signer }),
          }),
      })
    },
  }
  return session
}

function environmentPath(io: CommandIo): string | undefined {
  const given = io.env.HANPYO_TECHNICIAN
  return given === undefined ? undefined : resolve(io.cwd, given)
}

/** The value of a flag that has to be there and cannot be asked for. */
export function requiredFlag(session: Session, name: string): string {
  const value = session.flag(name)
  if (value === undefined) throw new UsageError(`--${name} is missing`)
  return value
}

/** The folder of one device among many: `<root>/<id>`. */
export function deviceFolderOf(root: string, id: number): string {
  return join(root, String(id))
}
