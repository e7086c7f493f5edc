import { err, ok } from '@hanpyo/protocol/result.ts'
import { type Device, deviceSchema, readDevice } from '../../frame/device-folder.ts'
import { defineStep, type Step, type StepContext } from '../../frame/step.ts'
import type { DeviceRow } from './device-rows.ts'

export interface RowContext extends StepContext {
  readonly row: DeviceRow
}

/** `device.json` of a row; a folder that belongs to another kiosk is left alone. Screen and orientation are asked on the spot. */
export function folderStep<C extends RowContext>(): Step<C> {
  return defineStep<C>({
    id: 'device-folder',
    title: { ko: '단말기 폴더', en: 'Device folder' },
    async inspect({ files, folder, row }) {
      const found = await readDevice(files, folder)
      if (!found.ok && found.error !== 'folder-not-a-device') return found
      const before = found.ok ? found.value : undefined
      if (before !== undefined && before.id !== row.kiosk)
        return err('folder-damaged', `${folder.root} is of kiosk ${before.id}`)
      const wanted = deviceOf(row, before)
      const names = ['id', 'centre', 'name'] as const
      const changes = names
        .filter((name) => before?.[name] !== wanted[name])
        .map((name) => ({
          what: `device.json: ${name}`,
          from: before === undefined ? null : String(before[name]),
          to: String(wanted[name]),
        }))
      return ok(changes.length === 0 ? 'done' : { changes })
    },
    async apply({ files, folder, row }) {
      const found = await readDevice(files, folder)
      const device = deviceOf(row, found.ok ? found.value : undefined)
      await files.makeFolder(folder.root, 0o700)
      await files.write(folder.device, `${JSON.stringify(device, null, 2)}\n`)
      return ok(undefined)
    },
  })
}

function deviceOf(row: DeviceRow, before: Device | undefined): Device {
  const name = row.description === '' ? `${row.centre} ${row.kiosk}` : row.description
  const base = before ?? { version: 1, orientation: 'landscape', pxPerMm: 4, state: 'active' }
  return deviceSchema.parse({ ...base, id: row.kiosk, centre: row.centre, name: name.slice(0, 100) })
}
