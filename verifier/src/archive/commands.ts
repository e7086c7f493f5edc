import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { link, rename, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Command, type CommandIo, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { withBatchPool } from '@hanpyo/platform/crypto/batch-pool.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { DurableWriteError, syncDirectory } from '@hanpyo/platform/durable-file.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { createBallotPool } from '../ballot-pool.ts'
import { readTimeout, withSource } from '../command-source.ts'
import type { Pin } from '../election-check.ts'
import { formatReport, printable } from '../format.ts'
import { formatFsck } from '../fsck/format.ts'
import { fsckLog } from '../fsck/fsck.ts'
import { createProgress } from '../progress.ts'
import { isUrl, openSource } from '../source/open.ts'
import type { UrlOptions } from '../source/url.ts'
import { openZip } from '../source/zip.ts'
import { verifyLog } from '../verify.ts'
import { type ArchiveError, type ArchiveInput, writeArchive } from './archive.ts'
import { boardFiles, inHouse, instructions, witnessNotes } from './enclosures.ts'
import { ZipWriter } from './zip-writer.ts'

const SENTENCES: Readonly<Record<ArchiveError, string>> = {
  'log-checkpoint': 'there is no valid checkpoint. Run "hanpyo verify" on it, or use a mirror.',
  'log-manifest': 'it does not begin with the manifest of an election. Check the address.',
  'log-signature': 'the log of this election did not sign its checkpoint. Use a mirror.',
  'file-missing': 'a file of the ledger could not be had. "hanpyo fsck" names all of them; use a mirror.',
  'archive-too-large':
    'it does not fit into a zip file (65,534 files, 4 GB). Copy it into a folder with "hanpyo copy".',
}

export const archiveCommand: Command = {
  name: 'archive',
  summary: 'Put a whole ledger with everything to check it into one zip file, for a USB stick',
  usage: `hanpyo archive <url|folder> --out FILE.zip [options]

Writes checkpoint, records, tiles and blobs, what the witnesses show, the public page, instructions in Korean and English and
a list of all hashes into FILE.zip, then reads that file again and verifies everything in it. "hanpyo verify FILE.zip" and
"hanpyo fsck FILE.zip" read it as it is. An existing file is never replaced. The same ledger gives the same bytes.

  --out FILE.zip         where to write
  --board DIR            the built files of the public page (default: the built ones of this house, if there)
  --manifest-hash <hex>  the announced hash of the manifest (64 digits); or
  --authority <vkey>     the announced key of the election authority
  --json                 print one JSON document instead of lines
  --timeout <seconds>    for one request (default 60)

Exit code 0: written, read again and verified. 1: the file was written and holds what is served, but that does not verify, or
nothing was written. 2: the ledger could not be read.`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        out: { type: 'string' },
        board: { type: 'string' },
        'manifest-hash': { type: 'string' },
        authority: { type: 'string' },
        json: { type: 'boolean' },
        timeout: { type: 'string' },
      },
    })
    const [location] = positionals
    if (location === undefined || positionals.length > 1) throw new UsageError('give one URL or folder')
    if (values.out === undefined) throw new UsageError('--out is missing')
    const { 'manifest-hash': manifestHash, authority } = values
    if (manifestHash !== undefined && !/^[0-9a-f]{64}$/.test(manifestHash)) {
      throw new UsageError('--manifest-hash takes 64 lower-case hex digits')
    }
    const pin: Pin = { ...(manifestHash && { manifestHash }), ...(authority && { authorityVkey: authority }) }
    const out = resolve(io.cwd, values.out)
    const board = values.board === undefined ? undefined : resolve(io.cwd, values.board)
    return withSource(io, { timeoutMs: readTimeout(values.timeout) }, async (url) => {
      const temporary = join(dirname(out), `.${randomUUID()}.zip.tmp`)
      try {
        if (existsSync(out)) return refuse(io, `${out} is there already`, 'Give another name.')
        const isWritten = await write({ location, temporary, board, io, url })
        if (!isWritten) return EXIT.failed
        const verdict = await check(temporary, pin, io)
        if (!verdict.isWhole) {
          for (const line of verdict.fsck) io.stderr(line)
          return refuse(
            io,
            'what was read back is not what was written',
            'Test the disk or the stick, and try again.',
          )
        }
        await takeName(temporary, out)
        if (values.json) io.stdout(printable(JSON.stringify({ written: out, ...verdict.summary })))
        else for (const line of verdict.report) io.stdout(line)
        io.stderr(
          printable(verdict.isVerified ? `ARCHIVED: ${out}` : `ARCHIVED AS IT IS, NOT VERIFIED: ${out}`),
        )
        return verdict.isVerified ? EXIT.ok : EXIT.failed
      } catch (error) {
        const sentence = diskProblem(error)
        if (sentence === null) throw error
        return refuse(io, sentence, 'Nothing was left behind. Make room or take another disk, and try again.')
      } finally {
        await rm(temporary, { force: true }).catch(() => undefined)
      }
    })
  },
}

