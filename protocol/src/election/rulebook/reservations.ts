/**
 * Ballots a bridge accepted and acknowledged but did not publish yet. They count as logged when a ballot is judged,
 * and they must be published before a note that would make them inadmissible.
 */

import { ballotId } from '../../ballot/identifiers.ts'
import type { Ballot } from '../../ballot/layout.ts'
import { fromBase64 } from '../../bytes.ts'
import { parseNote } from '../../log/note.ts'
import { parseLeaf, RECORD } from '../leaf.ts'
import {
  type ChallengedRecord,
  idPrefixes,
  parseDevice,
  parseKioskManifest,
  parsePolls,
  parseVoidSlips,
} from '../records.ts'
import { byteKey, type ElectionData, prefixOf, type Reservation } from './data.ts'

/** Reserves credential and C1s of an accepted ballot. */
export function reserveBallot(
  data: ElectionData,
  ballot: Ballot,
  id: Uint8Array = ballotId(ballot.bytes),
): void {
  reserve(data, {
    id,
    kiosk: ballot.kioskId,
    credential: ballot.credentialIndex,
    c1s: ballot.ciphertexts.map(({ c1 }) => byteKey(c1)),
  })
}

/** Reserves the C1s of an accepted challenged ballot under its tracker. */
export function reserveChallenged(data: ElectionData, record: ChallengedRecord): void {
  reserve(data, {
    id: fromBase64(record.tracker),
    kiosk: record.kiosk,
    credential: undefined,
    c1s: record.C.map((c) => byteKey(fromBase64(c).subarray(0, 32))),
  })
}

/** Forgets a reservation, if there is one. */
export function releaseReservation(data: ElectionData, idKey: string): void {
  const reservation = data.reserved.get(idKey)
  if (reservation === undefined) return
  data.reserved.delete(idKey)
  if (
    reservation.credential !== undefined &&
    data.reservedCredentials.get(reservation.credential) === idKey
  ) {
    data.reservedCredentials.delete(reservation.credential)
  }
  for (const c1 of reservation.c1s) if (data.reservedC1s.get(c1) === idKey) data.reservedC1s.delete(c1)
}

function reserve(data: ElectionData, reservation: Reservation): void {
  const key = byteKey(reservation.id)
  data.reserved.set(key, reservation)
  if (reservation.credential !== undefined) data.reservedCredentials.set(reservation.credential, key)
  for (const c1 of reservation.c1s) data.reservedC1s.set(c1, key)
}

/**
 * Ids (trackers of challenged ballots) whose publication a record has to wait for, because it would make them
 * inadmissible: sealing, voiding their slip, revoking their kiosk, a final manifest that does not list them.
 * A record that cannot be read waits for nothing.
 */
export function reservationsBefore(data: ElectionData, leafBytes: Uint8Array): Uint8Array[] {
  const leaf = parseLeaf(leafBytes)
  const note = leaf.ok ? parseNote(leaf.value.body) : leaf
  if (!leaf.ok || !note.ok) return []
  const isEndangered = endangeredBy(data, leaf.value.type, note.value.text)
  return [...data.reserved.values()].filter(isEndangered).map(({ id }) => id)
}

function endangeredBy(data: ElectionData, type: number, text: string): (reservation: Reservation) => boolean {
  const none = () => false
  if (type === RECORD.polls) {
    const record = parsePolls(text)
    return record.ok && record.value.state === 'sealed' ? () => true : none
  }
  if (type === RECORD.device) {
    const record = parseDevice(text)
    if (!record.ok || record.value.action !== 'revoke') return none
    return ({ kiosk }) => kiosk === record.value.kiosk
  }
  if (type === RECORD.voidSlips) {
    const record = parseVoidSlips(text)
    if (!record.ok) return none
    if (!('slips' in record.value)) return ({ credential }) => credential !== undefined
    const slips = new Set(record.value.slips)
    return ({ credential }) => credential !== undefined && slips.has(credential)
  }
  if (type === RECORD.kioskManifest) {
    const record = parseKioskManifest(text)
    if (!record.ok || !record.value.final) return none
    const listed = new Set(idPrefixes(record.value.ids)?.map(byteKey))
    const before = data.slots.get(record.value.kiosk)?.live?.listed
    return ({ kiosk, credential, id }) => {
      const prefix = prefixOf(byteKey(id))
      const isListed = credential !== undefined && (listed.has(prefix) || before?.has(prefix) === true)
      return kiosk === record.value.kiosk && !isListed
    }
  }
  return none
}
