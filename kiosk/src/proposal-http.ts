/** Reads the texts of proposals from the server of the ledger, with limits: it is not trusted. */
import { parseBase64 } from '@hanpyo/protocol/bytes.ts'
import { SALT_BYTES } from '@hanpyo/protocol/proposal/layout.ts'
import { z } from 'zod'
import type { TextAnswer } from './core/proposals/published.ts'

const TIMEOUT_MS = 10_000
/** A text of 1000 code points as JSON, escaped in the longest way. */
const MAX_ANSWER_BYTES = 32 * 1024

const answerSchema = z.object({ salt: z.string(), text: z.string() })

/** `GET <url>/proposal/<id>`: salt and text, 410 erased, 404 unknown. Rejects for anything else. */
export function httpTextReader(options: {
  readonly url: string
  readonly fetch: typeof fetch
}): (id: string) => Promise<TextAnswer> {
  const base = options.url.endsWith('/') ? options.url : `${options.url}/`
  return async (id) => {
    const response = await options.fetch(new URL(`proposal/${id}`, base), {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    if (!response.ok) await response.body?.cancel()
    if (response.status === 410) return 'gone'
    if (response.status === 404) return 'unknown'
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    const answer = answerSchema.safeParse(parseJson(await readLimited(response)))
    const salt = answer.success ? parseBase64(answer.data.salt) : null
    return answer.success && salt?.length === SALT_BYTES ? { salt, text: answer.data.text } : 'unknown'
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function readLimited(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > MAX_ANSWER_BYTES) throw new Error('longer than any proposal')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
