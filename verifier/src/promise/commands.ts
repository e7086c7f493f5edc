import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Command, type CommandIo, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { writeDurable } from '@hanpyo/platform/durable-file.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { type FraudProofError, formatFraudProof, judgeFraudProof } from '@hanpyo/protocol/link/fraud-proof.ts'
import { judgePromise } from '@hanpyo/protocol/link/promise-judgement.ts'
import { readTimeout, withSource } from '../command-source.ts'
import { openLog } from '../open-log.ts'
import { openSource } from '../source/open.ts'
import { SourceError } from '../source/source.ts'
import { type CollectError, collectEvidence } from './collect.ts'

type Answer = 'kept' | 'broken' | FraudProofError | CollectError

/** What to tell people; a promise that cannot be judged is neither kept nor broken. */
const SENTENCES: Readonly<Record<Answer, { readonly ko: string; readonly en: string }>> = {
  kept: {
    ko: '약속이 지켜졌습니다. 기록이 장부에 있습니다.',
    en: 'The promise was kept: the record is in the ledger.',
  },
  broken: {
    ko: '약속이 깨졌습니다. 기한이 지난 뒤 증인들이 서명한 장부에 그 기록이 없습니다.',
    en: 'The promise was BROKEN: the ledger that the witnesses signed after the deadline does not hold the record.',
  },
  'not-yet-due': {
    ko: '아직 판단할 수 없습니다. 기한 뒤에 증인들이 서명한 체크포인트가 필요합니다. 나중에 다시 확인하세요.',
    en: 'It cannot be said yet: a checkpoint that the witnesses signed after the deadline is needed. Try again later.',
  },
  'no-witnesses': {
    ko: '이 선거의 정책은 증인을 요구하지 않아, 시간이 지났음을 증명할 수 없습니다.',
    en: 'The policy of this election asks for no witness, so that nothing proves when the ledger was shown.',
  },
  'promise-not-of-this-election': {
    ko: '이 선거의 브리지가 서명한 약속이 아닙니다.',
    en: 'This is no promise that a bridge of this election has signed.',
  },
  'checkpoint-invalid': {
    ko: '체크포인트의 서명이 올바르지 않습니다.',
    en: 'The checkpoint is not signed as the manifest says.',
  },
  'evidence-mismatch': {
    ko: '증거의 해시가 서명된 뿌리로 이어지지 않습니다. 증거로 쓸 수 없습니다.',
    en: 'The hashes of the evidence do not lead to the signed root. It proves nothing.',
  },
  'tiles-missing': {
    ko: '장부의 타일을 읽을 수 없습니다. 거울에서 다시 해 보세요.',
    en: 'Tiles of the ledger cannot be read. Try a mirror.',
  },
  'proof-malformed': { ko: '증거 파일이 아닙니다.', en: 'This is no fraud proof file.' },
  'proof-of-another-election': {
    ko: '다른 선거의 증거 파일입니다.',
    en: 'This proof file is of another election.',
  },
}

const promise: Command = {
  name: 'verify promise',
  summary: 'Say whether a bridge kept its promise to publish a ballot',
  usage: `hanpyo verify promise <url|folder> --promise FILE --manifest-hash HEX [--proof FILE] [--json]

FILE is the signed note that the bridge gave to the kiosk (one of the "promises" of "hanpyo kiosk box"). With --proof the evidence is written to
a file that anybody checks with "hanpyo verify proof", without this ledger.

Exit code 0: kept. 1: broken, or it cannot be said. 2: the ledger could not be read.`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        promise: { type: 'string' },
        'manifest-hash': { type: 'string' },
        proof: { type: 'string' },
        json: { type: 'boolean' },
        timeout: { type: 'string' },
      },
    })
    const [location] = positionals
    if (location === undefined || positionals.length > 1)
      throw new UsageError('give the ledger: a URL or a folder')
    if (values.promise === undefined) throw new UsageError('--promise is missing')
    const pin = pinOf(values['manifest-hash'])
    const note = await readFile(resolve(io.cwd, values.promise), 'utf8')
    return withSource(io, { timeoutMs: readTimeout(values.timeout) }, async (url) => {
      const { ed25519 } = await createNodeBackend()
      const log = await openLog(await openSource(location, io.cwd, url), ed25519)
      if (!log.ok) throw new SourceError('not-a-log', log.detail ?? log.error, 'Check the address.')
      if (toHex(log.value.manifestHash) !== pin) {
        const found = toHex(log.value.manifestHash)
        throw new SourceError(
          'not-a-log',
          `it is another election: manifest ${found}`,
          'Check the announcement.',
        )
      }
      const evidence = await collectEvidence(ed25519, log.value, note)
      if (!evidence.ok) return say(io, evidence.error, values.json)
      if (values.proof !== undefined) {
        await writeDurable(
          resolve(io.cwd, values.proof),
          formatFraudProof(log.value.manifestNote, evidence.value),
        )
      }
      const judged = judgePromise(ed25519, log.value.manifest, evidence.value)
      return say(io, judged.ok ? judged.value : judged.error, values.json)
    })
  },
}

const proof: Command = {
  name: 'verify proof',
  summary: 'Check a fraud proof file without asking anybody',
  usage: `hanpyo verify proof FILE --manifest-hash HEX [--json]

Exit code 0: the promise was kept. 1: broken, or the file proves nothing.`,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { 'manifest-hash': { type: 'string' }, json: { type: 'boolean' } },
    })
    const [file] = positionals
    if (file === undefined || positionals.length > 1) throw new UsageError('give one proof file')
    const pin = pinOf(values['manifest-hash'])
    const { ed25519 } = await createNodeBackend()
    const judged = judgeFraudProof(ed25519, await readFile(resolve(io.cwd, file), 'utf8'), pin)
    return say(io, judged.ok ? judged.value : judged.error, values.json)
  },
}

export const promiseCommands: readonly Command[] = [promise, proof]

function pinOf(hash: string | undefined): string {
  if (hash === undefined || !/^[0-9a-f]{64}$/.test(hash)) {
    throw new UsageError('--manifest-hash takes the 64 lower-case hex digits of the announcement')
  }
  return hash
}

function say(io: CommandIo, answer: Answer, asJson = false): number {
  const { ko, en } = SENTENCES[answer]
  if (asJson) io.stdout(JSON.stringify({ answer }))
  else for (const line of [ko, en]) io.stdout(line)
  return answer === 'kept' ? EXIT.ok : EXIT.failed
}
