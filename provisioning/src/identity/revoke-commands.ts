import { resolve } from 'node:path'
import { type Command, UsageError } from '@hanpyo/platform/command.ts'
import { provisionCommand, type Session } from '../frame/command.ts'
import { deviceFolder } from '../frame/device-folder.ts'
import { openJournal } from '../frame/journal.ts'
import type { Ports } from '../frame/ports.ts'
import type { Step } from '../frame/step.ts'
import { brokerListsStep } from './broker-lists.ts'
import { readDeskKey, readDeviceCa } from './desk.ts'
import { DESK_OPTIONS, DESK_USAGE, deskOf, openersOf, timeOf } from './desk-session.ts'
import {
  type DeskContext,
  markDeviceStep,
  postRevocationStep,
  revocationListStep,
  revokeStep,
} from './revoke-at-desk.ts'
import { openSigner } from './signer.ts'
import { checkApprovals } from './technician.ts'

/** Steps other rooms' parts add to a revocation, for example disabling the device at ChirpStack. */
export type RevocationSteps = (session: Session, kiosks: readonly number[]) => readonly Step<DeskContext>[]

const LATELY_SECONDS = 3600

export const REVOKE_OPTIONS = {
  ...DESK_OPTIONS,
  kiosk: { type: 'string', multiple: true },
  kiosks: { type: 'string' },
  approval: { type: 'string', multiple: true },
  'broker-dir': { type: 'string' },
  'broker-reload': { type: 'string' },
  out: { type: 'string' },
} as const

const usage = (name: string) =>
  [
    `hanpyo ${name} --kiosk ID [--kiosk ID …] [--desk DIR] [--bridge URL] [--broker-dir DIR]`,
    '',
    'Signs the record that ends the enrolment, revokes the certificates, posts the record and shuts the kiosk out at the broker.',
    'More than 5 devices at once, or within an hour, need the approval of two people (hanpyo provision approve).',
    '',
    '  --kiosk ID        the slot, more than once for several; or --kiosks 3,4,7',
    '  --approval FILE   an approval, one for each person',
    '  --broker-dir DIR  where the broker reads crl.pem and acl',
    '  --broker-reload COMMAND  makes it read them again (default: systemctl reload mosquitto)',
    '  --dir DIR         the folder of the device, when it is at hand: it is marked as revoked',
    '  --out FILE        also write the signed record there (one kiosk)',
    DESK_USAGE,
  ].join('\n')

/** `device revoke` and `provision revoke` are the same command. */
export function revokeCommands(ports: () => Ports, more: RevocationSteps = () => []): readonly Command[] {
  return ['device revoke', 'provision revoke'].map((name) =>
    provisionCommand({
      name,
      summary: "End a kiosk's enrolment, for a replacement or after a loss",
      usage: usage(name),
      options: REVOKE_OPTIONS,
      ports,
      openSigner,
      body: (session) => revoke(session, more),
    }),
  )
}

async function revoke(session: Session, more: RevocationSteps): Promise<number> {
  const kiosks = kiosksOf(session)
  const ctx = await deskContext(session)
  const { files } = session.ports
  const approvals = await Promise.all(
    session.flags('approval').map((path) => files.read(resolve(session.io.cwd, path))),
  )
  const given = approvals.map((bytes) => bytes ?? new Uint8Array())
  // By the clock, and never by --at: an approval or a certificate that is over stays over.
  const now = Math.floor(session.ports.clock.now() / 1000)
  const together = new Set([...kiosks, ...(await revokedLately(session, ctx, now))]).size
  session.must(checkApprovals(ctx.desk.election, kiosks, given, now, together))
  const mark =
    session.flag('dir') === undefined ? [] : kiosks.map((kiosk) => markDeviceStep(kiosk, session.ctx.folder))
  const code = await session.run(
    [...revocationSteps(session, kiosks), ...more(session, kiosks), ...mark],
    ctx,
  )
  const out = session.path('out')
  if (code === 0 && out !== undefined && kiosks.length === 1 && !session.dryRun) {
    const note = await files.read(ctx.desk.folder.revocation(kiosks[0]!))
    await files.write(out, note ?? new Uint8Array())
  }
  return code
}

/** Kiosks whose revocation the desk began within the hour before, from its journal. */
async function revokedLately(session: Session, { folder }: DeskContext, now: number): Promise<number[]> {
  const journal = session.must(await openJournal(session.ports.files, folder))
  return [...journal.steps].flatMap(([step, { at }]) => {
    const kiosk = /^revoke-(\d+)$/.exec(step)?.[1]
    return kiosk === undefined || Math.abs(now - at) > LATELY_SECONDS ? [] : [Number(kiosk)]
  })
}

/** All of a revocation that the desk does itself, the ledger first. */
export function revocationSteps(session: Session, kiosks: readonly number[]): readonly Step<DeskContext>[] {
  const bridge = session.flag('bridge')
  if (bridge !== undefined && !URL.canParse(bridge)) throw new UsageError(`not an address: ${bridge}`)
  return [
    ...kiosks.map((kiosk) => revokeStep(kiosk)),
    ...(bridge === undefined ? [] : kiosks.map((kiosk) => postRevocationStep(kiosk, bridge))),
    revocationListStep,
    ...brokerSteps(session),
  ]
}

/** The broker's lists, if `--broker-dir` says where they are. */
export function brokerSteps(session: Session): readonly Step<DeskContext>[] {
  const dir = session.path('broker-dir')
  const reload = (session.flag('broker-reload') ?? 'systemctl reload mosquitto').split(/\s+/)
  return dir === undefined ? [] : [brokerListsStep({ dir, reload })]
}

/** Keys and folder of the desk; its journal and work log lie beside the enrolments. */
export async function deskContext(session: Session): Promise<DeskContext> {
  const desk = await deskOf(session)
  const openers = openersOf(session)
  const key = session.must(await readDeskKey(desk, openers))
  const ca = session.must(await readDeviceCa(desk, openers))
  const folder = deviceFolder(desk.folder.work)
  return { ...session.ctx, folder, desk, key, ca, at: timeOf(session) }
}

/** Ids of `--kiosk` (again and again) and `--kiosks 3,4`. */
export function kiosksOf(session: Session): readonly number[] {
  const words = [...session.flags('kiosk'), ...(session.flag('kiosks')?.split(',') ?? [])]
  const ids = words.map((word) => word.trim()).map((word) => (/^\d{1,5}$/.test(word) ? Number(word) : -1))
  if (ids.length === 0) throw new UsageError('--kiosk is missing')
  if (ids.some((id) => id < 0 || id > 0xffff)) throw new UsageError('--kiosk is not a kiosk id')
  return [...new Set(ids)].sort((a, b) => a - b)
}
