import { resolve } from 'node:path'
import { type Command, type CommandIo, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { withBatchPool } from '@hanpyo/platform/crypto/batch-pool.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import type { ContestStage } from '@hanpyo/protocol/count/count-state.ts'
import type { BatchGroup } from '@hanpyo/protocol/group/batch.ts'
import { actOnce } from '../count/act.ts'
import type { CountRecord } from '../count/count-record.ts'
import { deliverCount, writeCountRecord } from '../count/deliver.ts'
import { type Act, Journal } from '../count/journal.ts'
import { describe, type LoadedCount, loadCount } from '../count/load-count.ts'
import { loadTrustee } from '../count/load-trustee.ts'
import { createProgress } from '../count/progress.ts'
import { resultRecord } from '../count/result.ts'
import { resultTable } from '../count/table.ts'
import { LedgerUnreachable, openLedger } from '../ledger/open-ledger.ts'
import { PASSPHRASE_OPTIONS, PASSPHRASE_USAGE, passphraseOf } from './passphrase.ts'
import {
  type Arguments,
  bridgeOf,
  CommandFailure,
  electionOf,
  guard,
  keyOf,
  must,
  readArguments,
  timeOf,
} from './run.ts'

const COUNT_OPTIONS = {
  ledger: { type: 'string' },
  'manifest-hash': { type: 'string' },
  bridge: { type: 'string' },
  'token-file': { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean' },
} as const

const TRUSTEE_OPTIONS = {
  ...COUNT_OPTIONS,
  ...PASSPHRASE_OPTIONS,
  contest: { type: 'string' },
  trustee: { type: 'string' },
} as const

const COUNT_USAGE = [
  '  --ledger URL|DIR         the ledger, or a folder that "hanpyo copy" wrote; it is checked from its first record on',
  '  --bridge URL             post the record, its files with it',
  '  --out DIR                write record and files, for another machine to post ("hanpyo trustee post")',
  '  --token-file FILE        bearer token for the files; without it they follow the record',
  '  --manifest-hash HEX      refuse every other election',
  '  --json                   one line of JSON on stdout',
]

export const mix = trusteeCommand({
  name: 'mix',
  act: 'mix',
  summary: 'Mix the ballots of a contest, as the trustee whose turn it is',
  purpose: [
    'Re-encrypts and shuffles the newest list of each contest and proves that no ballot was changed, dropped or',
    'added. Refuses when the polls are not sealed, when it is not your turn, and when the ledger breaks a rule.',
  ],
})

export const decrypt = trusteeCommand({
  name: 'decrypt',
  act: 'decryption',
  summary: 'Post your decryption shares of a mixed contest',
  purpose: [
    'Decrypts the whole list of the last mix and nothing else, after checking every mix. Refuses a second decryption',
    "of another list, contests below the manifest's minimum, and lists that not every mixer has mixed.",
  ],
})

/** `mix` and `decrypt` differ in what they do to a contest, and in nothing else. */
function trusteeCommand(of: {
  readonly name: string
  readonly act: Act
  readonly summary: string
  readonly purpose: readonly string[]
}): Command {
  return {
    name: of.name,
    summary: of.summary,
    usage: [
      `hanpyo ${of.name} --ledger URL|DIR --contest N|all --trustee KEYFILE (--bridge URL | --out DIR)`,
      '',
      ...of.purpose,
      'What you signed is kept beside the key file and sent again unchanged when you run it again.',
      '',
      '  --contest N|all          a contest of the manifest, or every one that waits for you',
      '  --trustee KEYFILE        your key file',
      ...COUNT_USAGE,
      PASSPHRASE_USAGE,
    ].join('\n'),
    run: (args, io) =>
      guard(io, () =>
        onThreads((batch) => actOnLedger(of.act, readArguments(args, TRUSTEE_OPTIONS), io, batch)),
      ),
  }
}

async function actOnLedger(act: Act, args: Arguments, io: CommandIo, batch: BatchGroup): Promise<number> {
  const path = resolve(io.cwd, args.required('trustee'))
  const chosen = args.required('contest')
  requireTarget(args)
  const loaded = await loadedOf(args, io, batch)
  const trustee = must(await loadTrustee(loaded.backend.ed25519, path, () => passphraseOf(args, io)))
  const journal = new Journal(path)
  const phases = (what: string) => createProgress(what, io.stderr, () => performance.now())
  const contests =
    chosen === 'all'
      ? loaded.count.stages().filter((stage) => isWaitingFor(loaded, act, stage, trustee.index))
      : [loaded.count.stage(contestNumber(chosen)) ?? { id: contestNumber(chosen) }]
  const done: { contest: number; ballots: number; position: number | null }[] = []
  for (const { id } of contests) {
    const { total } = loaded.count.stage(id) ?? { total: 0 }
    io.stderr(
      `contest ${id}: ${total} ballots, ledger of ${loaded.size} records, root ${loaded.root.slice(0, 16)}`,
    )
    const record = must(
      await actOnce(loaded, { act, trustee, contest: id, random: nodeRandom, journal, phases }),
    )
    const name = `${act}-contest-${id}-trustee-${trustee.index}`
    const position = await send(record, name, args, io)
    done.push({ contest: id, ballots: total, position })
    if (!args.isSet('json')) io.stdout(sentence(id, act, total, position))
  }
  if (args.isSet('json')) io.stdout(JSON.stringify({ ok: true, trustee: trustee.index, [act]: done }))
  else if (done.length === 0) io.stdout('nothing waits for you')
  return EXIT.ok
}

export const result: Command = {
  name: 'result',
  summary: 'Combine the decryption shares, count, and publish the result',
  usage: [
    'hanpyo result --ledger URL|DIR [--election DIR (--bridge URL | --out DIR)]',
    '',
    'Combines valid shares of as many trustees as the manifest asks for; invalid ones are listed and skipped. Without',
    '--bridge and --out it only prints the table, for which no key is needed.',
    '',
    '  --election DIR           election folder with the key of the authority',
    '  --at TIME                time in the record, ISO 8601 with offset (default: now)',
    ...COUNT_USAGE,
  ].join('\n'),
  run: (args, io) =>
    guard(io, () =>
      onThreads(async (batch) => {
        const given = readArguments(args, {
          ...COUNT_OPTIONS,
          election: { type: 'string' },
          at: { type: 'string' },
        })
        const loaded = await loadedOf(given, io, batch)
        const publishes = given.text('bridge') !== undefined || given.text('out') !== undefined
        const key = publishes ? await authorityKey(loaded, given, io) : undefined
        const { contests, record } = must(await resultRecord(loaded, { key, at: timeOf(given) }))
        const position = record === undefined ? null : await send(record, 'result', given, io)
        const skipped = loaded.skipped.map(describe)
        if (given.isSet('json')) {
          io.stdout(JSON.stringify({ ok: true, contests, skipped, position }))
        } else {
          for (const line of skipped) io.stdout(`skipped: ${line}`)
          for (const line of resultTable(loaded.manifest, contests)) io.stdout(line)
          if (record !== undefined) io.stdout(position === null ? 'written' : `logged as leaf ${position}`)
        }
        return EXIT.ok
      }),
    ),
}

/** Runs `work` with threads for mixing and proofs, which end with it. */
async function onThreads(work: (batch: BatchGroup) => Promise<number>): Promise<number> {
  const { group } = await createNodeBackend()
  return withBatchPool(group, work)
}

/** The authority's key, if the election folder is that of the ledger. */
async function authorityKey(loaded: LoadedCount, args: Arguments, io: CommandIo) {
  const election = await electionOf(args, io)
  if (toHex(election.manifestHash) !== toHex(loaded.manifestHash)) {
    throw new CommandFailure('ledger-other-election', `manifest hash ${toHex(loaded.manifestHash)}`)
  }
  return keyOf(election, 'authority')
}

/** The records of the one who acted before are new to mirrors, which look every few seconds. */
const OFFICIAL_WAITS_SECONDS = [1, 2, 4, 8, 16, 32]

function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms))
}

