import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createRealClock } from '@hanpyo/platform/clock.ts'
import { type Command, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { createBatchPool } from '@hanpyo/platform/crypto/batch-pool.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { makeDurableDirectory } from '@hanpyo/platform/durable-file.ts'
import { createLifecycle } from '@hanpyo/platform/lifecycle.ts'
import { createLogger } from '@hanpyo/platform/logger.ts'
import { openPublicSite } from '@hanpyo/platform/public-site.ts'
import { publicationOf } from '@hanpyo/protocol/public/publication.ts'
import { createBallotPool } from '../ballot-pool.ts'
import { removeLeftovers } from '../copy.ts'
import { SERVE_OPTIONS, SERVE_USAGE, servePublic } from '../serve-public.ts'
import { openUrl, readFromUrl } from '../source/url.ts'
import { COSIGNER_KEY_FILE, initCosigner, refuseWithoutMemory } from '../witness/commands.ts'
import { readCosignerKey } from '../witness/key.ts'
import { openExistingStore } from '../witness/store.ts'
import { Witness } from '../witness/witness.ts'
import { commitmentSource } from './commitments.ts'
import { copyReader, readCommitments } from './copy-reader.ts'
import { COPY_FOLDER, HISTORY_FILE, MIRROR_STORE_FILE, TEXTS_FOLDER } from './folder.ts'
import { followLog } from './follow.ts'
import { createMirrorHandler } from './http.ts'
import { Mirror } from './mirror.ts'
import { ProposalTexts } from './proposal-texts.ts'

const init: Command = {
  name: 'mirror init',
  summary: 'Make the key of a mirror, a body that keeps and checks a whole copy of the ledger',
  usage: `hanpyo mirror init --dir DIR --name NAME

NAME is a URL without a scheme that belongs to you, for example "press.example/mirror". Prints the public key, which goes
into the election's policy. The key stays in DIR; an existing one is never replaced.`,
  run: (args, io) => initCosigner(args, io, MIRROR_STORE_FILE),
}

const run: Command = {
  name: 'mirror run',
  summary: 'Copy a ledger, check every record, cosign what is right and serve it',
  usage: `hanpyo mirror run <url> --dir DIR --manifest-hash HEX [options]

Follows the ledger at the URL. What it serves under the same paths as the ledger is on its disk and verified.

  --dir DIR              the folder of "hanpyo mirror init"; the copy lies in DIR/${COPY_FOLDER}
  --manifest-hash HEX    the announced hash of the manifest; or
  --authority VKEY       the announced key of the election authority
  --every SECONDS        how often to look (default 10)
  --board DIR            the built public page (default: the one beside this program, when it was built)
  --commitments URL      another mirror, which has verified the ballots before: catching up takes a fraction of the time,
                         and nothing is believed (docs/adr/0016-commitments-handed-on.md)
${SERVE_USAGE}

Ends with Ctrl-C. A mirror that has found a broken rule or a second tree keeps serving what it has verified, says so under
/mirror.v0.json and /healthz, and cosigns nothing more.`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        dir: { type: 'string' },
        'manifest-hash': { type: 'string' },
        authority: { type: 'string' },
        every: { type: 'string' },
        ...SERVE_OPTIONS,
        commitments: { type: 'string' },
        board: { type: 'string' },
        'close-with-parent': { type: 'boolean' },
      },
    })
    const [url] = positionals
    if (url === undefined || positionals.length > 1) throw new UsageError('give the URL of one ledger')
    if (values.dir === undefined) throw new UsageError('--dir is missing')
    const { 'manifest-hash': manifestHash, authority } = values
    if (manifestHash === undefined && authority === undefined) {
      throw new UsageError('give --manifest-hash or --authority from the printed announcement')
    }
    const everySeconds = Number(values.every ?? 10)
    if (!(everySeconds > 0)) throw new UsageError('--every takes seconds')
    const dir = resolve(io.cwd, values.dir)
    const folder = join(dir, COPY_FOLDER)
    const backend = await createNodeBackend()
    const key = await readCosignerKey(join(dir, COSIGNER_KEY_FILE), backend.ed25519)
    if (!key.ok) {
      io.stderr(`${key.error}: ${key.detail ?? dir}. "hanpyo mirror init" makes a key.`)
      return EXIT.failed
    }
    const store = openExistingStore(join(dir, MIRROR_STORE_FILE))
    if (store === null) return refuseWithoutMemory(join(dir, MIRROR_STORE_FILE), io)
    const log = createLogger({ name: 'mirror' })
    const lifecycle = createLifecycle({ log, closeWithParent: values['close-with-parent'] ?? false })
    lifecycle.onClose('store', () => store.close())
    const pool = createBatchPool(backend.group)
    lifecycle.onClose('threads', () => pool.close())
    await makeDurableDirectory(folder)
    await removeLeftovers(folder)
    const clock = createRealClock()
    const { name, seed, vkey } = key.value
    const urlOptions = {
      fetch,
      timeoutMs: 60_000,
      retryDelaysMs: [200, 1_000],
      sleep: (ms: number) => clock.sleep(ms),
    }
    const source = openUrl(url, urlOptions)
    const commitments =
      values.commitments === undefined
        ? undefined
        : commitmentSource(
            readFromUrl(values.commitments, { ...urlOptions, timeoutMs: 5_000, retryDelaysMs: [] }),
          )
    const texts = new ProposalTexts(
      join(dir, TEXTS_FOLDER),
      readFromUrl(url, { ...urlOptions, timeoutMs: 10_000 }),
    )
    const keepTexts = async (mirror: Mirror, mayAsk: boolean): Promise<void> => {
      try {
        await texts.show(mirror.proposals(), mirror.view.size)
        if (mayAsk) await texts.fill()
      } catch (error) {
        // The copy and its cosignatures do not depend on texts; the next look tries again.
        log.error('texts-not-kept', { error })
      }
    }
    const reader = copyReader(folder)
    let facts: string | null = null
    const site = await openPublicSite({
      historyPath: join(dir, HISTORY_FILE),
      boardDir: values.board,
      clock,
      describe: publicationOf,
      facts: async () => facts,
    })
    lifecycle.onClose('site', () => site.close())
    const show = async (mirror: Mirror): Promise<void> => {
      const note = await reader.checkpoint()
      if (note === null) return
      facts = mirror.plainFacts(note)
      await site.published(note)
    }
    const afterLook = async (mirror: Mirror): Promise<void> => {
      await keepTexts(mirror, true)
      await show(mirror)
    }
    const open = async (): Promise<Mirror> => {
      const mirror = new Mirror({
        folder,
        source,
        pin: { ...(manifestHash && { manifestHash }), ...(authority && { authorityVkey: authority }) },
        backend,
        batch: pool.batch,
        openPool: (election) => createBallotPool(availableParallelism(), election),
        commitments,
        witness: new Witness({ ed25519: backend.ed25519, store, name, seed, now: () => Date.now() / 1000 }),
        trust: (logVkey) => void store.add(logVkey.slice(0, logVkey.indexOf('+')), logVkey),
      })
      const resumed = await mirror.resume()
      if (resumed.ok) {
        await keepTexts(mirror, false)
        await show(mirror)
      }
      return mirror
    }
    let exitCode: number = EXIT.ok
    const onBroken = (error: unknown): void => {
      log.fatal('copy-broken', {
        error,
        message: 'Nothing more is signed. Check the disk; a restart reads it anew.',
      })
      exitCode = EXIT.failed
      void lifecycle.close('copy-broken')
    }
    const following = await followLog({ open, clock, pollMs: everySeconds * 1000, log, onBroken, afterLook })
    lifecycle.onClose('following', () => following.close())
    const { status } = following
    const server = await servePublic(
      createMirrorHandler({
        reader,
        site: site.handle,
        name,
        vkey,
        source: url,
        status,
        proposals: texts,
        commitments: (index, width) => readCommitments(folder, index, width),
      }),
      values,
      { io, log, lifecycle },
    )
    io.stdout(JSON.stringify({ ready: true, url: server.url, name, vkey }))
    await lifecycle.closed
    return exitCode
  },
}

export const mirrorCommands: readonly Command[] = [init, run]
