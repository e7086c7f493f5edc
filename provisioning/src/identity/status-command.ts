import { resolve } from 'node:path'
import type { Command } from '@hanpyo/platform/command.ts'
import { COMMON_USAGE, provisionCommand } from '../frame/command.ts'
import { deviceFolder, readDevice } from '../frame/device-folder.ts'
import { openJournal } from '../frame/journal.ts'
import type { FilePort, Ports } from '../frame/ports.ts'
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
    usage: `hanpyo provision status [DIR …]

Looks into the folders given, or into --dir; changes nothing.
${COMMON_USAGE}`,
    ports,
    async body({ io, ports: { files }, positionals, ctx, report }) {
      const dirs =
        positionals.length === 0 ? [ctx.folder.root] : positionals.map((dir) => resolve(io.cwd, dir))
      const rows = await Promise.all(dirs.map((dir) => deviceStatus(files, dir)))
      for (const row of rows) {
        const kiosk = row.kiosk === null ? '–' : String(row.kiosk)
        const cells = [kiosk.padStart(5), row.centre.padEnd(16), row.state.padEnd(11), row.keys.padEnd(10)]
        report.fact({ ...row }, `${cells.join('  ')}  ${row.open === '' ? '' : `${row.open}  `}→ ${row.next}`)
      }
      return 0
    },
  })
}

/** Where one device stands. A folder that cannot be read is a row too. */
export async function deviceStatus(files: FilePort, dir: string): Promise<DeviceStatus> {
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
  return { ...row, state, next: unfinished === undefined ? next : `hanpyo ${unfinished} --dir ${dir} …` }

  async function stage(): Promise<[string, string]> {
    if (device.ok && device.value.state !== 'active') return [device.value.state, '–']
    if (keys === 'none') return ['named', `hanpyo provision keygen --dir ${dir}`]
    const request = await readRequest(files, folder)
    if (!request.ok) return [request.error, `hanpyo provision keygen --dir ${dir}`]
    const note = await readText(files, `${folder.cert}/${CERTIFICATE_FILES.note}`)
    const cert = await readText(files, `${folder.cert}/${CERTIFICATE_FILES.cert}`)
    if (cert === null) {
      const asked = (await files.list(folder.requests)).length > 0
      return asked
        ? ['requested', `hanpyo provision enrol import --dir ${dir} --from STICK`]
        : ['keys made', `hanpyo provision enrol request --dir ${dir} --out STICK`]
    }
    const posted = await readText(files, `${folder.cert}/${CERTIFICATE_FILES.note}.posted`)
    if (device.ok && device.value.devEui === undefined)
      return ['certified', `hanpyo provision modem --dir ${dir}`]
    if (note !== posted)
      return ['certified', `hanpyo provision enrol import --dir ${dir} --from STICK --bridge URL`]
    const isTested = (await files.read(folder.readiness)) !== null
    return isTested ? ['ready', '–'] : ['enrolled', `hanpyo provision selftest --dir ${dir}`]
  }
}
