import { equalBytes, fromBase64 } from '../../bytes.ts'
import { encodeVkey, noteVerifier, SIGNATURE_TYPE } from '../../log/note.ts'
import { isAcceptableX25519 } from '../key-checks.ts'
import { keyName } from '../manifest.ts'
import { type DeviceRecord, parseDevice } from '../records.ts'
import {
  broken,
  type Device,
  type ElectionData,
  type Examine,
  type Outcome,
  type Slot,
  unmet,
} from './data.ts'
import { examineOfficial } from './note.ts'

/** 0x03: enrols a device in a slot or revokes the live one. A key that was enrolled once never comes back. */
export const examineDevice: Examine = (data, body, options) =>
  examineOfficial(data, body, parseDevice, 'deviceAuthority', options, (record) => {
    const slot = data.slots.get(record.kiosk)
    if (slot === undefined) return broken('device.slot', `slot ${record.kiosk}`)
    return record.action === 'enrol' ? enrol(data, slot, record) : revoke(data, slot, record)
  })

function enrol(data: ElectionData, slot: Slot, record: DeviceRecord): Outcome {
  const ed25519 = fromBase64(record.ed25519)
  const x25519 = fromBase64(record.x25519)
  const isSound = data.backend.ed25519.isAcceptableKey(ed25519)
  const isFresh = !data.usedKeys.has(record.ed25519) && !data.usedKeys.has(record.x25519)
  const isEuiFree = record.devEui === undefined || !data.liveDevEuis.has(record.devEui)
  return {
    findings: unmet(
      [slot.live === undefined, 'device.occupied', `slot ${slot.id}`],
      [isSound, 'device.key'],
      [isAcceptableX25519(x25519), 'device.x25519'],
      [isFresh && record.ed25519 !== record.x25519, 'device.key-reused'],
      [isEuiFree, 'device.dev-eui'],
    ),
    effect: () => {
      const device = createDevice(data, slot, { ed25519, x25519, devEui: record.devEui })
      slot.live = device
      slot.devices.push(device)
      data.usedKeys.add(record.ed25519).add(record.x25519)
      if (record.devEui !== undefined) data.liveDevEuis.set(record.devEui, slot.id)
    },
  }
}

function revoke(data: ElectionData, slot: Slot, record: DeviceRecord): Outcome {
  const { live } = slot
  const isLive =
    live !== undefined &&
    equalBytes(live.ed25519, fromBase64(record.ed25519)) &&
    equalBytes(live.x25519, fromBase64(record.x25519)) &&
    (record.devEui === undefined || record.devEui === live.devEui)
  if (!isLive) return broken('device.not-live', `slot ${slot.id}`)
  return {
    findings: [],
    effect: () => {
      live.revokedAt = data.nextIndex
      slot.live = undefined
      if (live.devEui !== undefined) data.liveDevEuis.delete(live.devEui)
    },
  }
}

function createDevice(
  data: ElectionData,
  slot: Slot,
  keys: Pick<Device, 'ed25519' | 'x25519' | 'devEui'>,
): Device {
  const name = keyName.kiosk(data.manifest.id, slot.id)
  const verifier = noteVerifier(data.backend.ed25519, encodeVkey(name, SIGNATURE_TYPE.ed25519, keys.ed25519))
  if (!verifier.ok) throw new Error(`a key that passed its check makes no verifier: ${verifier.error}`)
  return {
    ...keys,
    index: data.nextIndex,
    slot,
    verifier: verifier.value,
    revokedAt: undefined,
    logged: new Map(),
    collided: [],
    challengedCount: 0,
    manifests: [],
    listed: new Map(),
    lastText: data.manifestHash,
    total: 0,
    challengedTotal: 0,
    state: undefined,
    finalAt: undefined,
  }
}
