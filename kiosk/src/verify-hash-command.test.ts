import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toBase64 } from '@hanpyo/protocol/bytes.ts'
import { signRecord } from '@hanpyo/protocol/election/records.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { vkeyOf } from '@hanpyo/protocol/log/note.ts'
import { expect, onTestFinished, test } from 'vitest'
import { attestation } from './core/technician/attestation.ts'
import { verifyHashCommand } from './verify-hash-command.ts'

const HASH = '12'.repeat(32)
const NAME = 'vote.example.kr/2026/kiosk/3'
const seed = new Uint8Array(32).fill(9)
const note = signRecord({
  ed25519: nobleEd25519,
  keyName: NAME,
  seed,
  value: attestation({
    hash: HASH,
    version: '0.1.0',
    kiosk: 3,
    election: 'vote.example.kr/2026',
    manifest: toBase64(new Uint8Array(32)),
  }),
})
const key = toBase64(nobleEd25519.publicKey(seed))

async function verify(text: string, args: string[]) {
  const cwd = mkdtempSync(join(tmpdir(), 'hanpyo-attest-'))
  onTestFinished(() => rmSync(cwd, { recursive: true, force: true }))
  writeFileSync(join(cwd, 'text'), text)
  writeFileSync(join(cwd, 'request.json'), JSON.stringify({ ed25519: key }))
  const [out, error]: [string[], string[]] = [[], []]
  const io = {
    stdout: (line: string) => void out.push(line),
    stderr: (line: string) => void error.push(line),
    env: {},
    cwd,
  }
  return { code: await verifyHashCommand.run(['--text', 'text', ...args], io), out, error: error.join() }
}

test('a code that this kiosk signed holds, by vkey, by bare key and by request, and with the line ends of any editor', async () => {
  for (const args of [
    ['--key', vkeyOf(nobleEd25519, NAME, seed)],
    ['--key', key],
    ['--request', 'request.json', '--expect', HASH.toUpperCase()],
  ]) {
    const { code, out } = await verify(note.trimEnd().replaceAll('\n', '\r\n'), args)
    expect(code).toBe(0)
    expect(JSON.parse(out[0] as string)).toMatchObject({ hash: HASH, kiosk: 3 })
  }
})

test('another hash than published, another kiosk’s key and a made-up code are told apart', async () => {
  const other = await verify(note, ['--key', key, '--expect', '34'.repeat(32)])
  expect([other.code, other.error]).toEqual([1, expect.stringContaining('hash-differs')])
  const forged = await verify(note.replace(HASH, '34'.repeat(32)), ['--key', key])
  expect([forged.code, forged.error]).toEqual([1, expect.stringContaining('attestation-signature')])
  const strange = toBase64(nobleEd25519.publicKey(new Uint8Array(32).fill(1)))
  expect((await verify(note, ['--key', strange])).error).toContain('attestation-signature')
  expect((await verify('HP1NOTACODE', ['--key', key])).error).toContain('attestation-malformed')
})
