import { join } from 'node:path'
import type { Command } from '@hanpyo/platform/command.ts'
import { UsageError } from '@hanpyo/platform/command.ts'
import { parseEnrolmentRequest } from '@hanpyo/protocol/election/enrolment.ts'
import { err } from '@hanpyo/protocol/result.ts'
import { provisionCommand } from '../frame/command.ts'
import type { Ports } from '../frame/ports.ts'
import { DESK_USAGE } from './desk-session.ts'
import { signRequest } from './device-commands.ts'
import { readDeviceNote } from './enrol-at-desk.ts'
import { readText } from './keygen-steps.ts'
import {
  brokerSteps,
  deskContext,
  kiosksOf,
  REVOKE_OPTIONS,
  type RevocationSteps,
  revocationSteps,
} from './revoke-commands.ts'
import { openSigner } from './signer.ts'

/** `provision replace`: the old device of a slot is revoked, then the new one enrolled. Run again after a break, it goes on. */
export function replaceCommand(ports: () => Ports, more: RevocationSteps = () => []): Command {
  return provisionCommand({
    name: 'provision replace',
    summary: 'Put a new device into a slot: revoke the old one, enrol the new one',
    usage: [
      'hanpyo provision replace --kiosk ID --request FILE.json --out DIR [--desk DIR] [--bridge URL] [--broker-dir DIR]',
      '',
      '  --request FILE    of the new device',
      '  --out DIR         where to put what goes to the new device, and the signed revocation of the old one',
      DESK_USAGE,
    ].join('\n'),
    options: { ...REVOKE_OPTIONS, request: { type: 'string' } },
    ports,
    openSigner,
    async body(session) {
      const kiosks = kiosksOf(session)
      const [kiosk] = kiosks
      const path = session.path('request')
      if (kiosks.length !== 1 || kiosk === undefined || path === undefined) {
        throw new UsageError('one --kiosk and one --request are needed')
      }
      const { files } = session.ports
      const text = (await readText(files, path)) ?? ''
      const request = session.must(parseEnrolmentRequest(text))
      if (request.kiosk !== kiosk)
        session.must(err('request-kiosk', `the request says kiosk ${request.kiosk}`))
      const ctx = await deskContext(session)
      const holder = await readDeviceNote(files, ctx.desk.folder.enrolment(kiosk))
      if (holder?.body.ed25519 !== request.ed25519) {
        const code = await session.run([...revocationSteps(session, kiosks), ...more(session, kiosks)], ctx)
        if (code !== 0 || session.dryRun) return code
        // The desk forgets it with the new enrolment; a desk without a network has to carry both to the ledger.
        const [out, note] = [session.path('out'), await files.read(ctx.desk.folder.revocation(kiosk))]
        if (out !== undefined && note !== null) {
          await files.makeFolder(out)
          await files.write(join(out, `kiosk-${kiosk}.revoke.note`), note)
        }
      }
      const code = await signRequest(session, kiosk)
      const broker = brokerSteps(session)
      // The slot is held again, so that its topics open again.
      return code !== 0 || broker.length === 0 || session.dryRun ? code : session.run(broker, ctx)
    },
  })
}
