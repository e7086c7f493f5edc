/**
 * Ballots a bridge accepted and acknowledged but did not publish yet. They count as logged when a ballot is judged.
 */
import { ballotId } from '../../ballot/identifiers.ts'
import type { Ballot } from '../../ballot/layout.ts'
import { byteKey, type ElectionData } from './data.ts'

/** Reserves credential and C1s of an accepted ballot. */
export function reserveBallot(
  data: ElectionData,
  ballot: Ballot,
  id: Uint8Array = ballotId(ballot.bytes),
): void {
  const key = byteKey(id)
  const c1s = ballot.ciphertexts.map(({ c1 }) => byteKey(c1))
  data.reserved.set(key, { credential: ballot.credentialIndex, c1s })
  data.reservedCredentials.set(ballot.credentialIndex, key)
  for (const c1 of c1s) data.reservedC1s.set(c1, key)
}

/** Forgets a reservation, if there is one. */
export function releaseReservation(data: ElectionData, idKey: string): void {
  const reservation = data.reserved.get(idKey)
  if (reservation === undefined) return
  data.reserved.delete(idKey)
  if (data.reservedCredentials.get(reservation.credential) === idKey) {
    data.reservedCredentials.delete(reservation.credential)
  }
  for (const c1 of reservation.c1s) if (data.reservedC1s.get(c1) === idKey) data.reservedC1s.delete(c1)
}
