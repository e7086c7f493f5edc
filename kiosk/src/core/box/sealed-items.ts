import { toCompact } from '@hanpyo/protocol/ballot/layout.ts'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { RECORD } from '@hanpyo/protocol/election/records.ts'
import { encodeBallotDatagram, encodeDatagram } from '@hanpyo/protocol/link/datagram.ts'
import { recordId } from '@hanpyo/protocol/link/record-id.ts'
import type { SealedItem } from './ballot-box.ts'

/** A ballot as it is sent. */
export function ballotItem(id: Uint8Array, canonical: Uint8Array, manifestHash: Uint8Array): SealedItem {
  const datagram = encodeBallotDatagram(toCompact(canonical, manifestHash))
  return { id, kind: 'ballot', datagram, interval: 0 }
}

/** A signed note of this kiosk as it is sent. */
export function noteItem(kind: 'challenged' | 'kiosk-manifest', note: string, interval: number): SealedItem {
  const type = kind === 'challenged' ? RECORD.challenged : RECORD.kioskManifest
  const datagram = encodeDatagram(type, utf8(note))
  return { id: recordId(datagram), kind, datagram, interval }
}
