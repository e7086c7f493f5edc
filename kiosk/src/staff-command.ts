import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Command, type CommandIo, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { writeDurable } from '@hanpyo/platform/durable-file.ts'
import { qrSvg } from '@hanpyo/platform/qr.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import type { StaffRole } from './core/staff/staff-lock.ts'
import { type AddSecretError, addStaffSecret, MOST_SECRETS, newCardText } from './staff-secrets.ts'

const SAYS: Readonly<Record<AddSecretError, string>> = {
  'pin-unfit': 'A PIN is 6 to 12 digits, not one digit over and over and not a run like 123456.',
  'pin-taken':
    'This PIN or card already belongs to the other role. Staff and technicians need different ones.',
  'too-many-secrets': `A kiosk takes at most ${MOST_SECRETS} PINs and cards. Take a name that exists to replace it.`,
  'staff-file-malformed': 'The file is there but is not a staff file. Move it away and start again.',
}

/** Makes the staff PINs and cards of a kiosk. */
export const staffCommand: Command = secretCommand({
  name: 'kiosk staff',
  role: 'staff',
  summary: "Add a staff PIN or card to a kiosk's staff file; only a salted hash is kept.",
  example: '"desk" or "card 2"',
})

/** Makes the technicians' PINs and cards: they open the technician's screen, and nothing of the polls. */
export const technicianPinCommand: Command = secretCommand({
  name: 'kiosk technician-pin',
  role: 'technician',
  summary: "Add a technician's PIN or card to a kiosk's staff file; only a salted hash is kept.",
  example: '"technician Kim"',
})

function secretCommand(kind: {
  readonly name: string
  readonly role: StaffRole
  readonly summary: string
  readonly example: string
}): Command {
  return {
    name: kind.name,
    summary: kind.summary,
    usage: `hanpyo ${kind.name} --file staff.json --name NAME (--pin-file FILE | --card OUT.svg)

Names the file in kiosk.toml as keys.staff, the same for staff and technicians; restart the core afterwards. The same name
again replaces its PIN or card. A PIN or card belongs to one role only.

  --file FILE      staff file (made when missing, mode 0600)
  --name NAME      who or what it is for, for instance ${kind.example}
  --pin-file FILE  the PIN, 6 to 12 digits, from a file; "-" reads standard input
  --card OUT.svg   makes a new card and writes its QR code; print it, then delete the file

Exit codes: 0 done, 1 refused (the reason is on standard error), 2 wrong arguments.`,
    run: (args, io) => addSecret(kind.role, args, io),
  }
}

async function addSecret(role: StaffRole, args: string[], io: CommandIo): Promise<number> {
  const string = { type: 'string' } as const
  const options = { file: string, name: string, 'pin-file': string, card: string }
  const { values } = parseArgs({ args, options })
  const { file, name, card } = values
  const pinFile = values['pin-file']
  if (file === undefined) throw new UsageError('--file is missing')
  if (name === undefined || !/^\S(.{0,38}\S)?$/.test(name))
    throw new UsageError('--name is not 1 to 40 characters')
  if ((pinFile === undefined) === (card === undefined))
    throw new UsageError('either --pin-file or --card is needed')
  const text =
    pinFile === undefined
      ? newCardText(nodeRandom)
      : readFileSync(pinFile === '-' ? 0 : resolve(io.cwd, pinFile), 'utf8').trim()
  const added = await addStaffSecret(resolve(io.cwd, file), { name, text, role }, nodeRandom)
  if (!added.ok) {
    io.stderr(`${added.error}: ${SAYS[added.error]}`)
    return EXIT.failed
  }
  if (card !== undefined) await writeDurable(resolve(io.cwd, card), qrSvg(text), { mode: 0o600 })
  io.stdout(resolve(io.cwd, file))
  return EXIT.ok
}
