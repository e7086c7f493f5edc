import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Command } from '@hanpyo/platform/command.ts'
import { toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCountRecord } from '../count/deliver.ts'
import { signingKeyFile } from '../role-keys.ts'
import { createSealedLedger, type SealedLedger } from '../testing/sealed-ledger.ts'
import { decrypt, mix, result } from './count.ts'

let home: string
let ledger: SealedLedger

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'hanpyo-count-'))
  const yes = { kind: 'yes-no', option: 1 } as const
  ledger = await createSealedLedger([
    { style: 1, selections: [{ kind: 'approve', options: [1] }, yes] },
    { style: 1, selections: [{ kind: 'approve', options: [1, 4] }, yes] },
  ])
  for (const index of [1, 2, 3, 4, 5]) {
    const { note, secretShare } = ledger.trustee(index)
    const verificationKey = toBase64(ledger.backend.group.multiplyBase(secretShare))
    const file = {
      ...signingKeyFile(ledger.backend.ed25519, note),
      type: 'hanpyo-trustee-key',
      trustee: index,
      secretShare: toBase64(secretShare),
      verificationKey,
    }
    await writeFile(keyPath(index), JSON.stringify(file), { mode: 0o600 })
  }
  const { election, backend } = ledger
  await mkdir(join(home, 'election/secret/keys'), { recursive: true })
  await writeFile(join(home, 'election/manifest.note'), election.manifestNote)
  const authority = join(home, 'election/secret/keys/authority.json')
  await writeFile(authority, JSON.stringify(signingKeyFile(backend.ed25519, election.roleKeys.authority)))
  await chmod(authority, 0o600)
})
afterAll(() => rm(home, { recursive: true }))

const keyPath = (index: number): string => join(home, `trustee-${index}.json`)

/** Writes the ledger as a copy in a folder, runs a command on it, and puts what it wrote into the ledger. */
async function run(command: Command, args: string, options: { readonly publish?: boolean } = {}) {
  const copy = await mkdtemp(join(home, 'copy-'))
  for (const [path, bytes] of ledger.log.allFiles()) {
    await mkdir(dirname(join(copy, path)), { recursive: true })
    await writeFile(join(copy, path), bytes)
  }
  const out: string[] = []
  const err: string[] = []
  const written = await mkdtemp(join(home, 'out-'))
  const io = {
    stdout: (line: string) => void out.push(line),
    stderr: (line: string) => void err.push(line),
    env: {},
    cwd: home,
  }
  const target = options.publish === undefined ? ['--out', written] : []
  const code = await command.run([...args.split(' '), '--ledger', copy, ...target], io)
  const records = (await readdir(written)).filter((name) => name.endsWith('.record'))
  return {
    code,
    out: out.join('\n'),
    err: err.join('\n'),
    records: await Promise.all(
      records.map(async (name) => expectOk(await readCountRecord(written, name.slice(0, -7)))!),
    ),
  }
}

test('trustees mix and decrypt a copied ledger, the authority counts, and repeated work is the same work', async () => {
  const early = await run(decrypt, `--contest 1 --trustee ${keyPath(1)}`)
  expect([early.code, early.err]).toEqual([1, expect.stringContaining('decrypt-not-mixed')])
  expect(early.records).toEqual([])

  const turn = await run(mix, `--contest 1 --trustee ${keyPath(2)}`)
  expect(turn.err).toContain('mix-not-your-turn')
  const first = await run(mix, `--contest all --trustee ${keyPath(1)} --json`)
  expect(first.code).toBe(0)
  expect(JSON.parse(first.out)).toMatchObject({ trustee: 1, mix: [{ contest: 1 }, { contest: 2 }] })
  const again = await run(mix, `--contest all --trustee ${keyPath(1)}`)
  expect(first.records).toHaveLength(2)
  expect(again.records).toEqual(first.records)
  for (const record of first.records) ledger.post(record)
  expect((await run(mix, `--contest all --trustee ${keyPath(1)}`)).out).toBe('nothing waits for you')
  for (const index of [2, 3]) {
    for (const record of (await run(mix, `--contest all --trustee ${keyPath(index)}`)).records)
      ledger.post(record)
  }

  for (const index of [2, 4]) {
    for (const record of (await run(decrypt, `--contest all --trustee ${keyPath(index)}`)).records)
      ledger.post(record)
  }
  const tooFew = await run(result, '--election election')
  expect(tooFew.err).toMatch(
    /result-shares-missing[\s\S]*contest 1: valid shares of trustees 2, 4, 3 trustees/,
  )
  for (const record of (await run(decrypt, `--contest all --trustee ${keyPath(5)}`)).records)
    ledger.post(record)

  const table = await run(result, '--json', { publish: false })
  expect(JSON.parse(table.out).contests[0]).toMatchObject({ id: 1, total: 2, trustees: [2, 4, 5] })
  const published = await run(result, '--election election')
  expect(published.out).toContain('         2  1 후보 1 / Option 1')
  for (const record of published.records) ledger.post(record)
  expect((await ledger.load()).count.result?.contests).toHaveLength(3)
  expect((await run(result, '--election election')).err).toContain('result-done')
})

test('a key that has worked for one manifest or list works for no other', async () => {
  const votes = [1, 2].map((option) => ({
    style: 1 as const,
    selections: [{ kind: 'blank' } as const, { kind: 'yes-no', option } as const],
  }))
  ledger = await createSealedLedger(votes)
  const other = await run(mix, `--contest 1 --trustee ${keyPath(1)}`)
  expect(other.err).toContain('trustee-other-election')
})

test('a ledger of another election, a folder that is none, and a damaged copy are told apart', async () => {
  const io = { stdout: () => {}, stderr: (line: string) => void said.push(line), env: {}, cwd: home }
  const said: string[] = []
  const args = ['--contest', '1', '--trustee', keyPath(1), '--out', 'nowhere']
  expect(await mix.run([...args, '--ledger', 'no-such-folder'], io)).toBe(1)
  expect(said.join()).toContain('ledger-missing')
  said.length = 0
  expect(await mix.run([...args, '--ledger', 'http://127.0.0.1:1/'], io)).toBe(1)
  expect(said.join()).toContain('ledger-unreachable')
  const foreign = await run(
    mix,
    `--contest 1 --trustee ${keyPath(1)} --manifest-hash ${toHex(new Uint8Array(32))}`,
  )
  expect(foreign.err).toContain('ledger-other-election')
})
