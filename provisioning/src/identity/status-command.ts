import { join, resolve } from 'node:path'
import type { Command } from '@hanpyo/platform/command.ts'
import { COMMON_USAGE, provisionCommand } from '../frame/command.ts'
import { deviceFolder, readDevice } from '../frame/device-folder.ts'
import { openJournal } from '../frame/journal.ts'
import type { FilePort, Ports } from '../frame/ports.ts'
import { deskFolder } from './desk.ts'
import { readDeviceNote } from './enrol-at-desk.ts'
import { CERTIFICATE_FILES } from './enrol-steps.ts'
import { describeKeys, readRequest, readText } from './keygen-steps.ts'

/** One row of the table: where a device stands. */
export interface DeviceStatus {
  readonly dir: string
  readonly kiosk: number | null
  readonly centre: string
  readonly state: string
  readonly keys: string
  /** The step that was cut off or failed, if any. */
  readonly open: string
  readonly next: string
}

/** `provision status`: a table of device folders, from what lies in them. */
export function statusCommand(ports: () => Ports): Command {
  return provisionCommand({
    name: 'provision status',
    summary: 'Show where each device stands, and the next command',
    usage: `hanpyo provision status [DIR …] [--desk DESK]

Looks into the folders given, or into --dir; changes nothing.

  --desk DIR        the device authority's folder: a device whose revocation is signed there counts as revoked
${COMMON_USAGE}`,
    options: { desk: { type: 'string' } },
    ports,
    async body({ io, path, ports: { files }, positionals, ctx, report }) {
      const desk = path('desk')
      const dirs =
        positionals.length === 0 ? [ctx.folder.root] : positionals.map((dir) => resolve(io.cwd, dir))
      const rows = await Promise.all(dirs.map((dir) => deviceStatus(files, dir, desk)))
      for (const row of rows) {
        const kiosk = row.kiosk === null ? '–' : String(row.kiosk)
        const cells = [kiosk.padStart(5), row.centre.padEnd(16), row.state.padEnd(11), row.keys.padEnd(10)]
        report.fact({ ...row }, `${cells.join('  ')}  ${row.open === '' ? '' : `${row.open}  `}→ ${row.next}`)
      }
      return 0
    },
  })
}

/**
 * Where one device stands. A folder that cannot be read is a row too. `desk`: folder of the device authority, whose signed revocation of
 * this very device's key counts, whatever `device.json` says.
 */
export async function deviceStatus(files: FilePort, dir: string, desk?: string): Promise<DeviceStatus> {
  const folder = deviceFolder(dir)
  const device = await readDevice(files, folder)
  const blank = { dir, kiosk: null, centre: '', keys: '', open: '' }
  if (!device.ok) return { ...blank, state: device.error, next: `hanpyo provision init --dir ${dir}` }
  const journal = await openJournal(files, folder)
  const steps = journal.ok ? [...journal.value.steps] : []
  const cut = steps.filter(([, { state }]) => state !== 'done').map(([id, { state }]) => `${id} ${state}`)
  const keys = await describeKeys(files, folder)
  const row = { dir, kiosk: device.value.id, centre: device.value.centre, keys, open: cut.join(', ') }
  const unfinished = steps.find(([, { state }]) => state !== 'done')?.[1].command
  const [state, next] = await stage()
  const isOver = state === 'revoked' || device.value.state !== 'active'
  const isNextUnfinished = unfinished !== undefined && !isOver
  return { ...row, state, next: isNextUnfinished ? `hanpyo ${unfinished} --dir ${dir} …` : next }

  async function stage(): Promise<[string, string]> {
    if (device.ok && device.value.state !== 'active') return [device.value.state, '–']
    if (keys === 'none') return ['named', `hanpyo provision keygen --dir ${dir}`]
    const request = await readRequest(files, folder)
    if (!request.ok) return [request.error, `hanpyo provision keygen --dir ${dir}`]
    const { ed25519, kiosk } = request.value
    const revocation = desk === undefined ? null : deskFolder(desk).revocation(kiosk)
    const revoked = revocation === null ? null : await readDeviceNote(files, revocation)
    if (revoked?.body.action === 'revoke' && revoked.body.ed25519 === ed25519) return ['revoked', '–']
    const note = await readText(files, `${folder.cert}/${CERTIFICATE_FILES.note}`)
    const cert = await readText(files, `${folder.cert}/${CERTIFICATE_FILES.cert}`)
    if (cert === null) {
      const asked = (await files.list(folder.requests)).length > 0
      return asked
        ? ['requested', `hanpyo provision enrol import --dir ${dir} --from STICK --ca SHA256`]
        : ['keys made', `hanpyo provision enrol request --dir ${dir} --out STICK`]
    }
    const posted = await readText(files, `${folder.cert}/${CERTIFICATE_FILES.note}.posted`)
    if (device.ok && device.value.devEui === undefined)
      return ['certified', `hanpyo provision modem --dir ${dir}`]
    if (note !== posted)
      return ['certified', `hanpyo provision enrol import --dir ${dir} --from STICK --ca SHA256 --bridge URL`]
    if ((await files.read(folder.readiness)) === null)
      return ['enrolled', `hanpyo provision selftest --dir ${dir}`]
    const report = await readText(files, join(dir, 'provision-report.json'))
    const isReady = report !== null && /^ {2}"verdict": "ready"$/m.test(report)
    return isReady ? ['ready', '–'] : ['tested', `hanpyo provision report --dir ${dir}`]
  }
}
