import { err, ok } from '@hanpyo/protocol/result.ts'
import { type Device, readDevice } from '../frame/device-folder.ts'
import { defineStep, type Step } from '../frame/step.ts'

/** Makes the device folder and writes who the device is. Settings may change later; the slot and centre of a device that has keys may not. */
export function initStep(wanted: Omit<Device, 'version' | 'state' | 'devEui'>): Step {
  return defineStep({
    id: 'init',
    title: { ko: '단말기 폴더 만들기', en: 'make the device folder' },
    async inspect({ files, folder }) {
      const found = await readDevice(files, folder)
      if (!found.ok && found.error !== 'folder-not-a-device') return found
      const before: Partial<Device> = found.ok ? found.value : {}
      if (found.ok && before.id !== wanted.id) {
        return err('device-of-another-slot', `${folder.root} is kiosk ${before.id}`)
      }
      const changes = (['id', 'centre', 'name', 'orientation', 'pxPerMm'] as const)
        .filter((field) => before[field] !== wanted[field])
        .map((field) => ({
          what: field,
          from: before[field] === undefined ? null : String(before[field]),
          to: String(wanted[field]),
        }))
      return ok(changes.length === 0 ? 'done' : { changes })
    },
    async apply({ files, folder }) {
      const found = await readDevice(files, folder)
      const kept = found.ok ? found.value : ({ state: 'active' } as const)
      await files.makeFolder(folder.keys, 0o700)
      await files.makeFolder(folder.cert)
      await files.makeFolder(folder.requests)
      const device: Device = { ...kept, version: 1, ...wanted }
      await files.write(folder.device, `${JSON.stringify(device, null, 2)}\n`)
      return ok(undefined)
    },
  })
}