interface WriteInput {
  readonly location: string
  readonly temporary: string
  readonly board: string | undefined
  readonly io: CommandIo
  readonly url: UrlOptions
}

async function write({ location, temporary, board, io, url }: WriteInput): Promise<boolean> {
  const { ed25519 } = await createNodeBackend()
  const source = await openSource(location, io.cwd, url)
  const built = board ?? inHouse('board', 'dist')
  const enclosures: ArchiveInput['enclosures'] = async (log) => [
    ...(await instructions(inHouse('docs', 'guides', 'auditor.md'), 'AUDITOR.md')),
    ...(await instructions(inHouse('LICENSE'), 'LICENSE.txt')),
    ...(board !== undefined || existsSync(built) ? await boardFiles(built) : []),
    ...(isUrl(location)
      ? await witnessNotes(
          log,
          ed25519,
          { fetch: url.fetch, timeoutMs: Math.min(url.timeoutMs, 10_000) },
          (name) =>
            io.stderr(
              printable(`${name} does not answer; the archive holds its signature if the checkpoint does`),
            ),
        )
      : []),
  ]
  const progress = createProgress({ now: () => performance.now(), write: (line) => io.stderr(line) })
  const zip = await ZipWriter.create(temporary)
  let isFinished = false
  try {
    const onFile = (done: number, total: number): void => progress('files', done, total)
    const written = await writeArchive({ source, ed25519, zip, enclosures, onFile })
    if (!written.ok) {
      refuse(io, `${location}: ${SENTENCES[written.error]}`, written.detail ?? '')
      return false
    }
    await zip.finish()
    isFinished = true
    return true
  } finally {
    if (!isFinished) await zip.abandon()
  }
}

/** Reads the archive as anybody would: are its files whole, and does the election in it verify? */
async function check(path: string, pin: Pin, io: CommandIo) {
  const backend = await createNodeBackend()
  const held = await openZip(path)
  const fsckPin = pin.manifestHash === undefined ? {} : { manifestHash: pin.manifestHash }
  const fsck = await fsckLog({ source: held.source, held, backend, pin: fsckPin })
  const report = await verifyArchive(held.source, backend, pin, io)
  const isFine = ({ id, status }: { readonly id: string; readonly status: string }): boolean =>
    status === 'PASS' || (id === 'pinned' && status === 'SKIPPED')
  return {
    // The list of hashes was made from what was read, so that this line alone is about the disk.
    isWhole: fsck.lines.some(({ id, status }) => id === 'files' && status === 'PASS'),
    isVerified: fsck.lines.every(isFine) && report.checks.every(isFine),
    fsck: formatFsck(fsck, 'en'),
    report: formatReport(report, path, undefined).map(printable),
    summary: { checkpoint: report.checkpoint, verified: report.verified, stage: report.stage },
  }
}

async function verifyArchive(
  source: ArchiveInput['source'],
  backend: CryptoBackend,
  pin: Pin,
  io: CommandIo,
) {
  const progress = createProgress({ now: () => performance.now(), write: (line) => io.stderr(line) })
  const { report } = await withBatchPool(backend.group, (batch) =>
    verifyLog({
      source,
      backend,
      batch,
      pin,
      openPool: (election) => createBallotPool(availableParallelism(), election),
      onProgress: (done, total) => progress('verified', done, total),
    }),
  )
  return report
}

/** The file gets its name only now. FAT knows no links; there it is renamed. */
async function takeName(temporary: string, out: string): Promise<void> {
  await link(temporary, out).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') throw error
    await rename(temporary, out)
  })
  await syncDirectory(dirname(out))
}

function refuse(io: CommandIo, what: string, advice: string): number {
  io.stderr(printable(`NOT ARCHIVED: ${what}`))
  if (advice !== '') io.stderr(printable(advice))
  return EXIT.failed
}

/** What happened to the disk, in words; null for anything else. */
function diskProblem(error: unknown): string | null {
  const cause = error instanceof DurableWriteError ? error.cause : error
  const { code } = cause as NodeJS.ErrnoException
  const words: Readonly<Record<string, string>> = {
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk is full',
    EFBIG: 'the disk takes no file of this size',
    EIO: 'the disk reports an error',
    EROFS: 'the disk is write-protected',
    EACCES: 'the folder may not be written',
    ENOENT: 'there is no such folder',
    EEXIST: 'there is a file of this name by now',
  }
  return (code !== undefined && words[code]) || null
}
