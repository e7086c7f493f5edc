import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Command, type CommandIo, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { makeDurableDirectory } from '@hanpyo/platform/durable-file.ts'
import { createLifecycle } from '@hanpyo/platform/lifecycle.ts'
import { createLogger } from '@hanpyo/platform/logger.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { MAX_ADD_CHECKPOINT_BYTES } from '@hanpyo/protocol/log/add-checkpoint.ts'
import { noteVerifier } from '@hanpyo/protocol/log/note.ts'
import { MIRROR_STORE_FILE } from '../mirror/folder.ts'
import { SERVE_OPTIONS, SERVE_USAGE, servePublic } from '../serve-public.ts'
import { createWitnessHandler } from './http.ts'
import { createCosignerKey, readCosignerKey } from './key.ts'
import { WitnessMetrics } from './metrics.ts'
import { openExistingStore, openWitnessStore } from './store.ts'
import { Witness } from './witness.ts'

/** In the folder of every witness and mirror. */
export const COSIGNER_KEY_FILE = 'cosigner.json'
export const WITNESS_STORE_FILE = 'witness.sqlite'

const init: Command = {
  name: 'witness init',
  summary: 'Make the key of a witness, an independent body that watches the ledger',
  usage: `hanpyo witness init --dir DIR --name NAME

NAME is a URL without a scheme that belongs to you, for example "univ.example/witness-1". Prints the public key, which
goes into the election's policy. The key stays in DIR; an existing one is never replaced.`,
  run: (args, io) => initCosigner(args, io, WITNESS_STORE_FILE),
}

/** Makes key and memory of a witness or a mirror, and prints the public key. */
export async function initCosigner(args: string[], io: CommandIo, storeFile: string): Promise<number> {
  const { values } = parseArgs({ args, options: { dir: { type: 'string' }, name: { type: 'string' } } })
  const dir = folderOf(values.dir, io)
  if (values.name === undefined) throw new UsageError('--name is missing')
  const { ed25519 } = await createNodeBackend()
  await makeDurableDirectory(dir)
  const key = await createCosignerKey(join(dir, COSIGNER_KEY_FILE), values.name, {
    ed25519,
    random: nodeRandom,
  })
  if (!key.ok) {
    io.stderr(
      key.error === 'key-file-exists'
        ? `${dir} already holds a key; nothing was changed.`
        : 'NAME must not hold spaces or plus signs; nothing was written.',
    )
    return EXIT.failed
  }
  openWitnessStore(join(dir, storeFile)).close()
  io.stdout(key.value.vkey)
  return EXIT.ok
}

const addLog: Command = {
  name: 'witness add-log',
  summary: 'Let a witness watch a ledger',
  usage: `hanpyo witness add-log --dir DIR --log VKEY

VKEY is the public key of the log, "<origin>+<id>+<base64>", from the announced manifest. A running witness sees it at
once. A log that is known already keeps its key: a second key for one log would allow two histories.`,
  async run(args, io) {
    const { values } = parseArgs({ args, options: { dir: { type: 'string' }, log: { type: 'string' } } })
    const dir = folderOf(values.dir, io)
    if (values.log === undefined) throw new UsageError('--log is missing')
    const { ed25519 } = await createNodeBackend()
    const verifier = noteVerifier(ed25519, values.log)
    if (!verifier.ok) throw new UsageError(`--log takes the log's public key (${verifier.error})`)
    const store = openExistingStore(join(dir, WITNESS_STORE_FILE))
    if (store === null) return refuseWithoutMemory(join(dir, WITNESS_STORE_FILE), io)
    try {
      const known = store.read(verifier.value.name)
      if (known !== undefined && known.vkey !== values.log) {
        io.stderr(
          'This witness knows that log under another key. Nothing was changed; ask who gave you this key.',
        )
        return EXIT.failed
      }
      store.add(verifier.value.name, values.log)
    } finally {
      store.close()
    }
    io.stdout(`watching ${verifier.value.name}`)
    return EXIT.ok
  },
}

const list: Command = {
  name: 'witness list',
  summary: 'Show which ledgers a witness watches and how far it has seen them',
  usage: 'hanpyo witness list --dir DIR',
  async run(args, io) {
    const { values } = parseArgs({ args, options: { dir: { type: 'string' } } })
    const path = join(folderOf(values.dir, io), WITNESS_STORE_FILE)
    const store = openExistingStore(path)
    if (store === null) return refuseWithoutMemory(path, io)
    try {
      for (const { origin } of store.origins()) {
        const { size, timestamp } = store.read(origin) ?? { size: 0, timestamp: 0 }
        const last = timestamp === 0 ? 'never cosigned' : new Date(timestamp * 1000).toISOString()
        io.stdout(`${origin}  ${size} records  ${last}`)
      }
    } finally {
      store.close()
    }
    return EXIT.ok
  },
}

