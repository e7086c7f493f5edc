import { concatBytes } from '@hanpyo/protocol/bytes.ts'
import { fileLog, type ReadPath } from './file-log.ts'
import { OversizeError, type Source, SourceError } from './source.ts'

export interface UrlOptions {
  readonly fetch: typeof fetch
  /** Real milliseconds for one whole request, body included. */
  readonly timeoutMs: number
  /** Waits before each further attempt after a failure of the network or a 5xx answer. */
  readonly retryDelaysMs: readonly number[]
  readonly sleep: (ms: number) => Promise<void>
}

/** A log behind an HTTP(S) prefix. Answers are bounded in size and time; nothing in them is trusted. */
export function openUrl(url: string, options: UrlOptions): Source {
  const base = url.replace(/\/+$/, '')
  return fileLog(base, readFromUrl(base, options))
}

/** Files below an HTTP(S) prefix by their paths. */
export function readFromUrl(prefix: string, options: UrlOptions): ReadPath {
  const base = prefix.replace(/\/+$/, '')
  return async (path, maxBytes) => {
    const address = `${base}/${path}`
    for (const delayMs of options.retryDelaysMs) {
      try {
        return await request(address, path, maxBytes, options)
      } catch (error) {
        if (!(error instanceof SourceError) || error.code === 'timeout') throw error
        await options.sleep(delayMs)
      }
    }
    return await request(address, path, maxBytes, options)
  }
}

async function request(
  address: string,
  path: string,
  maxBytes: number,
  options: UrlOptions,
): Promise<Uint8Array | null> {
  const signal = AbortSignal.timeout(options.timeoutMs)
  try {
    const response = await options.fetch(address, { signal })
    if (response.status === 404 || response.status === 410) {
      await response.body?.cancel()
      return null
    }
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new SourceError(
        'bad-status',
        `${address} answered ${response.status}`,
        'Check the address; if it is right, try again later or use a mirror.',
      )
    }
    return await readBounded(response, path, maxBytes)
  } catch (error) {
    if (error instanceof SourceError || error instanceof OversizeError) throw error
    if (signal.aborted) {
      throw new SourceError(
        'timeout',
        `${address} did not answer within ${options.timeoutMs / 1000} s`,
        'Try again, give a longer --timeout, or use a mirror.',
        error,
      )
    }
    throw new SourceError(
      'unreachable',
      `${address} cannot be reached: ${reasonOf(error)}`,
      'Check the address and your connection, or use a mirror or a copied folder.',
      error,
    )
  }
}

async function readBounded(response: Response, path: string, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  if (response.body === null) return new Uint8Array(0)
  for await (const part of response.body) {
    length += part.length
    // Leaving the loop cancels the body.
    if (length > maxBytes) throw new OversizeError(path, maxBytes)
    parts.push(part)
  }
  return concatBytes(...parts)
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause as NodeJS.ErrnoException | undefined
  return cause?.code ?? cause?.message ?? error.message
}
