import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { buildLedger } from '@hanpyo/protocol/testing/build-ledger.ts'
import fc from 'fast-check'
import { unzipSync, zipSync } from 'fflate'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { commands } from '../commands.ts'
import { OversizeError, SourceError } from '../source/source.ts'
import { openZip } from '../source/zip.ts'

const backend = await createNodeBackend()
const ceremony = { trustees: 3, threshold: 2 }
const { election, log } = buildLedger({ backend, ceremony, stage: 'sealed' })
const files = log.allFiles()
const manifestHash = toHex(election.manifestHash)

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hanpyo-archive-'))
})

afterEach(() => {
  rmSync(dir, { recursive: true })
})

function write(folder: string, contents: ReadonlyMap<string, Uint8Array | string>): void {
  for (const [path, bytes] of contents) {
    mkdirSync(dirname(join(dir, folder, path)), { recursive: true })
    writeFileSync(join(dir, folder, path), bytes)
  }
}

async function run(line: string) {
  const words = line.split(' ')
  const command = commands.find(({ name }) => name === words[0])
  const out: string[] = []
  const io = {
    stdout: (text: string) => void out.push(text),
    stderr: (text: string) => void out.push(text),
    env: {},
    cwd: dir,
  }
  const code = await command?.run(words.slice(1), io)
  return { code, text: out.join('\n') }
}

test('a finished election becomes one file that verifies as it is, the same file every time', async () => {
  write('ledger', files)
  write(
    'board',
    new Map([
      ['index.html', '<!doctype html>'],
      ['assets/a.js', 'let a'],
    ]),
  )
  const made = await run(`archive ledger --out a.zip --board board --manifest-hash ${manifestHash}`)
  expect(made.text).toContain('ARCHIVED: ')
  expect(made.code).toBe(0)

  expect(await run(`verify a.zip --manifest-hash ${manifestHash}`)).toMatchObject({ code: 0 })
  expect(await run(`fsck a.zip --manifest-hash ${manifestHash}`)).toMatchObject({ code: 0 })
  const contents = unzipSync(readFileSync(join(dir, 'a.zip')))
  for (const path of [
    'README.txt',
    'AUDITOR.md',
    'SHA256SUMS',
    'manifest.note',
    'checkpoint',
    'board/assets/a.js',
  ]) {
    expect(contents[path]?.length, path).toBeGreaterThan(0)
  }
  expect(new TextDecoder().decode(contents['README.txt'])).toMatch(/인쇄된 공고[\s\S]*printed announcement/)

  await run('archive ledger --out b.zip --board board')
  expect(readFileSync(join(dir, 'b.zip')).equals(readFileSync(join(dir, 'a.zip')))).toBe(true)
  const again = await run('archive ledger --out a.zip')
  expect(again).toMatchObject({ code: 1, text: expect.stringContaining('is there already') })
})

test('a ledger that does not verify is archived as evidence, and the file is not called verified', async () => {
  const lying = buildLedger({ backend, ceremony, stage: 'open' }).log
  const ballot = lying.leaves.find(([type]) => type === 0x10) as Uint8Array
  lying.addBatch({ ballots: [{ key: ballot, leaf: ballot }] })
  write('ledger', lying.allFiles())
  const made = await run('archive ledger --out a.zip')
  expect(made).toMatchObject({ code: 1, text: expect.stringContaining('NOT VERIFIED') })
  expect(readdirSync(dir)).toContain('a.zip')
})

test('a ledger with a file missing is not archived, and nothing is left behind', async () => {
  const some = new Map(files)
  some.delete([...some.keys()].find((path) => path.startsWith('blob/')) as string)
  write('ledger', some)
  const made = await run('archive ledger --out a.zip')
  expect(made).toMatchObject({ code: 1, text: expect.stringContaining('blob/') })
  expect(readdirSync(dir)).toEqual(['ledger'])
})

test('a file of the archive that changed on the stick is named by fsck', async () => {
  const sums = `${'0'.repeat(64)}  README.txt\n`
  const parts = Object.fromEntries(files)
  const zip = zipSync({
    ...parts,
    'README.txt': [new Uint8Array(9), { level: 0 }],
    SHA256SUMS: Buffer.from(sums),
  })
  writeFileSync(join(dir, 'a.zip'), zip)
  const checked = await run(`fsck a.zip --manifest-hash ${manifestHash} --json`)
  const { lines } = JSON.parse(checked.text) as { lines: { id: string; problems: { path: string }[] }[] }
  expect(lines.find(({ id }) => id === 'files')?.problems).toMatchObject([{ path: 'README.txt' }])
})

test('whatever is done to a zip file, reading it ends with the bytes or with words', async () => {
  const whole = zipSync({
    checkpoint: [new Uint8Array(500).fill(65), { level: 6 }],
    stored: [new Uint8Array(500), { level: 0 }],
  })
  const path = join(dir, 'a.zip')
  const change = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255), length: fc.nat(whole.length) })
  await fc.assert(
    fc.asyncProperty(change, async ({ at, byte, length }) => {
      const bytes = Uint8Array.from(whole)
      bytes[at] = byte
      writeFileSync(path, bytes.subarray(0, byte % 4 === 0 ? length : bytes.length))
      try {
        const { read, paths } = await openZip(path)
        for await (const name of paths())
          expect((await read(name, 1000))?.length ?? 0).toBeLessThanOrEqual(1000)
      } catch (error) {
        if (!(error instanceof SourceError) && !(error instanceof OversizeError)) throw error
      }
    }),
    { numRuns: process.env.HANPYO_FULL === '1' ? 20_000 : 300 },
  )
})

test('a compressed file is not unpacked further than was asked for', async () => {
  const path = join(dir, 'a.zip')
  writeFileSync(path, zipSync({ checkpoint: [new Uint8Array(2 << 20), { level: 1 }] }))
  // What the directory says is not believed either.
  const bytes = readFileSync(path)
  const directory = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 1, 2]))
  bytes.writeUInt32LE(100, directory + 24)
  writeFileSync(path, bytes)
  const { source } = await openZip(path)
  await expect(source.checkpoint()).rejects.toThrow(OversizeError)
})
