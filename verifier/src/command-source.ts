import { setTimeout as sleep } from 'node:timers/promises'
import { type CommandIo, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { printable } from './format.ts'
import { SourceError } from './source/source.ts'
import type { UrlOptions } from './source/url.ts'

/** Runs a command that reads a log; a source that fails ends it with what to do. */
export async function withSource(
  io: CommandIo,
  { timeoutMs }: { readonly timeoutMs: number },
  run: (url: UrlOptions) => Promise<number>,
): Promise<number> {
  try {
    return await run({
      fetch,
      timeoutMs,
      retryDelaysMs: [200, 1000],
      sleep: async (ms) => void (await sleep(ms)),
    })
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    io.stderr(printable(`could not run: ${error.message}`))
    io.stderr(error.advice)
    return EXIT.usage
  }
}

/** The value of `--timeout`, in milliseconds. */
export function readTimeout(value: string | undefined): number {
  const seconds = Number(value ?? 60)
  if (!(seconds > 0 && seconds <= 86_400)) throw new UsageError('--timeout takes seconds')
  return seconds * 1000
}
