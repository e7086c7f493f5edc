import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Command, type CommandIo, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { fromBase64, parseBase64 } from '@hanpyo/protocol/bytes.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { encodeVkey, noteVerifier, parseNote, SIGNATURE_TYPE } from '@hanpyo/protocol/log/note.ts'
import { type AttestationError, verifyAttestation } from './core/technician/attestation.ts'
import { KIOSK_ROOT } from './open-technician.ts'
import { hashOfSoftware } from './technician-files.ts'

const SAYS: Readonly<Record<AttestationError, string>> = {
  'attestation-malformed': 'This is not the text of a software code. Scan the whole QR code again.',
  'attestation-signature':
    'This kiosk’s key did not sign it. Either the key is another kiosk’s, or somebody made the code up.',
}

/** Prints the software hash of this copy, to compare with a kiosk's or a published one. */
export const softwareHashCommand: Command = {
  name: 'kiosk software-hash',
  summary: 'Print the hash of the software in this folder, as a kiosk shows it.',
  usage: `hanpyo kiosk software-hash

Prints 64 hex digits: SHA-256 over the sorted list of the files' hashes, in the form of sha256sum. Tests are left out; the
lock file stands for the libraries.`,
  async run(args, io) {
    parseArgs({ args, options: {} })
    io.stdout(await hashOfSoftware(KIOSK_ROOT))
    return EXIT.ok
  },
}

/** Checks the text of the QR code on a kiosk's technician screen. */
export const verifyHashCommand: Command = {
  name: 'kiosk verify-hash',
  summary: 'Check the QR code by which a kiosk says which software it runs.',
  usage: `hanpyo kiosk verify-hash --text FILE (--key KEY | --request request.json) [--expect HASH]

  --text FILE      the scanned text; "-" reads standard input
  --key KEY        the kiosk's Ed25519 key: a vkey, or 32 bytes in base64 as the ledger's device record has it
  --request FILE   the enrolment request that holds the key instead
  --expect HASH    the hash that was published; without it only the signature is checked

Prints one JSON object: what the kiosk said. The signature proves which key signed; a machine that runs other software and still
holds the key could say anything, so look at the machine's seals too.

Exit codes: 0 it holds, 1 it does not (the reason is on standard error), 2 wrong arguments.`,
  async run(args, io) {
    const string = { type: 'string' } as const
    const { values } = parseArgs({
      args,
      options: { text: string, key: string, request: string, expect: string },
    })
    if (values.text === undefined) throw new UsageError('--text is missing')
    if ((values.key === undefined) === (values.request === undefined))
      throw new UsageError('either --key or --request is needed')
    if (values.expect !== undefined && !/^[0-9a-f]{64}$/i.test(values.expect))
      throw new UsageError('--expect is not 64 hex digits')
    const file = values.text === '-' ? 0 : resolve(io.cwd, values.text)
    const note = normal(readFileSync(file, 'utf8'))
    const verifier = noteVerifier(
      nobleEd25519,
      vkeyFor(values.key ?? keyIn(values.request as string, io), note),
    )
    if (!verifier.ok) throw new UsageError(`the key cannot be used: ${verifier.error}`)
    const read = verifyAttestation(note, verifier.value)
    if (!read.ok) {
      io.stderr(`${read.error}: ${SAYS[read.error]}`)
      return EXIT.failed
    }
    io.stdout(JSON.stringify(read.value))
    if (values.expect === undefined || values.expect.toLowerCase() === read.value.hash) return EXIT.ok
    io.stderr('hash-differs: The kiosk runs other software than expected. Do not open it; tell the operator.')
    return EXIT.failed
  },
}

/** Scanners and editors change line ends; the note itself ends with one line feed. */
function normal(text: string): string {
  return `${text.replace(/\r\n?/g, '\n').replace(/\n+$/, '')}\n`
}

function keyIn(path: string, io: CommandIo): string {
  const request = JSON.parse(readFileSync(resolve(io.cwd, path), 'utf8')) as { ed25519?: unknown }
  if (typeof request.ed25519 !== 'string') throw new UsageError(`${path} is not an enrolment request`)
  return request.ed25519
}

/** A bare key takes the name in the note; that name says which election and kiosk, and is told to the reader. */
function vkeyFor(key: string, note: string): string {
  if (parseBase64(key)?.length !== 32) return key
  const parsed = parseNote(note)
  const name = parsed.ok ? (parsed.value.signatures[0]?.name ?? '') : ''
  return encodeVkey(name === '' ? keyName.kiosk('unknown', 0) : name, SIGNATURE_TYPE.ed25519, fromBase64(key))
}
