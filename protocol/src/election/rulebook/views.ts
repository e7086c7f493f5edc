import type { DeviceView, KioskView } from '../state.ts'
import type { Device, Slot } from './data.ts'

/** A kiosk slot as callers see it; a copy, except for key bytes. */
export function kioskView(slot: Slot): KioskView {
  return {
    id: slot.id,
    centre: slot.centre,
    device: slot.live && deviceView(slot.live),
    devices: slot.devices.map(deviceView),
    ballotCount: slot.ballotCount,
    challengedCount: slot.challengedCount,
    refusalCount: slot.refusalCount,
    refusedMore: slot.refusedMore,
  }
}

function deviceView(device: Device): DeviceView {
  return {
    index: device.index,
    ed25519: device.ed25519,
    x25519: device.x25519,
    devEui: device.devEui,
    revokedAt: device.revokedAt,
    interval: device.manifests.length,
    state: device.state,
    listedCount: device.total,
    finalManifest: device.finalAt,
  }
}
