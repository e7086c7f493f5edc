import { readdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Command, type CommandIo, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { makeDurableDirectory } from '@hanpyo/platform/durable-file.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import { createLocalBatch } from '@hanpyo/protocol/group/batch.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { createSealer, MOST_MEMORY_KIB, PASSPHRASE_COST } from '@hanpyo/protocol/proofs/seal.ts'
import type { Result } from '@hanpyo/protocol/result.ts'
import { type DryRunState, dryRunStep, readDryRun } from '../ceremony/dry-run.ts'
import { agreementOf, type FinishedCeremony, ownKeyHolds, verifyStick } from '../ceremony/finish.ts'
import { openTrusteeKey, type TrusteeKey } from '../ceremony/sealed-key.ts'
import {
  type CeremonyPorts,
  commitStep,
  confirmStep,
  initStep,
  revealStep,
  type StepError,
  type StepReport,
  shareStep,
  writeInit,
} from '../ceremony/steps.ts'
import { fingerprintWords } from '../ceremony/words.ts'
import { deliverCount, readCountRecord } from '../count/deliver.ts'
import { PASSPHRASE_OPTIONS, PASSPHRASE_USAGE, passphraseOf } from './passphrase.ts'
import { type Arguments, bridgeOf, guard, must, readArguments } from './run.ts'

const STEP_OPTIONS = {
  ...PASSPHRASE_OPTIONS,
  folder: { type: 'string' },
  key: { type: 'string' },
  json: { type: 'boolean' },
} as const

const STEP_USAGE = [
  '  --folder DIR             the stick that goes round; nothing on it is secret',
  '  --key FILE               your key file, on your own laptop and never on that stick',
  PASSPHRASE_USAGE,
  '  --json                   one line of JSON on stdout',
]

export const trusteeInit: Command = {
  name: 'trustee init',
  summary: 'Key ceremony 0: make your key file and say who you are',
  usage: [
    'hanpyo trustee init --election ID --trustee N --of N --threshold T --folder DIR --key FILE',
    '',
    'Makes your key file, sealed under a passphrase of at least 12 characters, and writes init-<N>.note to the stick.',
    'With a key file that exists, writes init-<N>.note again.',
    '',
    '  --election ID            the id of the election, the same for all',
    '  --trustee N              your number, from 1',
    '  --of N --threshold T     how many trustees there are, and how many decrypt',
    ...STEP_USAGE,
    `  --memory-kib N           Argon2id memory (default ${PASSPHRASE_COST.memoryKiB})`,
  ].join('\n'),
  run: (args, io) =>
    guard(io, async () => {
      const given = readArguments(args, {
        ...STEP_OPTIONS,
        election: { type: 'string' },
        trustee: { type: 'string' },
        of: { type: 'string' },
        threshold: { type: 'string' },
        'memory-kib': { type: 'string' },
      })
      const folder = resolve(io.cwd, given.required('folder'))
      const keyPath = resolve(io.cwd, given.required('key'))
      await makeDurableDirectory(folder)
      const ports = await portsOf()
      if (given.text('election') === undefined) {
        const key = await keyOf(ports, given, io)
        return say(await writeInit(ports, folder, key), 'hanpyo trustee commit', given, io)
      }
      const [trustee, of, threshold] = [
        number(given, 'trustee'),
        number(given, 'of'),
        number(given, 'threshold'),
      ]
      if (of > 32 || threshold < 2 || threshold > of || trustee < 1 || trustee > of) {
        throw new UsageError('2 <= --threshold <= --of <= 32 and 1 <= --trustee <= --of')
      }
      const memoryKiB = given.integer('memory-kib') ?? PASSPHRASE_COST.memoryKiB
      if (memoryKiB < 8 || memoryKiB > MOST_MEMORY_KIB) throw new UsageError('--memory-kib is out of range')
      const election = given.required('election')
      const passphrase = await passphraseOf(given, io)
      const cost = { ...PASSPHRASE_COST, memoryKiB }
      const input = { election, trustee, of, threshold, keyPath, passphrase, cost }
      return say(await initStep(ports, folder, input), 'hanpyo trustee commit', given, io)
    }),
}

export const trusteeCommit = stepCommand('commit', 'reveal', commitStep, [
  'Reads all init files and commits to your part of the key. Read the words of "trustees" aloud: every laptop must',
  'show the same six. Reveal only then.',
])
export const trusteeReveal = stepCommand('reveal', 'share', revealStep, [
  'Reads all commitments and reveals your part. From now on your laptop refuses any other commitment.',
])
export const trusteeShare = stepCommand('share', 'confirm', shareStep, [
  'Checks every revealed part and writes one sealed share for each other trustee.',
])
export const trusteeConfirm = stepCommand('confirm', 'verify', confirmStep, [
  'Opens the shares for you, checks each against what its sender revealed, keeps your secret share in your key file, and',
  'signs the whole transcript. A share that does not fit ends the ceremony with a signed complaint.',
])

export const trusteeVerify: Command = {
  name: 'trustee verify',
  summary: 'Key ceremony 5: check the whole ceremony; anybody can',
  usage: [
    'hanpyo trustee verify --folder DIR [--key FILE]',
    '',
    'Checks every file of the ceremony, writes ceremony.json, and says how far the dry run is. With --key also that your',
    'share is the one the ceremony ended with.',
    '',
    ...STEP_USAGE,
  ].join('\n'),
  run: (args, io) =>
    guard(io, async () => {
      const given = readArguments(args, STEP_OPTIONS)
      const folder = resolve(io.cwd, given.required('folder'))
      const ports = await portsOf()
      const ended = await verified(ports, folder)
      if (given.text('key') !== undefined) {
        const key = await keyOf(ports, given, io)
        if (!ownKeyHolds(ports.backend, key, ended)) {
          must<never>({ ok: false, error: 'sealed-key-election', detail: key.path })
        }
      }
      const state = must(await readDryRun(ports, createLocalBatch(ports.backend.group), folder, ended))
      return sayEnd(ended, state, given, io)
    }),
}

export const trusteeDryRun: Command = {
  name: 'trustee dry-run',
  summary: 'Key ceremony 6: mix and decrypt three known ballots before the election is defined',
  usage: [
    'hanpyo trustee dry-run --folder DIR --key FILE',
    '',
    'Does your next part of the rehearsal: the first trustees mix in turn, then any of them decrypt. Run it in order of',
    'number, then once more each, until it says that the dry run has passed.',
    '',
    ...STEP_USAGE,
  ].join('\n'),
  run: (args, io) =>
    guard(io, async () => {
      const given = readArguments(args, STEP_OPTIONS)
      const folder = resolve(io.cwd, given.required('folder'))
      const ports = await portsOf()
      const ended = await verified(ports, folder)
      const key = await keyOf(ports, given, io)
      const { file, state } = must(
        await dryRunStep(ports, createLocalBatch(ports.backend.group), folder, key, ended),
      )
      if (!given.isSet('json')) io.stdout(file === null ? 'nothing waits for you' : `written ${file}`)
      return sayEnd(ended, state, given, io)
    }),
}

export const trusteePost: Command = {
  name: 'trustee post',
  summary: 'Post records that trustees wrote with --out on machines without network',
  usage: [
    'hanpyo trustee post DIR --bridge URL [--token-file FILE]',
    '',
    'Posts every *.record in DIR with its files. Posting twice is safe.',
  ].join('\n'),
  run: (args, io) =>
    guard(io, async () => {
      const given = readArguments(args, { bridge: { type: 'string' }, 'token-file': { type: 'string' } })
      const [folder, ...more] = given.positionals
      if (folder === undefined || more.length > 0) throw new UsageError('name one folder')
      const root = resolve(io.cwd, folder)
      const names = (await readdir(root)).filter((name) => name.endsWith('.record')).sort()
      const bridge = await bridgeOf(given.required('bridge'), given, io)
      const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
      for (const name of names) {
        const record = must(await readCountRecord(root, name.slice(0, -'.record'.length)))
        if (record === null) continue
        const { position } = must(await deliverCount(bridge, record, { sleep }))
        io.stdout(`${name}: logged as leaf ${position}`)
      }
      return EXIT.ok
    }),
}

function stepCommand(
  name: string,
  next: string,
  step: (ports: CeremonyPorts, folder: string, key: TrusteeKey) => Promise<Result<StepReport, StepError>>,
  purpose: readonly string[],
): Command {
  const number = ['init', 'commit', 'reveal', 'share', 'confirm'].indexOf(name)
  return {
    name: `trustee ${name}`,
    summary: `Key ceremony ${number}: ${name}`,
    usage: [`hanpyo trustee ${name} --folder DIR --key FILE`, '', ...purpose, '', ...STEP_USAGE].join('\n'),
    run: (args, io) =>
      guard(io, async () => {
        const given = readArguments(args, STEP_OPTIONS)
        const folder = resolve(io.cwd, given.required('folder'))
        const ports = await portsOf()
        const key = await keyOf(ports, given, io)
        return say(await step(ports, folder, key), `hanpyo trustee ${next}`, given, io)
      }),
  }
}

async function portsOf(): Promise<CeremonyPorts> {
  return { backend: await createNodeBackend(), sealer: await createSealer(), random: nodeRandom }
}

async function keyOf(ports: CeremonyPorts, args: Arguments, io: CommandIo): Promise<TrusteeKey> {
  const path = resolve(io.cwd, args.required('key'))
  return must(await openTrusteeKey(ports, path, await passphraseOf(args, io)))
}

async function verified({ backend }: CeremonyPorts, folder: string): Promise<FinishedCeremony> {
  return must(await verifyStick(backend, folder, must(await agreementOf(backend, folder))))
}

function say(reported: Result<StepReport, StepError>, next: string, args: Arguments, io: CommandIo): number {
  const { file, wasThere, compare } = must(reported)
  const words = compare === undefined ? undefined : fingerprintWords(compare.hash)
  if (args.isSet('json')) {
    io.stdout(JSON.stringify({ ok: true, file, wasThere, ...(compare && { compare: compare.what, words }) }))
    return EXIT.ok
  }
  io.stdout(wasThere ? `${file} is there already` : `written ${file}`)
  if (compare !== undefined) io.stdout(`read aloud, ${compare.what}: ${words}`)
  io.stdout(`next, when all files are on the stick: ${next}`)
  return EXIT.ok
}

function sayEnd(ended: FinishedCeremony, state: DryRunState, args: Arguments, io: CommandIo): number {
  const { setup } = ended.roster
  const words = fingerprintWords(sha256(ended.document))
  const { hasPassed, nextMixer, shares } = state
  if (args.isSet('json')) {
    const ceremony = {
      election: setup.electionId,
      trustees: setup.trustees.length,
      threshold: setup.threshold,
    }
    io.stdout(
      JSON.stringify({ ok: true, ...ceremony, jointKey: toBase64(ended.jointKey), words, dryRun: hasPassed }),
    )
    return EXIT.ok
  }
  io.stdout(
    `ceremony of ${setup.electionId}: ${setup.threshold} of ${setup.trustees.length}, all proofs hold`,
  )
  io.stdout(`read aloud, ceremony: ${words}`)
  if (hasPassed) io.stdout('dry run passed: the three known ballots came out')
  else if (nextMixer !== null) io.stdout(`dry run: trustee ${nextMixer} mixes next`)
  else io.stdout(`dry run: shares of ${shares.size} trustees, ${setup.threshold} are needed`)
  return EXIT.ok
}

function number(args: Arguments, name: string): number {
  args.required(name)
  return args.integer(name) as number
}
