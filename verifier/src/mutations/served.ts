import { concatBytes, decodeUtf8, toBase64, utf8 } from '@hanpyo/protocol/bytes.ts'
import { parseDecryption, parseMix, parseResult } from '@hanpyo/protocol/count/records.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import { signCheckpoint } from '@hanpyo/protocol/log/checkpoint.ts'
import { leafHash, rootOf } from '@hanpyo/protocol/log/merkle.ts'
import { formatNote, parseNote, signNote } from '@hanpyo/protocol/log/note.ts'
import { ceremonyBlobName } from '@hanpyo/protocol/proofs/ceremony-check.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import type { Election } from './election.ts'
import { type Files, flipped, type Mutation } from './mutation.ts'

/** Lies of a server that holds no key, and of one that holds the log key only. */
export const SERVED: readonly Mutation[] = [
  {
    name: 'a server flips a bit of a record',
    rule: 'tree.leaf-hash',
    serve: (files) => change(files, bundlePath(files), (bundle) => flipped(bundle, 5000)),
  },
  {
    name: 'a server flips a bit of a hash',
    rule: 'tree.tile',
    serve: (files) => change(files, tilePath(files), (tile) => flipped(tile, 40)),
  },
  {
    name: 'a server changes a record and its hash alike',
    rule: 'tree.root',
    serve: (files, { plan }) => {
      const leaves = plan.publish().leaves
      const last = leaves.at(-1) as Uint8Array
      const changed = flipped(last, -3)
      change(files, bundlePath(files), (bundle) =>
        concatBytes(bundle.subarray(0, bundle.length - last.length), changed),
      )
      change(files, tilePath(files), (tile) =>
        concatBytes(tile.subarray(0, tile.length - 32), leafHash(changed)),
      )
    },
  },
  {
    name: 'a server does not serve the records',
    rule: 'tree.missing',
    serve: (files) => void files.delete(bundlePath(files)),
  },
  {
    name: 'a server does not serve the hashes',
    rule: 'tree.missing',
    serve: (files) => void files.delete(tilePath(files)),
  },
  {
    name: 'a server appends bytes to the records',
    rule: 'tree.bundle',
    serve: (files) => change(files, bundlePath(files), (bundle) => concatBytes(bundle, Uint8Array.of(0))),
  },
  {
    name: 'a server cuts the last record short',
    rule: 'tree.bundle',
    serve: (files) => change(files, bundlePath(files), (bundle) => bundle.subarray(0, bundle.length - 1)),
  },
  {
    name: 'a server shows the root of another tree under the signature of the true one',
    rule: 'checkpoint.signature',
    serve: (files) =>
      change(files, 'checkpoint', (note) => {
        const { text, signatures } = expectOk(parseNote(note))
        const [origin, size] = text.split('\n')
        const root = toBase64(new Uint8Array(32).fill(1))
        return utf8(formatNote(`${origin}\n${size}\n${root}\n`, signatures))
      }),
  },
  {
    name: 'a server signs the checkpoint with a key of its own',
    rule: 'checkpoint.signature',
    serve: (files, { fixture }) =>
      change(files, 'checkpoint', (note) => {
        const { text } = expectOk(parseNote(note))
        const { ed25519 } = fixture.backend
        return utf8(signNote({ ed25519, name: fixture.manifest.id, seed: new Uint8Array(32).fill(1), text }))
      }),
  },
  {
    name: 'the log signs a checkpoint with an extension line',
    rule: 'checkpoint.format',
    serve: (files, { fixture }) =>
      change(files, 'checkpoint', (note) => {
        const { text } = expectOk(parseNote(note))
        const { ed25519 } = fixture.backend
        const { id: name } = fixture.manifest
        return utf8(signNote({ ed25519, name, seed: fixture.seeds.log, text: `${text}more\n` }))
      }),
  },
  {
    name: 'the log signs a fork: another root over the same number of records',
    rule: 'tree.root',
    serve: (files, election) => {
      const forked = election.plan.without('papers').publish()
      resign(files, election, { root: rootOf(forked.leaves) })
    },
  },
  {
    name: 'the log signs a size that it does not serve',
    rule: 'tree.missing',
    serve: (files, election) => resign(files, election, { size: 1000 }),
  },
  {
    name: 'the list of slips is not served',
    rule: 'keylist.commitment',
    serve: (files, { fixture }) => void files.delete(`blob/${fixture.manifest.credentials.blob}`),
  },
  {
    name: 'a slip on the list is replaced',
    rule: 'keylist.commitment',
    serve: (files, { fixture }) =>
      change(files, `blob/${fixture.manifest.credentials.blob}`, (list) => flipped(list, 50)),
  },
  {
    name: 'a support key on the list is replaced',
    rule: 'keylist.commitment',
    serve: (files, { fixture }) =>
      change(files, `blob/${fixture.manifest.supportKeys.blob}`, (list) => flipped(list, 50)),
  },
  {
    name: 'the key ceremony is not served',
    rule: 'ceremony.document',
    serve: (files, { fixture }) => void files.delete(`blob/${ceremonyBlobName(fixture.manifest)}`),
  },
  {
    name: 'a letter of the key ceremony is changed',
    rule: 'ceremony.document',
    serve: (files, { fixture }) =>
      change(files, `blob/${ceremonyBlobName(fixture.manifest)}`, (text) => flipped(text, 300)),
  },
  {
    name: 'the output of a mix is not served',
    rule: 'mix.blob',
    serve: (files, election) => void files.delete(`blob/${namesIn(election).outputs[1]}`),
  },
  {
    name: 'a bit of a shuffle proof is flipped after it was signed',
    rule: 'mix.blob',
    serve: (files, election) =>
      change(files, `blob/${namesIn(election).proofs[2]}`, (proof) => flipped(proof, 99)),
  },
  {
    name: 'the shares that the result rests on are not served',
    rule: 'result.trustees',
    serve: (files, election) => void files.delete(`blob/${namesIn(election).shares[0]}`),
  },
  {
    name: 'a bit of a share is flipped after it was signed',
    rule: 'result.trustees',
    serve: (files, election) =>
      change(files, `blob/${namesIn(election).shares[3]}`, (shares) => flipped(shares, 8)),
  },
  {
    name: 'the opened ballots are not served',
    rule: 'result.points',
    serve: (files, election) => void files.delete(`blob/${namesIn(election).points[0]}`),
  },
  {
    name: 'an opened ballot is replaced after the result was signed',
    rule: 'result.points',
    serve: (files, election) =>
      change(files, `blob/${namesIn(election).points[1]}`, (points) =>
        concatBytes(points.subarray(32), points.subarray(0, 32)),
      ),
  },
]

