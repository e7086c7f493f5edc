import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type CommandIo, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { createNodeEd25519 } from '@hanpyo/platform/crypto/node-backend.ts'
import { writeDurable } from '@hanpyo/platform/durable-file.ts'
import type { Result } from '@hanpyo/protocol/result.ts'
import type { Bridge } from '../bridge-client.ts'
import { postRecord } from '../bridge-client.ts'
import { type AuthorityError, ERROR_TEXT } from '../errors.ts'
import { type LoadedElection, loadElection, type OfficialRole, readOfficialKey } from '../load-election.ts'
import type { OfficialRecord } from '../official-records.ts'
import type { NoteKey } from '../role-keys.ts'

type Options = Record<string, { readonly type: 'string' | 'boolean'; readonly multiple?: boolean }>

/** Ends a command with an expected failure; `guard` turns it into a message and exit code 1. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly code: AuthorityError

  constructor(code: AuthorityError, detail: string | undefined) {
    super(detail ?? code)
    this.code = code
  }
}

/** The value of a result, or the end of the command. */
export function must<T>(result: Result<T, AuthorityError>): T {
  if (result.ok) return result.value
  throw new CommandFailure(result.error, result.detail)
}

/** Runs a command's body and prints expected failures: what it means, what to do, and the detail. */
export async function guard(io: CommandIo, work: () => Promise<number>): Promise<number> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    const isKorean = /^ko/i.test(io.env.LC_ALL ?? io.env.LANG ?? '')
    io.stderr(`${error.code}: ${ERROR_TEXT[error.code][isKorean ? 'ko' : 'en']}`)
    if (error.message !== error.code) for (const line of error.message.split('\n')) io.stderr(`  ${line}`)
    return EXIT.failed
  }
}

export interface Arguments {
  readonly positionals: readonly string[]
  /** The value of an option, or `undefined`. */
  text(name: string): string | undefined
  /** The value of an option that has to be there. */
  required(name: string): string
  /** A non-negative integer. */
  integer(name: string): number | undefined
  isSet(name: string): boolean
}

/** `node:util` parseArgs with the questions commands ask. */
export function readArguments(args: string[], options: Options): Arguments {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true, strict: true })
  const text = (name: string): string | undefined => {
    const value = values[name]
    return typeof value === 'string' ? value : undefined
  }
  const required = (name: string): string => {
    const value = text(name)
    if (value === undefined) throw new UsageError(`--${name} is missing`)
    return value
  }
  return {
    positionals,
    text,
    required,
    integer(name) {
      const value = text(name)
      if (value === undefined) return undefined
      if (!/^\d{1,15}$/.test(value)) throw new UsageError(`--${name} is not a number: ${value}`)
      return Number(value)
    },
    isSet: (name) => values[name] === true,
  }
}

/** Options of every command that signs a record. */
export const RECORD_OPTIONS = {
  election: { type: 'string' },
  bridge: { type: 'string' },
  'token-file': { type: 'string' },
  at: { type: 'string' },
  out: { type: 'string' },
} as const satisfies Options

export const RECORD_USAGE = [
  '  --election DIR   election folder (default: the current folder)',
  '  --bridge URL     post the record to this bridge',
  '  --out FILE       write the signed note to a file, for another machine to post',
  '  --at TIME        time in the record, ISO 8601 with offset (default: now)',
].join('\n')

/** The election folder a command works on. */
export async function electionOf(args: Arguments, io: CommandIo): Promise<LoadedElection> {
  const root = resolve(io.cwd, args.text('election') ?? '.')
  return must(await loadElection(root, createNodeEd25519()))
}

/** The key of a role, from the folder's secret part. */
export async function keyOf(election: LoadedElection, role: OfficialRole): Promise<NoteKey> {
  return must(await readOfficialKey(election, role))
}

/** Unix seconds of `--at`, or now. */
export function timeOf(args: Arguments): number {
  const given = args.text('at')
  if (given === undefined) return Math.floor(Date.now() / 1000)
  const ms = /(?:Z|[+-]\d\d:\d\d)$/.test(given) ? Date.parse(given) : Number.NaN
  if (Number.isNaN(ms)) throw new UsageError(`--at is not a time with an offset: ${given}`)
  return Math.floor(ms / 1000)
}

/** Posts a record to `--bridge`, writes it to `--out`, or both; one of them has to be given. */
export async function deliver(record: OfficialRecord, args: Arguments, io: CommandIo): Promise<void> {
  const [url, out] = [args.text('bridge'), args.text('out')]
  if (url === undefined && out === undefined) throw new UsageError('give --bridge URL or --out FILE')
  if (out !== undefined) {
    await writeDurable(resolve(io.cwd, out), record.note)
    io.stdout(`written ${resolve(io.cwd, out)}`)
  }
  if (url !== undefined) await post(url, record, args, io)
}

/** Posts a record and says where it is. */
export async function post(
  url: string,
  record: OfficialRecord,
  args: Arguments,
  io: CommandIo,
): Promise<void> {
  const posted = must(await postRecord(await bridgeOf(url, args, io), record))
  io.stdout(
    posted.position === null
      ? 'stored by the bridge, in the log after its next batch'
      : `logged as leaf ${posted.position}`,
  )
}

/** The bridge at `url`, with the bearer token of `--token-file` if there is one. */
export async function bridgeOf(url: string, args: Arguments, io: CommandIo): Promise<Bridge> {
  if (!URL.canParse(url)) throw new UsageError(`not an address: ${url}`)
  const tokenFile = args.text('token-file')
  if (tokenFile === undefined) return { url }
  const token = (await readFile(resolve(io.cwd, tokenFile), 'utf8')).trim()
  return { url, token }
}
