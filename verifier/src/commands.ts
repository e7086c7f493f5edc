import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Command, type CommandIo, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { withBatchPool } from '@hanpyo/platform/crypto/batch-pool.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import type { Stage } from '@hanpyo/protocol/election/state.ts'
import type { BatchGroup } from '@hanpyo/protocol/group/batch.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { archiveCommand } from './archive/commands.ts'
import { type BallotJobElection, type BallotPool, createBallotPool } from './ballot-pool.ts'
import { readTimeout, withSource } from './command-source.ts'
import { copyLog, removeLeftovers } from './copy.ts'
import type { Pin } from './election-check.ts'
import { formatReport, type Language, printable } from './format.ts'
import { fsckCommand } from './fsck/commands.ts'
import { ballotCommand, diffCommand } from './lookup-commands.ts'
import { mirrorCommands } from './mirror/commands.ts'
import { monitorCommands } from './monitor/commands.ts'
import { createProgress } from './progress.ts'
import { promiseCommands } from './promise/commands.ts'
import type { Report } from './report.ts'
import { openSource } from './source/open.ts'
import { type VerifyInput, verifyLog } from './verify.ts'
import { witnessCommands } from './witness/commands.ts'

const STAGES: readonly Stage[] = ['setup', 'open', 'closed', 'sealed', 'final']

const OPTIONS = {
  json: { type: 'boolean' },
  'manifest-hash': { type: 'string' },
  authority: { type: 'string' },
  stage: { type: 'string' },
  explain: { type: 'string' },
  timeout: { type: 'string' },
} as const

const OPTION_HELP = `  --manifest-hash <hex>  the announced hash of the manifest (64 digits); or
  --authority <vkey>     the announced key of the election authority
  --stage <stage>        what the log should have reached: ${STAGES.join(', ')}
                         (default: what the log itself says)
  --explain <ko|en>      say in plain words what each line means
  --json                 print one JSON document instead of lines
  --timeout <seconds>    for one request (default 60)`

const verify: Command = {
  name: 'verify',
  summary: 'Recompute a whole public ledger from its data alone',
  usage: `hanpyo verify <url|folder> [options]

Reads the ledger once and prints one numbered line for each check.

${OPTION_HELP}

Exit code 0: every check ran and passed. 1: a check failed or was skipped. 2: the ledger could not be read.`,
  async run(args, io) {
    const { positionals, ...options } = readArguments(args, 1)
    return withSource(io, options, async (url) => {
      const source = await openSource(positionals[0] as string, io.cwd, url)
      const { report } = await onThreads((backend, batch) =>
        verifyLog({ source, backend, batch, openPool, ...progressOn(io), ...choices(options) }),
      )
      printReport(io, report, source.name, options)
      return report.verified ? EXIT.ok : EXIT.failed
    })
  },
}

const copy: Command = {
  name: 'copy',
  summary: 'Keep a verified copy of a public ledger in a folder',
  usage: `hanpyo copy <url|folder> <folder> [options]

Copies checkpoint, tiles, records and blobs, verifying them on the way. A second run continues the copy and
refuses a ledger that was rewritten. "hanpyo verify <folder>" then works without a network.

${OPTION_HELP}

Exit code 0: copied. 1: something is wrong with the ledger, the folder is as it was. 2: it could not be read.`,
  async run(args, io) {
    const { positionals, ...options } = readArguments(args, 2)
    return withSource(io, options, async (url) => {
      const source = await openSource(positionals[0] as string, io.cwd, url)
      const folder = resolve(io.cwd, positionals[1] as string)
      await removeLeftovers(folder)
      const outcome = await onThreads((backend, batch) =>
        copyLog({ source, folder, backend, batch, openPool, ...progressOn(io), ...choices(options) }),
      )
      const { report, copied, conflict, filesWritten } = outcome
      if (options.json)
        io.stdout(printable(JSON.stringify({ copied, conflict: conflict ?? null, filesWritten, report })))
      else printReport(io, report, source.name, options)
      if (conflict !== undefined) io.stderr(printable(`NOT COPIED: ${conflict}. The folder is as it was.`))
      else
        io.stderr(
          copied ? `copied: ${filesWritten} new files in ${folder}` : `NOT COPIED: ${folder} is as it was`,
        )
      return copied ? EXIT.ok : EXIT.failed
    })
  },
}

export const commands: Command[] = [
  verify,
  ballotCommand,
  diffCommand,
  copy,
  fsckCommand,
  archiveCommand,
  ...promiseCommands,
  ...witnessCommands,
  ...mirrorCommands,
  ...monitorCommands,
]

/** Runs `work` with threads for the proofs of the count, which end with it. */
async function onThreads<T>(work: (backend: CryptoBackend, batch: BatchGroup) => Promise<T>): Promise<T> {
  const backend = await createNodeBackend()
  return withBatchPool(backend.group, (batch) => work(backend, batch))
}

/** One worker thread for each core. */
function openPool(election: BallotJobElection): BallotPool {
  return createBallotPool(availableParallelism(), election)
}

/** Progress of long work on stderr. */
function progressOn(io: CommandIo): Pick<VerifyInput, 'onProgress' | 'onCount'> {
  const progress = createProgress({ now: () => performance.now(), write: (line) => io.stderr(line) })
  return {
    onProgress: (done, total) => progress('records', done, total),
    onCount: (done, total) => progress('mixes, shares and result', done - 1, total),
  }
}

interface Options {
  readonly json: boolean
  readonly pin: Pin
  readonly stage: Stage | undefined
  readonly explain: Language | undefined
  readonly timeoutMs: number
}

function readArguments(args: string[], count: number): Options & { readonly positionals: string[] } {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true })
  if (positionals.length !== count)
    throw new UsageError(`expected ${count} argument(s), got ${positionals.length}`)
  const hash = values['manifest-hash']
  if (hash !== undefined && !/^[0-9a-f]{64}$/.test(hash)) {
    throw new UsageError('--manifest-hash takes 64 lower-case hex digits')
  }
  const stage = STAGES.find((known) => known === values.stage)
  if (values.stage !== undefined && stage === undefined)
    throw new UsageError(`--stage takes ${STAGES.join(', ')}`)
  const { explain } = values
  if (explain !== undefined && explain !== 'ko' && explain !== 'en')
    throw new UsageError('--explain takes ko or en')
  return {
    positionals,
    json: values.json ?? false,
    pin: {
      ...(hash === undefined ? {} : { manifestHash: hash }),
      ...(values.authority === undefined ? {} : { authorityVkey: values.authority }),
    },
    stage,
    explain,
    timeoutMs: readTimeout(values.timeout),
  }
}

function choices({ pin, stage }: Options): { readonly pin: Pin; readonly stage?: Stage } {
  return stage === undefined ? { pin } : { pin, stage }
}

function printReport(io: CommandIo, report: Report, sourceName: string, options: Options): void {
  if (options.json) io.stdout(printable(JSON.stringify(report)))
  else for (const line of formatReport(report, sourceName, options.explain)) io.stdout(printable(line))
}
