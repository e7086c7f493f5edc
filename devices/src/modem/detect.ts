import type { Clock } from '@hanpyo/platform/clock.ts'
import { type Logger, silentLogger } from '@hanpyo/platform/logger.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { Transport } from '../transport.ts'
import { AtChannel } from './at-channel.ts'
import { redactKeys } from './describe-command.ts'
import type { Dialect } from './dialect.ts'
import type { ModemLine } from './modem-line.ts'
import { rui3Dialect } from './rui3.ts'
import { stDialect } from './st.ts'
import { REPLY_TIMEOUT_MS } from './timing.ts'
import { wioE5Dialect } from './wio-e5.ts'

/** `unknown-modem`: somebody answers AT commands, but in no dialect of ours. The detail is what it calls its version. */
export type DetectError = 'no-response' | 'unknown-modem' | 'closed'

/** Whoever used the line before may have left half a command. */
const LINE_END = Uint8Array.of(0x0d, 0x0a)
/**
 * What goes before the question in each round. Bytes of ones wake a sleeping Wio-E5; to the others they make it noise. More
 * than one round, because the first answer may be about what came before.
 */
const ROUNDS = [Uint8Array.of(), Uint8Array.of(0xff, 0xff, 0xff, 0xff), Uint8Array.of()]
/** What a strange modem says about itself is shown to a technician; not more of it than this. */
const LONGEST_DETAIL = 60

type Evidence = Dialect | 'replies' | undefined

/**
 * Finds out what kind of modem is at the other end, by commands that change nothing. Tolerates one in the middle of
 * something: its events and the rest of an earlier reply are passed over. Leaves the transport open.
 */
export async function detectDialect(options: {
  readonly transport: Transport
  readonly clock: Clock
  readonly log?: Logger
}): Promise<Result<Dialect, DetectError>> {
  const { transport, clock, log = silentLogger } = options
  const ignore = () => {}
  const channel = new AtChannel({
    transport,
    clock,
    log,
    parse: (text) => ({ type: 'text', text }),
    onLine: ignore,
    onReboot: ignore,
    onClose: ignore,
  })
  try {
    let stranger: string | undefined
    for (const prefix of ROUNDS) {
      if (channel.isClosed) break
      await channel.write(LINE_END)
      const evidence = await channel.transact('AT', REPLY_TIMEOUT_MS, takeEvidence, prefix)
      if (typeof evidence === 'object') return ok(evidence)
      if (evidence !== 'replies') continue
      const version = await channel.transact('AT+VER=?', REPLY_TIMEOUT_MS, versionTaker())
      if (typeof version === 'object' && 'dialect' in version) return ok(version.dialect)
      if (typeof version === 'object') stranger = version.text
    }
    if (channel.isClosed) return err('closed')
    return stranger === undefined ? err('no-response') : err('unknown-modem', stranger)
  } finally {
    channel.release()
  }
}

/** A Wio-E5 answers `+AT: OK`, or goes on with a report of its own; the others answer `OK`. */
function takeEvidence(line: ModemLine): Evidence {
  const text = line.type === 'text' ? line.text : ''
  if (/^\+(?!EVT:)[A-Z]+: /.test(text)) return wioE5Dialect
  return text === 'OK' ? 'replies' : undefined
}

/** Lines until `OK`; the one that names a dialect counts, and of a stranger the last one before it. */
function versionTaker(): (line: ModemLine) => { dialect: Dialect } | { text: string } | undefined {
  let last = ''
  return (line) => {
    const text = line.type === 'text' ? line.text : ''
    if (/^AT\+VER=(?!\?)/.test(text)) return { dialect: rui3Dialect }
    if (/^APP_VERSION: *V/.test(text)) return { dialect: stDialect }
    if (/^(OK|AT_ERROR|AT_COMMAND_NOT_FOUND|ERROR)$/.test(text)) {
      return text === 'OK' && last === '' ? undefined : { text: last.slice(0, LONGEST_DETAIL) }
    }
    if (!text.startsWith('+EVT:')) last = redactKeys(text)
    return undefined
  }
}
