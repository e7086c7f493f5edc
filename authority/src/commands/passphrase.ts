import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import type { CommandIo } from '@hanpyo/platform/command.ts'
import type { Arguments } from './run.ts'
import { must } from './run.ts'

export const PASSPHRASE_OPTIONS = { 'passphrase-file': { type: 'string' } } as const

export const PASSPHRASE_USAGE =
  '  --passphrase-file FILE   first line is the passphrase (default: HANPYO_PASSPHRASE, or ask at the terminal)'

/** The passphrase of a key file: from a file, from the environment, or typed unseen at a terminal. */
export async function passphraseOf(args: Arguments, io: CommandIo): Promise<string> {
  const file = args.text('passphrase-file')
  if (file !== undefined) return (await readFile(resolve(io.cwd, file), 'utf8')).split('\n')[0] ?? ''
  if (io.env.HANPYO_PASSPHRASE !== undefined) return io.env.HANPYO_PASSPHRASE
  if (!process.stdin.isTTY) return must<string>({ ok: false, error: 'passphrase-missing' })
  io.stderr('passphrase:')
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: unseen, terminal: true })
  try {
    return await terminal.question('')
  } finally {
    terminal.close()
  }
}
