import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { ok } from '@hanpyo/protocol/result.ts'
import type { OpenSigner } from '../frame/command.ts'
import { openersOf } from './desk-session.ts'
import { readTechnician } from './technician.ts'

/** The technician of `--technician` (or HANPYO_TECHNICIAN) signs the work log; an expired certificate is refused. */
export const openSigner: OpenSigner = async (session, folder) => {
  const { clock, files } = session.ports
  const technician = await readTechnician(files, folder, {
    ed25519: nobleEd25519,
    openers: openersOf(session, 'HANPYO_TECHNICIAN_PASSPHRASE'),
    now: Math.floor(clock.now() / 1000),
  })
  return technician.ok ? ok({ id: technician.value.id, seed: technician.value.seed }) : technician
}
