import { compareBytes, fromBase64, toBase64 } from '../../bytes.ts'
import { changesState, MIN_LISTED } from '../kiosk-manifest.ts'
import { idPrefixes, type KioskManifestRecord, parseKioskManifest } from '../records.ts'
import { byteKey, type Device, type Examine, unmet } from './data.ts'
import { examineByKiosk } from './note.ts'

/**
 * 0x12: what a kiosk says it cast. It may come before its ballots, so that ids and root are compared with the log
 * when the polls are sealed, not here; a wrong root is the kiosk's word against the log, for people to decide.
 */
export const examineKioskManifest: Examine = (data, body, options) =>
  examineByKiosk(
    data,
    body,
    parseKioskManifest,
    'kiosk-manifest.kiosk',
    options,
    ({ value, textHash }, device) => {
      const prefixes = newPrefixes(value, device)
      return {
        findings: unmet(
          [data.polls !== 'not-open', 'kiosk-manifest.polls'],
          [device.finalAt === undefined, 'kiosk-manifest.after-final', `final at leaf ${device.finalAt}`],
          [
            value.interval === device.manifests.length + 1 && value.prev === toBase64(device.lastText),
            'kiosk-manifest.chain',
            `interval ${value.interval} after ${device.manifests.length}`,
          ],
          [prefixes !== null, 'kiosk-manifest.ids'],
          [
            value.final ||
              value.cast >= MIN_LISTED ||
              (value.cast === 0 && changesState(device.state, value.state)),
            'kiosk-manifest.size',
            `${value.cast} ballots`,
          ],
          [value.total === device.total + value.cast, 'kiosk-manifest.total', `total ${value.total}`],
          [!value.final || value.state === 'closed', 'kiosk-manifest.state', value.state],
        ),
        effect: () => {
          const keys = (prefixes ?? []).map(byteKey)
          for (const key of keys) device.listed.set(key, device.manifests.length)
          device.manifests.push({
            index: data.nextIndex,
            interval: value.interval,
            prefixes: keys,
            root: fromBase64(value.root),
          })
          device.lastText = textHash
          device.total = value.total
          device.challengedTotal += value.challenged
          device.state = value.state
          if (value.final) device.finalAt = data.nextIndex
        },
      }
    },
  )

/** The listed prefixes; `null` unless as many as `cast`, strictly ascending and never listed before. */
function newPrefixes(value: KioskManifestRecord, device: Device): Uint8Array[] | null {
  const prefixes = idPrefixes(value.ids)
  if (prefixes === null || prefixes.length !== value.cast) return null
  const isNew = prefixes.every(
    (prefix, i) =>
      (i === 0 || compareBytes(prefixes[i - 1] as Uint8Array, prefix) < 0) &&
      !device.listed.has(byteKey(prefix)),
  )
  return isNew ? prefixes : null
}
