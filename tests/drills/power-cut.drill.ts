import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createSeededRandom } from '@hanpyo/firmware-sim/random.ts'
import { checkStore } from '@hanpyo/gateway-bridge/fsck/store-fsck.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { openDatabase } from '@hanpyo/platform/sqlite.ts'
import { fromHex } from '@hanpyo/protocol/bytes.ts'
import { checkCosignerStore } from '@hanpyo/verifier/fsck/cosigner-store.ts'
import { FsckFindings } from '@hanpyo/verifier/fsck/findings.ts'
import { fsckLog } from '@hanpyo/verifier/fsck/fsck.ts'
import { locate } from '@hanpyo/verifier/fsck/location.ts'
import { copyReader } from '@hanpyo/verifier/mirror/copy-reader.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cutPower } from './support/power-cuts.ts'

const isFull = process.env.HANPYO_FULL === '1'
const backend = await createNodeBackend()
const random = createSeededRandom(process.env.HANPYO_DRILL_SEED ?? 'power')
const COSIGNER_DAY = fileURLToPath(new URL('../../verifier/src/testing/cosigner-day.ts', import.meta.url))
const LEDGER_DAY = fileURLToPath(new URL('../../gateway-bridge/src/testing/ledger-day.ts', import.meta.url))

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'hanpyo-power-'))
})

afterEach(async () => {
  await rm(dir, { recursive: true, force: true })
})

/** The words after a keyword in what a process said. */
function wordsAfter(said: readonly string[], keyword: string): string[] {
  return said.filter((line) => line.startsWith(`${keyword} `)).map((line) => line.slice(keyword.length + 1))
}

/** The store below a folder, wherever the process made it; undefined when its name was never synced. */
function findFile(folder: string, name: string): string | undefined {
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const path = found.find((entry) => entry.endsWith(`/${name}`) || entry === name)
  return path === undefined ? undefined : join(folder, path)
}

/** In the full run only: setting up four states of an election takes seconds. */
test.runIf(isFull).each(['witness', 'mirror'] as const)(
  'a %s whose power fails at any sync remembers everything it has signed, and its files are whole',
  async (role) => {
    const report = await cutPower({
      dir,
      command: [COSIGNER_DAY, role],
      isVolatile: (path) => path.endsWith('-shm'),
      everyNth: isFull ? 1 : role === 'mirror' ? 60 : 6,
      tornCount: isFull ? 4 : 1,
      random: () => random.next(),
      async check(folder, said, where) {
        const signed = wordsAfter(said, 'signed').map((text) => Buffer.from(text, 'base64').toString())
        const key = findFile(folder, 'cosigner.json')
        expect(key === undefined && signed.length > 0, where).toBe(false)
        if (key === undefined || wordsAfter(said, 'folder').length === 0) return
        const place = await locate(dirname(key), '/', () => expect.unreachable())
        const findings = new FsckFindings()
        const vkey = (JSON.parse(readFileSync(key, 'utf8')) as { vkey: string }).vkey
        const store = join(dirname(key), role === 'mirror' ? 'cosigned.sqlite' : 'witness.sqlite')
        const copy = place.log?.held === undefined ? {} : { copy: copyReader(place.log.held.source.name) }
        const logs = await checkCosignerStore({
          path: store,
          vkey,
          ed25519: backend.ed25519,
          findings,
          ...copy,
        })
        expect(findings.lines(new Set(['memory'])), where).toMatchObject([{ status: 'PASS' }])
        // Nothing it gave its name to is forgotten: it remembers that, or what came after.
        const last = signed.at(-1)?.split('\n')
        const [remembered] = logs.values()
        expect(remembered?.size ?? 0, where).toBeGreaterThanOrEqual(Number(last?.[1] ?? 0))
        if (remembered?.size === Number(last?.[1]))
          expect(remembered.note.split('\n')[2], where).toBe(last?.[2])
        if (place.log?.held === undefined) return
        const { source, held } = place.log
        const report = await fsckLog({ source, held, backend, pin: {} })
        expect(
          report.lines.filter(({ id, status }) => status !== 'PASS' && id !== 'pinned'),
          where,
        ).toEqual([])
      },
    })
    expect(report.syncs).toBeGreaterThan(role === 'mirror' ? 60 : 6)
    console.log(`${role}: ${JSON.stringify(report)}`)
  },
)

test('a bridge whose power fails at any sync has every ballot it acknowledged, and one history', async () => {
  const report = await cutPower({
    dir,
    command: [LEDGER_DAY, isFull ? '24' : '3'],
    isVolatile: (path) => path.endsWith('-shm'),
    everyNth: isFull ? 1 : 5,
    tornCount: isFull ? 6 : 1,
    random: () => random.next(),
    async check(folder, said, where) {
      const acked = wordsAfter(said, 'acked')
      const heads = wordsAfter(said, 'head').map((text) => Buffer.from(text, 'base64').toString())
      const isPromised = wordsAfter(said, 'store').length > 0
      const path = findFile(folder, 'ledger.db')
      expect(path === undefined && isPromised, where).toBe(false)
      if (path === undefined) return
      const database = openDatabase(path, { journal: 'WAL', synchronous: 'FULL' })
      try {
        const { problems, head } = await checkStore({
          database,
          backend,
          publishedNote: heads.at(-1) ?? null,
        })
        // The test election has no key ceremony to hand in.
        const real = problems.filter(({ part }) => part !== 'blobs' && (isPromised || part !== 'head'))
        expect(real, where).toEqual([])
        if (!isPromised) return
        expect(head, where).not.toBeNull()
        const spent = database.prepare('SELECT 1 AS yes FROM spent WHERE id = ?')
        const lost = acked.filter((id) => spent.get(fromHex(id)) === undefined)
        expect(lost, where).toEqual([])
      } finally {
        database.close()
      }
    },
  })
  expect(report.syncs).toBeGreaterThan(isFull ? 60 : 10)
  console.log(`bridge: ${JSON.stringify(report)}`)
})
