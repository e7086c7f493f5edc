import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Command, type CommandIo, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { withBatchPool } from '@hanpyo/platform/crypto/batch-pool.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { type Policy, parsePolicy } from '@hanpyo/protocol/log/policy.ts'
import { createBallotPool } from '../ballot-pool.ts'
import { readTimeout, withSource } from '../command-source.ts'
import { formatReport, type Language, printable } from '../format.ts'
import { copyReader } from '../mirror/copy-reader.ts'
import { createProgress } from '../progress.ts'
import { openUrl } from '../source/url.ts'
import { verifyLog } from '../verify.ts'
import { COSIGNER_KEY_FILE } from '../witness/commands.ts'
import { readCosignerKey } from '../witness/key.ts'
import { checkCosignerStore } from './cosigner-store.ts'
import { FsckFindings, type FsckReport } from './findings.ts'
import { formatFsck } from './format.ts'
import { type FsckInput, fsckLog } from './fsck.ts'
import { locate, type Place } from './location.ts'

interface Options {
  readonly pin: FsckInput['pin']
  readonly language: Language
  readonly json: boolean
  readonly proofs: boolean
  readonly timeoutMs: number
}

export const fsckCommand: Command = {
  name: 'fsck',
  summary: 'Check every file of a ledger, an archive, a mirror or a witness, and name what is damaged',
  usage: `hanpyo fsck <url|folder|file.zip> [options]

Reads every bundle of records, every hash tile of every level and every blob, recomputes the tree up to the signed root, and
looks for gaps and duplicates in the records. Says of each damaged file what to do. The folder may be a copy, the folder of a
mirror (its memory of what it cosigned is checked too) or that of a witness. For a bridge's own store: "hanpyo bridge fsck".

  --manifest-hash <hex>  the announced hash of the manifest (64 digits); or
  --policy <file>        a tlog-policy with the log's key and the witnesses you trust
  --proofs               check every signature and proof as well, as "hanpyo verify" does
  --explain <ko|en>      the language of the lines (default en)
  --json                 print one JSON document instead of lines
  --timeout <seconds>    for one request (default 60)

Exit code 0: every check ran and passed. 1: something is damaged, or a check was skipped. 2: it could not be read.`,
  async run(args, io) {
    const { location, options } = await readArguments(args, io)
    return withSource(io, options, async (url) => {
      const place = await locate(location, io.cwd, (address) => openUrl(address, url))
      const backend = await createNodeBackend()
      const report = await checkPlace(place, backend, options, io)
      if (options.json) io.stdout(printable(JSON.stringify(report)))
      else for (const line of formatFsck(report, options.language)) io.stdout(line)
      return report.sound ? EXIT.ok : EXIT.failed
    })
  },
}

/** Whatever lies at the place: a log, a mirror with its memory, or a witness's memory alone. */
async function checkPlace(
  place: Place,
  backend: CryptoBackend,
  { pin, proofs, language, json }: Options,
  io: CommandIo,
): Promise<FsckReport> {
  const findings = new FsckFindings()
  const { store } = place
  if (store !== undefined) {
    const key = await readCosignerKey(join(store.dir, COSIGNER_KEY_FILE), backend.ed25519)
    if (!key.ok) throw new UsageError(`${key.error}: ${key.detail ?? store.dir}`)
    const { ed25519 } = backend
    const { vkey } = key.value
    const copy = place.log?.held === undefined ? {} : { copy: copyReader(place.log.held.source.name) }
    await checkCosignerStore({ path: join(store.dir, store.file), vkey, ed25519, findings, ...copy })
  }
  if (place.log === undefined) {
    const lines = findings.lines(new Set(['memory']))
    return {
      sound: lines.every(({ status }) => status === 'PASS'),
      source: place.name,
      checkpoint: null,
      lines,
    }
  }
  const { source, held } = place.log
  if (proofs) await checkProofs(source, backend, pin, findings, json ? undefined : { io, language })
  const progress = createProgress({ now: () => performance.now(), write: (line) => io.stderr(line) })
  return fsckLog({
    source,
    ...(held === undefined ? {} : { held }),
    backend,
    pin,
    findings,
    alsoDue: [...(store === undefined ? [] : ['memory' as const]), ...(proofs ? ['proofs' as const] : [])],
    onRecords: (done, total) => progress('records', done, total),
  })
}

/** All of `hanpyo verify`, as one line of this report. */
async function checkProofs(
  source: FsckInput['source'],
  backend: CryptoBackend,
  { manifestHash }: FsckInput['pin'],
  findings: FsckFindings,
  show: { readonly io: CommandIo; readonly language: Language } | undefined,
): Promise<void> {
  const { report } = await withBatchPool(backend.group, (batch) =>
    verifyLog({
      source,
      backend,
      batch,
      pin: manifestHash === undefined ? {} : { manifestHash },
      openPool: (election) => createBallotPool(availableParallelism(), election),
    }),
  )
  for (const { id, status, message, failureCount } of report.checks) {
    if (status === 'PASS' || (id === 'pinned' && status === 'SKIPPED')) continue
    const what = { en: message, ko: message }
    findings.fail('proofs', { path: null, record: null, what, detail: `${status}, ${failureCount} failures` })
  }
  if (show === undefined) return
  for (const line of formatReport(report, source.name, show.language)) show.io.stderr(printable(line))
}

async function readArguments(
  args: string[],
  io: CommandIo,
): Promise<{ readonly location: string; readonly options: Options }> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      'manifest-hash': { type: 'string' },
      policy: { type: 'string' },
      proofs: { type: 'boolean' },
      explain: { type: 'string' },
      json: { type: 'boolean' },
      timeout: { type: 'string' },
    },
  })
  const [location] = positionals
  if (location === undefined || positionals.length > 1)
    throw new UsageError('give one URL, folder or zip file')
  const { 'manifest-hash': manifestHash, explain = 'en' } = values
  if (manifestHash !== undefined && !/^[0-9a-f]{64}$/.test(manifestHash)) {
    throw new UsageError('--manifest-hash takes 64 lower-case hex digits')
  }
  if (explain !== 'ko' && explain !== 'en') throw new UsageError('--explain takes ko or en')
  return {
    location,
    options: {
      pin: {
        ...(manifestHash === undefined ? {} : { manifestHash }),
        ...(values.policy === undefined ? {} : { policy: await readPolicy(resolve(io.cwd, values.policy)) }),
      },
      language: explain,
      json: values.json ?? false,
      proofs: values.proofs ?? false,
      timeoutMs: readTimeout(values.timeout),
    },
  }
}

async function readPolicy(path: string): Promise<Policy> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`--policy: ${path} cannot be read: ${error.code}`)
  })
  const policy = parsePolicy(new Uint8Array(bytes))
  if (policy.ok) return policy.value
  throw new UsageError(
    `--policy: ${path}: ${policy.error}${policy.detail === undefined ? '' : `, ${policy.detail}`}`,
  )
}
