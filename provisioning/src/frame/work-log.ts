import { concatBytes, decodeUtf8, fromBase64, tag, toBase64, toHex, utf8 } from '@hanpyo/protocol/bytes.ts'
import { base64Bytes, hexBytes, unixSeconds } from '@hanpyo/protocol/election/fields.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { canonicalJson } from '@hanpyo/protocol/json.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import type { DeviceFolder } from './device-folder.ts'
import { parseJsonWith } from './parse-json.ts'
import type { FilePort } from './ports.ts'

/** Who works: signs the lines of the work log. Without a key the lines are chained all the same, but anybody could have made them. */
export interface LogSigner {
  /** Id in the technician's certificate. */
  readonly id: string
  readonly seed: Uint8Array
}

const bodySchema = z.strictObject({
  at: unixSeconds,
  /** `what` of each change; never a value, let alone a secret. */
  changes: z.array(z.string()),
  command: z.string(),
  error: z.string().nullable(),
  line: z.int().min(0),
  /** SHA-256 of the line before, hex; zeros first. */
  prev: hexBytes(32),
  /** `finished-earlier`: the step was cut off and found complete. */
  result: z.enum(['done', 'finished-earlier', 'failed']),
  step: z.string(),
  technician: z.string().nullable(),
})
const lineSchema = z.strictObject({ body: bodySchema, signature: base64Bytes(64).nullable() })

export type WorkLogBody = z.infer<typeof bodySchema>
export type WorkLogEntry = Pick<WorkLogBody, 'at' | 'changes' | 'command' | 'error' | 'result' | 'step'>

const SIGNATURE_TAG = 'hanpyo/work-log/v1'
const FIRST_PREV = '0'.repeat(64)

/**
 * What was done to one device, by whom: canonical JSON lines, each naming the SHA-256 of the one before and signed by the
 * technician (Ed25519 over tag ‖ canonical JSON of the body). A line is on disk when `append` resolves, and the file is replaced
 * as a whole, so that no torn line is ever there.
 */
export interface WorkLog {
  readonly lines: readonly WorkLogBody[]
  append(entry: WorkLogEntry): Promise<void>
}

/** Opens a device's work log and checks its chain; signatures are checked by `verifyWorkLog`. */
export async function openWorkLog(options: {
  readonly files: FilePort
  readonly folder: DeviceFolder
  readonly ed25519: Ed25519
  readonly signer?: LogSigner
}): Promise<Result<WorkLog, 'work-log-broken'>> {
  const { files, folder, ed25519, signer } = options
  const texts = splitLines(await files.read(folder.workLog))
  const parsed = readChain(texts)
  if (!parsed.ok) return parsed
  const lines = parsed.value.map(({ body }) => body)
  return ok({
    lines,
    async append(entry) {
      const prev = texts.length === 0 ? FIRST_PREV : toHex(sha256(utf8(texts.at(-1)!)))
      const body = { ...entry, line: texts.length, prev, technician: signer?.id ?? null }
      const signature = signer === undefined ? null : toBase64(ed25519.sign(signer.seed, signedPart(body)))
      const text = canonicalJson({ body, signature })
      await files.write(folder.workLog, `${[...texts, text].join('\n')}\n`)
      texts.push(text)
      lines.push(body)
    },
  })
}

/** Checks chain and signatures. `keyOf` gives a technician's public key if the certificate was valid at that time. */
export function verifyWorkLog(
  bytes: Uint8Array,
  ed25519: Ed25519,
  keyOf: (technician: string, at: number) => Uint8Array | undefined,
): Result<{ readonly lines: number; readonly unsigned: number }, 'work-log-broken'> {
  const chain = readChain(splitLines(bytes))
  if (!chain.ok) return chain
  let unsigned = 0
  for (const { body, signature } of chain.value) {
    if (body.technician === null && signature === null) {
      unsigned++
      continue
    }
    const key = body.technician === null ? undefined : keyOf(body.technician, body.at)
    if (key === undefined) return err('work-log-broken', `line ${body.line}: no valid certificate`)
    if (signature === null || !ed25519.verify(key, signedPart(body), fromBase64(signature))) {
      return err('work-log-broken', `line ${body.line}: signature`)
    }
  }
  return ok({ lines: chain.value.length, unsigned })
}

function readChain(texts: readonly string[]): Result<z.infer<typeof lineSchema>[], 'work-log-broken'> {
  let prev = FIRST_PREV
  const lines: z.infer<typeof lineSchema>[] = []
  for (const [number, text] of texts.entries()) {
    const line = parseJsonWith(lineSchema, utf8(text))
    if (!line.ok) return err('work-log-broken', `line ${number}: ${line.detail}`)
    const { body } = line.value
    if (body.line !== number || body.prev !== prev || canonicalJson(line.value) !== text) {
      return err('work-log-broken', `line ${number}: chain`)
    }
    lines.push(line.value)
    prev = toHex(sha256(utf8(text)))
  }
  return ok(lines)
}

function splitLines(bytes: Uint8Array | null): string[] {
  return bytes === null ? [] : decodeUtf8(bytes).split('\n').slice(0, -1)
}

function signedPart(body: WorkLogBody): Uint8Array {
  return concatBytes(tag(SIGNATURE_TAG), utf8(canonicalJson(body)))
}