/** Reads and checks the ledger, saying how far it is; remarks go to the person. */
async function loadedOf(args: Arguments, io: CommandIo, batch: BatchGroup): Promise<LoadedCount> {
  const manifestHash = args.text('manifest-hash')
  const reader = openLedger(args.required('ledger'), io.cwd)
  try {
    const backend = await createNodeBackend()
    const progress = createProgress('checking the ledger:', io.stderr, () => performance.now())
    const pin = manifestHash === undefined ? {} : { manifestHash }
    const load = () => loadCount({ backend, batch, reader, progress, ...pin })
    let result = await load()
    for (const seconds of OFFICIAL_WAITS_SECONDS) {
      if (result.ok || result.error !== 'ledger-not-official') break
      io.stderr(`Waiting ${seconds} s for witnesses and mirrors to sign the end of the ledger.`)
      await sleep(seconds * 1000)
      result = await load()
    }
    const loaded = must(result)
    for (const remark of loaded.remarks) io.stderr(`for people to decide: ${describe(remark)}`)
    return loaded
  } catch (error) {
    if (error instanceof LedgerUnreachable) throw new CommandFailure('ledger-unreachable', error.message)
    throw error
  }
}

/** Writes the record to `--out`, posts it to `--bridge`, or both. */
async function send(
  record: CountRecord,
  name: string,
  args: Arguments,
  io: CommandIo,
): Promise<number | null> {
  const [url, out] = [args.text('bridge'), args.text('out')]
  if (out !== undefined) {
    io.stderr(`written ${await writeCountRecord(resolve(io.cwd, out), name, record)}`)
  }
  if (url === undefined) return null
  return must(await deliverCount(await bridgeOf(url, args, io), record, { sleep })).position
}

function requireTarget(args: Arguments): void {
  if (args.text('bridge') === undefined && args.text('out') === undefined) {
    throw new UsageError('give --bridge URL or --out DIR')
  }
}

function isWaitingFor(loaded: LoadedCount, act: Act, stage: ContestStage, trustee: number): boolean {
  if (stage.withheld) return false
  return act === 'mix'
    ? loaded.count.nextMixer(stage.id) === trustee
    : loaded.count.isMixed(stage.id) && !stage.shares.has(trustee)
}

function contestNumber(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new UsageError(`--contest is not a number or "all": ${text}`)
  return Number(text)
}

function sentence(contest: number, act: Act, total: number, position: number | null): string {
  const what = act === 'mix' ? 'mixed' : 'decrypted'
  return `contest ${contest}: ${total} ballots ${what}, ${position === null ? 'written' : `logged as leaf ${position}`}`
}