const evidence: Command = {
  name: 'witness evidence',
  summary: 'Print signed notes of a ledger that contradict each other, as a witness was shown them',
  usage: `hanpyo witness evidence --dir DIR

For each contradiction the note this witness had cosigned and the one it refused. PROOF means two roots for one size: nobody but
the log can have made both. Exit code 0: there is none. 1: there is.`,
  async run(args, io) {
    const { values } = parseArgs({ args, options: { dir: { type: 'string' } } })
    const dir = folderOf(values.dir, io)
    const path = [WITNESS_STORE_FILE, MIRROR_STORE_FILE]
      .map((file) => join(dir, file))
      .find((file) => existsSync(file))
    const store = path === undefined ? null : openExistingStore(path)
    if (store === null) return refuseWithoutMemory(join(dir, WITNESS_STORE_FILE), io)
    try {
      const conflicts = store.conflicts()
      for (const { origin, note, against, isProof } of conflicts) {
        io.stdout(`${isProof ? 'PROOF' : 'NO WAY FROM ONE TO THE OTHER'}: ${origin}`)
        for (const text of [against, note]) for (const line of text.split('\n')) io.stdout(line)
      }
      return conflicts.length === 0 ? EXIT.ok : EXIT.failed
    } finally {
      store.close()
    }
  },
}

const serve: Command = {
  name: 'witness serve',
  summary: 'Cosign what the ledgers show, as long as they only grow',
  usage: `hanpyo witness serve --dir DIR [options]

Answers POST /add-checkpoint (C2SP tlog-witness) and GET /<hex SHA-256 of origin>/checkpoint. Without a certificate it
listens on 127.0.0.1 behind your own HTTPS server. Ends with Ctrl-C.

${SERVE_USAGE}`,
  async run(args, io) {
    const { values } = parseArgs({
      args,
      options: {
        dir: { type: 'string' },
        ...SERVE_OPTIONS,
        'close-with-parent': { type: 'boolean' },
      },
    })
    const dir = folderOf(values.dir, io)
    const { ed25519 } = await createNodeBackend()
    const key = await readCosignerKey(join(dir, COSIGNER_KEY_FILE), ed25519)
    if (!key.ok) {
      io.stderr(`${key.error}: ${key.detail ?? dir}. "hanpyo witness init" makes a key.`)
      return EXIT.failed
    }
    const store = openExistingStore(join(dir, WITNESS_STORE_FILE))
    if (store === null) return refuseWithoutMemory(join(dir, WITNESS_STORE_FILE), io)
    const log = createLogger({ name: 'witness' })
    const lifecycle = createLifecycle({ log, closeWithParent: values['close-with-parent'] ?? false })
    lifecycle.onClose('store', () => store.close())
    const { name, seed, vkey } = key.value
    const witness = new Witness({ ed25519, store, name, seed, now: () => Date.now() / 1000 })
    const origins = () => store.origins().map(({ origin }) => origin)
    let exitCode: number = EXIT.ok
    const onBroken = (error: Error): void => {
      log.fatal('store-broken', {
        error,
        message: 'Nothing more is signed. Check the disk; a restart reads it anew.',
      })
      exitCode = EXIT.failed
      void lifecycle.close('store-broken')
    }
    const handler = createWitnessHandler({
      witness,
      origins,
      vkey,
      log,
      metrics: new WitnessMetrics(store),
      onBroken,
    })
    const maxBodyBytes = MAX_ADD_CHECKPOINT_BYTES
    const server = await servePublic(handler, values, { io, log, lifecycle, maxBodyBytes })
    io.stdout(JSON.stringify({ ready: true, url: server.url, name, vkey }))
    await lifecycle.closed
    return exitCode
  },
}

export const witnessCommands: readonly Command[] = [init, addLog, list, evidence, serve]

function folderOf(dir: string | undefined, io: CommandIo): string {
  if (dir === undefined) throw new UsageError('--dir is missing')
  return resolve(io.cwd, dir)
}

/** Says that what this key has signed is no longer known. */
export function refuseWithoutMemory(path: string, io: CommandIo): number {
  io.stderr(
    `${path} is missing: this key no longer knows what it has signed and could sign a second history. ` +
      'Nothing was changed. Put the disk right, or tell the election authority and make a new key in another folder.',
  )
  return EXIT.failed
}
