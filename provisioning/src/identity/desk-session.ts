import { resolve } from 'node:path'
import { UsageError } from '@hanpyo/platform/command.ts'
import { createNodeEd25519 } from '@hanpyo/platform/crypto/node-backend.ts'
import type { Openers } from '@hanpyo/platform/sealed-file.ts'
import { openTpm } from '@hanpyo/platform/tpm/tpm.ts'
import type { Session } from '../frame/command.ts'
import { askSecret } from '../frame/prompts.ts'
import { type Desk, openDesk } from './desk.ts'

/** Flags of every command that works at the device authority's desk. */
export const DESK_OPTIONS = {
  desk: { type: 'string' },
  election: { type: 'string' },
  'passphrase-file': { type: 'string' },
  bridge: { type: 'string' },
  at: { type: 'string' },
} as const

export const DESK_USAGE = [
  "  --desk DIR        the device authority's folder, or an election folder (default: the current folder); also --election",
  '  --passphrase-file FILE   opens a sealed key (or HANPYO_DESK_PASSPHRASE_FILE; asked for on a terminal)',
  '  --bridge URL      post the record to this bridge now',
  '  --at TIME         time in the record, ISO 8601 with offset (default: now)',
].join('\n')

/** The desk that `--desk` (or `--election`) names. */
export async function deskOf(session: Session): Promise<Desk> {
  const { io } = session
  const root = session.path('desk') ?? session.path('election') ?? resolve(io.cwd, '.')
  return session.must(await openDesk(root, createNodeEd25519()))
}

/** What opens sealed keys here: the TPM, or a passphrase that is asked for once. */
export function openersOf(session: Session, variable = 'HANPYO_DESK_PASSPHRASE'): Openers {
  let asked: Promise<string | undefined> | undefined
  const passphrase = async () => {
    const question = {
      flag: 'passphrase',
      variable,
      text: { ko: '열쇠 파일 암호', en: 'Passphrase of the key file' },
      file: session.flag('passphrase-file'),
      optional: session.terminal === undefined,
    }
    return session.must(await askSecret(session, question))
  }
  return {
    passphrase: () => (asked ??= passphrase()),
    tpm: () => openTpm(session.ports.run),
  }
}

/** Unix seconds of `--at`, or now. */
export function timeOf(session: Session): number {
  const given = session.flag('at')
  if (given === undefined) return Math.floor(session.ports.clock.now() / 1000)
  const ms = /(?:Z|[+-]\d\d:\d\d)$/.test(given) ? Date.parse(given) : Number.NaN
  if (Number.isNaN(ms)) throw new UsageError(`--at is not a time with an offset: ${given}`)
  return Math.floor(ms / 1000)
}

/** The kiosk id of a flag. */
export function kioskOf(session: Session, name = 'kiosk'): number {
  const given = session.flag(name)
  if (given === undefined) throw new UsageError(`--${name} is missing`)
  if (!/^\d{1,5}$/.test(given) || Number(given) > 0xffff) throw new UsageError(`--${name} is not a kiosk id`)
  return Number(given)
}