function change(files: Files, path: string, edit: (bytes: Uint8Array) => Uint8Array): void {
  const bytes = files.get(path)
  if (bytes === undefined) throw new Error(`no file ${path}`)
  files.set(path, edit(bytes))
}

/** The last bundle and the last tile of level 0: the ones that the checkpoint names. */
function bundlePath(files: Files): string {
  return [...files.keys()].filter((path) => path.startsWith('tile/entries/')).at(-1) as string
}

function tilePath(files: Files): string {
  const { size } = parsed(files)
  return `tile/0/000.p/${size}`
}

function parsed(files: Files): { readonly size: number } {
  const [, size] = decodeUtf8(files.get('checkpoint') as Uint8Array).split('\n')
  return { size: Number(size) }
}

function resign(
  files: Files,
  { fixture, plan }: Election,
  other: { readonly size?: number; readonly root?: Uint8Array },
): void {
  const log = plan.publish()
  const checkpoint = { origin: fixture.manifest.id, size: log.size, root: rootOf(log.leaves), ...other }
  const { ed25519 } = fixture.backend
  files.set('checkpoint', utf8(signCheckpoint({ ed25519, seed: fixture.seeds.log, checkpoint })))
}

/** Names of the count's blobs, in ledger order. */
function namesIn({ plan }: Election) {
  const names = {
    outputs: [] as string[],
    proofs: [] as string[],
    shares: [] as string[],
    points: [] as string[],
  }
  for (const leaf of plan.publish().leaves) {
    const note = parseNote(leaf.subarray(1))
    if (!note.ok) continue
    const { text } = note.value
    const mix = leaf[0] === RECORD.mix ? parseMix(text) : undefined
    if (mix?.ok) {
      names.outputs.push(mix.value.output)
      names.proofs.push(mix.value.proof)
    }
    const shares = leaf[0] === RECORD.decryption ? parseDecryption(text) : undefined
    if (shares?.ok) names.shares.push(shares.value.shares)
    const result = leaf[0] === RECORD.result ? parseResult(text) : undefined
    if (result?.ok) {
      names.points.push(
        ...result.value.contests.flatMap((entry) => ('points' in entry ? [entry.points] : [])),
      )
    }
  }
  return names
}
