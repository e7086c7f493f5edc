import { parseArgs } from 'node:util'
import { type Command, type CommandIo, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { parseCode, parseQr, type Receipt, ReceiptSearch } from '@hanpyo/protocol/checks/receipt.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { readLog } from '@hanpyo/protocol/log/read-log.ts'
import { encodeBundle } from '@hanpyo/protocol/log/tiles.ts'
import { readTimeout, withSource } from './command-source.ts'
import { diffLogs, diffSentence } from './diff.ts'
import { printable } from './format.ts'
import { readBundles } from './leaves.ts'
import { type OpenedLog, type OpenLogError, openLog } from './open-log.ts'
import { adviceFor } from './receipt-advice.ts'
import { openSource } from './source/open.ts'
import { SourceError } from './source/source.ts'
import type { UrlOptions } from './source/url.ts'

/** The largest slip number: three bytes of the ballot. */
const MAX_SLIP = 0xff_ffff

export const ballotCommand: Command = {
  name: 'verify ballot',
  summary: 'Look up a receipt in a public ledger',
  usage: `hanpyo verify ballot <url|folder> --slip <number> [--code <ABCD-…> | --qr <text>] [options]

Says whether the ballot of a slip is recorded, recorded with another code, refused, or not there, and what to do.
Reads all records; slip and code never leave this machine.

  --slip <number>        the number printed on the slip
  --code <text>          the five groups of four characters on the printout
  --qr <text>            the text of the QR code on the printout
  --manifest-hash <hex>  the announced hash of the manifest (64 digits)
  --json                 print one JSON document
  --timeout <seconds>    for one request (default 60)

Exit code 0: recorded. 1: anything else. 2: the ledger could not be read.`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        slip: { type: 'string' },
        code: { type: 'string' },
        qr: { type: 'string' },
        'manifest-hash': { type: 'string' },
        json: { type: 'boolean' },
        timeout: { type: 'string' },
      },
    })
    const location = only(positionals, 1)[0] as string
    const receipt = readReceipt(values)
    const timeoutMs = readTimeout(values.timeout)
    return withSource(io, { timeoutMs }, async (url) => {
      const { ed25519 } = await createNodeBackend()
      const log = await openAt(location, io, url, ed25519)
      const pin = values['manifest-hash']
      if (pin !== undefined && pin !== toHex(log.manifestHash)) {
        throw new SourceError(
          'not-a-log',
          `${location} is another election: manifest ${toHex(log.manifestHash)}`,
          'Check the address and the hash on the announcement.',
        )
      }
      const search = new ReceiptSearch(receipt, log.manifestHash)
      await readAll(log, (leaf, index) => search.take(leaf, index))
      const answer = search.answer()
      const advice = adviceFor(answer)
      if (values.json) io.stdout(JSON.stringify({ slip: receipt.slip, ...answer }))
      else for (const line of [advice.ko, advice.en]) io.stdout(printable(line))
      return answer.status === 'recorded' ? EXIT.ok : EXIT.failed
    })
  },
}

export const diffCommand: Command = {
  name: 'verify diff',
  summary: 'Compare an older with a newer copy of a public ledger',
  usage: `hanpyo verify diff <old url|folder> <new url|folder> [options]

Says whether the newer one extends the older one, or names the first record that differs.

  --json                 print one JSON document
  --timeout <seconds>    for one request (default 60)

Exit code 0: the same or extended. 1: anything else. 2: one of them could not be read.`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { json: { type: 'boolean' }, timeout: { type: 'string' } },
    })
    const [old, next] = only(positionals, 2) as [string, string]
    return withSource(io, { timeoutMs: readTimeout(values.timeout) }, async (url) => {
      const { ed25519 } = await createNodeBackend()
      const diff = await diffLogs(await openAt(old, io, url, ed25519), await openAt(next, io, url, ed25519))
      const sentence = diffSentence(diff)
      if (values.json) io.stdout(printable(JSON.stringify(diff)))
      else for (const line of [sentence.ko, sentence.en]) io.stdout(printable(line))
      return diff.status === 'same' || diff.status === 'extended' ? EXIT.ok : EXIT.failed
    })
  },
}

function only(positionals: readonly string[], count: number): readonly string[] {
  if (positionals.length === count) return positionals
  throw new UsageError(`expected ${count} argument(s), got ${positionals.length}`)
}

function readReceipt(values: {
  readonly slip?: string | undefined
  readonly code?: string | undefined
  readonly qr?: string | undefined
}): Receipt {
  const { slip, code, qr } = values
  const number = /^[0-9]{1,8}$/.test(slip ?? '') ? Number(slip) : Number.NaN
  if (!(number <= MAX_SLIP)) throw new UsageError('--slip takes the number printed on the slip')
  if (code !== undefined && qr !== undefined) throw new UsageError('give --code or --qr, not both')
  const text = code ?? qr
  if (text === undefined) return { slip: number }
  const matches = code === undefined ? parseQr(text) : parseCode(text)
  if (matches.ok) return { slip: number, matches: matches.value }
  throw new UsageError(
    code === undefined
      ? '--qr takes the 52 characters of the QR code'
      : '--code takes five groups of four letters and digits, as printed: ABCD-EFGH-…',
  )
}

const SENTENCES: Readonly<Record<OpenLogError, string>> = {
  'log-checkpoint': 'has no valid checkpoint',
  'log-manifest': 'does not begin with the manifest of an election',
  'log-signature': 'has a checkpoint that the log of this election did not sign',
}

async function openAt(
  location: string,
  io: CommandIo,
  url: UrlOptions,
  ed25519: Ed25519,
): Promise<OpenedLog> {
  const opened = await openLog(await openSource(location, io.cwd, url), ed25519)
  if (opened.ok) return opened.value
  throw new SourceError(
    'not-a-log',
    `${location} ${SENTENCES[opened.error]}`,
    'Run "hanpyo verify" on it, or use another copy.',
  )
}

/** Hands over every record; what does not hold together under the signed root ends the command. */
async function readAll(log: OpenedLog, take: (leaf: Uint8Array, index: number) => void): Promise<void> {
  const { source, checkpoint } = log
  const bundles = readBundles(source, checkpoint.size)
  const entries = async (): Promise<Uint8Array | null> => {
    const bundle = await bundles.next()
    if (bundle.done || bundle.value.problem !== undefined) return null
    return encodeBundle(bundle.value.entries as readonly Uint8Array[])
  }
  const read = await readLog({ entries }, checkpoint, take)
  if (read.ok) return
  throw new SourceError(
    'not-a-log',
    `${source.name}: the records are not those under the signed root (${read.error})`,
    'Run "hanpyo verify" on it, or use another copy.',
  )
}
