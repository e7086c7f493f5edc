import { concatBytes } from '@hanpyo/protocol/bytes.ts'

/** The whole body of a request or an answer, or `undefined` as soon as it is longer than `maxBytes`; the rest is not read. */
export async function readAtMost(
  { body }: Pick<Response, 'body'>,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of body ?? []) {
    length += part.length
    // Leaving the loop cancels the body.
    if (length > maxBytes) return undefined
    parts.push(part)
  }
  return concatBytes(...parts)
}
