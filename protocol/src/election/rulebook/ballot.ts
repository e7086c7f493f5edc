import { ballotId } from '../../ballot/identifiers.ts'
import { type Ballot, ETAG_BYTES, parseBallot } from '../../ballot/layout.ts'
import { type BallotContext, type BallotError, verifyBallot } from '../../ballot/verify.ts'
import { equalBytes, isZero } from '../../bytes.ts'
import { err, ok, type Result } from '../../result.ts'
import {
  MAX_REFUSALS_PER_CREDENTIAL,
  MAX_REFUSALS_PER_KIOSK,
  parseRefusal,
  REFUSAL,
  type RefusalCode,
  refusalName,
} from '../refusal.ts'
import type { RuleId } from '../rules.ts'
import type { ApplyOptions, Verdict, VerifiedBallot } from '../state.ts'
import { byteKey, type Device, type ElectionData, type Examine, finding, prefixOf, unmet } from './data.ts'
import { releaseReservation } from './reservations.ts'

/** Which rule a ballot of its own breaks. */
const BALLOT_RULES: Readonly<Record<BallotError, RuleId>> = {
  'ballot-length': 'ballot.layout',
  'ballot-suite': 'ballot.layout',
  'ballot-revision': 'ballot.layout',
  'ballot-etag': 'ballot.etag',
  'credential-index': 'ballot.credential-index',
  'contest-count': 'ballot.contest-count',
  'kiosk-unknown': 'ballot.kiosk',
  'scalar-not-canonical': 'ballot.scalar',
  'scalar-zero': 'ballot.scalar',
  'challenge-zero': 'ballot.scalar',
  'element-invalid': 'ballot.element',
  'element-identity': 'ballot.element',
  'c1-repeated': 'ballot.c1-repeated',
  'kiosk-signature': 'ballot.kiosk-signature',
  'credential-proof': 'ballot.credential-proof',
}

/** Which rule a logged ballot breaks when the reason to refuse it holds. */
const POSITION_RULES: Readonly<Record<RefusalCode, RuleId>> = {
  [REFUSAL.credentialSpent]: 'ballot.credential-twice',
  [REFUSAL.c1Seen]: 'ballot.c1-twice',
  [REFUSAL.pollsNotOpen]: 'ballot.polls-not-open',
  [REFUSAL.pollsSealed]: 'polls.after-sealed',
  [REFUSAL.slipVoid]: 'ballot.slip-void',
  [REFUSAL.notInFinalManifest]: 'ballot.not-in-final',
}

/** A reason why a valid ballot cannot count, and the leaf that says so; null while that is only reserved. */
interface Reason {
  readonly code: RefusalCode
  readonly leafIndex: number | null
}

/** The facts `verifyBallot` asks for, as the log stands. */
export function ballotContext(data: ElectionData): BallotContext {
  return {
    manifestHash: data.manifestHash,
    jointKey: data.jointKey,
    credentialCount: data.credentials.length,
    credential(index) {
      const entry = data.credentials[index]
      const contestIds = entry && data.styles.get(entry.style)
      if (entry === undefined || contestIds === undefined) return undefined
      // the list may be too long to check as a whole at start; a key that is no element must not reach the group
      if (isZero(entry.publicKey) || !data.backend.group.isElement(entry.publicKey)) return undefined
      return { publicKey: entry.publicKey, contestIds }
    },
    kioskKey: (kioskId) => data.slots.get(kioskId)?.live?.ed25519,
  }
}

/** 0x10: a ballot that passes every check, at a place where it may stand. */
export const examineBallot: Examine = (data, body, options) => {
  const id = options.ballotId ?? ballotId(body)
  const key = byteKey(id)
  if (data.ids.get(key)?.status === 0) return { findings: [finding('ballot.repeated')], sortKey: id }
  const checked = checkBallot(data, body, options)
  if (!checked.ok)
    return { findings: [finding(BALLOT_RULES[checked.error], checked.detail ?? checked.error)], sortKey: id }
  const ballot = checked.value
  return {
    sortKey: id,
    findings: reasonsAgainst(data, ballot, key).map(({ code, leafIndex }) =>
      finding(POSITION_RULES[code], `leaf ${leafIndex} says so`),
    ),
    effect: () => {
      logBallot(data, ballot, key, 0)
      data.spent[ballot.credentialIndex] = data.nextIndex
      data.ballotCount++
      slotOf(data, ballot).ballotCount++
      releaseReservation(data, key)
    },
  }
}

/** 0x13: a ballot that passes every check of its own, and the reason that follows from the leaves before. */
export const examineRefusal: Examine = (data, body, options) => {
  const parsed = parseRefusal(body)
  const canonical = body.subarray(1)
  const id = ballotId(canonical)
  const key = byteKey(id)
  if (!parsed.ok) return { findings: [finding('refusal.content')], sortKey: id }
  const known = data.ids.get(key)
  if (known !== undefined) {
    return {
      findings: [finding(known.status === 0 ? 'refusal.ballot-logged' : 'refusal.repeated')],
      sortKey: id,
    }
  }
  const checked = checkBallot(data, canonical, options)
  if (!checked.ok)
    return { findings: [finding('refusal.ballot', checked.detail ?? checked.error)], sortKey: id }
  const ballot = checked.value
  const [first] = reasonsAgainst(data, ballot, key)
  const { reason } = parsed.value
  const ofCredential = data.refusalsOf.get(ballot.credentialIndex) ?? 0
  const slot = slotOf(data, ballot)
  return {
    sortKey: id,
    findings: unmet(
      [first?.code === reason, 'refusal.reason', `${refusalName(reason)} given, ${nameOf(first)} follows`],
      [ofCredential < MAX_REFUSALS_PER_CREDENTIAL, 'refusal.limit-credential'],
      [slot.refusalCount < MAX_REFUSALS_PER_KIOSK, 'refusal.limit-kiosk'],
    ),
    effect: () => {
      logBallot(data, ballot, key, reason)
      data.refusalsOf.set(ballot.credentialIndex, ofCredential + 1)
      if (ofCredential + 1 === MAX_REFUSALS_PER_CREDENTIAL) data.credentialsAtLimit++
      slot.refusalCount++
      releaseReservation(data, key)
    },
  }
}

/** What should happen to a ballot that arrives now; changes nothing. Reserved ballots count as logged. */
export function judgeBallot(data: ElectionData, canonical: Uint8Array, verified?: VerifiedBallot): Verdict {
  const id = verified?.ballot.bytes === canonical ? (verified.id ?? ballotId(canonical)) : ballotId(canonical)
  const key = byteKey(id)
  const logged = data.ids.get(key)
  if (logged !== undefined)
    return { verdict: 'duplicate', id, leafIndex: logged.index, status: logged.status }
  if (data.reserved.has(key)) return { verdict: 'duplicate', id, leafIndex: null, status: 0 }
  const checked = isStillVerified(data, canonical, verified)
    ? ok(verified.ballot)
    : verifyBallot(data.backend, canonical, ballotContext(data))
  if (!checked.ok) return { verdict: 'drop', error: checked.error }
  const ballot = checked.value
  const [first] = reasonsAgainst(data, ballot, key, { countReserved: true })
  if (first === undefined) return { verdict: 'accept', ballot, id }
  return { verdict: 'refuse', reason: first.code, ballot, id, leafIndex: first.leafIndex }
}

/** Every reason that holds, in the order of `REFUSAL_ORDER`. */
function reasonsAgainst(
  data: ElectionData,
  ballot: Ballot,
  idKey: string,
  { countReserved = false }: { readonly countReserved?: boolean } = {},
): Reason[] {
  const reasons: Reason[] = []
  const add = (code: RefusalCode, leafIndex: number | null | undefined): void => {
    if (leafIndex !== undefined) reasons.push({ code, leafIndex })
  }
  const reservedElsewhere = (holder: string | undefined): null | undefined =>
    countReserved && holder !== undefined && holder !== idKey ? null : undefined
  const spentAt = data.spent[ballot.credentialIndex] || undefined
  const c1Keys = ballot.ciphertexts.map(({ c1 }) => byteKey(c1))
  const firstOf = <T>(read: (c1: string) => T | undefined): T | undefined =>
    c1Keys.map(read).find((found) => found !== undefined)
  add(REFUSAL.pollsNotOpen, data.polls === 'not-open' ? 0 : undefined)
  add(REFUSAL.pollsSealed, data.sealedAt)
  add(
    REFUSAL.credentialSpent,
    spentAt ?? reservedElsewhere(data.reservedCredentials.get(ballot.credentialIndex)),
  )
  add(
    REFUSAL.c1Seen,
    firstOf((c1) => data.c1s.get(c1)) ?? firstOf((c1) => reservedElsewhere(data.reservedC1s.get(c1))),
  )
  add(REFUSAL.slipVoid, data.voided.get(ballot.credentialIndex))
  const device = deviceOf(data, ballot)
  const isListed = device.listed.has(prefixOf(idKey))
  add(REFUSAL.notInFinalManifest, isListed ? undefined : device.finalAt)
  return reasons
}

function checkBallot(
  data: ElectionData,
  canonical: Uint8Array,
  options: ApplyOptions,
): Result<Ballot, BallotError> {
  if (!options.trusted) return verifyBallot(data.backend, canonical, ballotContext(data))
  const parsed = parseBallot(canonical)
  if (!parsed.ok) return parsed
  if (parsed.value.credentialIndex >= data.credentials.length) return err('credential-index')
  return data.slots.get(parsed.value.kioskId)?.live === undefined ? err('kiosk-unknown') : parsed
}

/** Verified elsewhere, of these very bytes, under the kiosk key that is still live. */
function isStillVerified(
  data: ElectionData,
  canonical: Uint8Array,
  verified: VerifiedBallot | undefined,
): verified is VerifiedBallot {
  if (verified === undefined) return false
  const { ballot, kioskKey } = verified
  const live = data.slots.get(ballot.kioskId)?.live?.ed25519
  return (
    live !== undefined &&
    equalBytes(live, kioskKey) &&
    equalBytes(ballot.bytes, canonical) &&
    equalBytes(ballot.etag, data.manifestHash.subarray(0, ETAG_BYTES)) &&
    ballot.credentialIndex < data.credentials.length
  )
}

function logBallot(data: ElectionData, ballot: Ballot, idKey: string, status: 0 | RefusalCode): void {
  const logged = { index: data.nextIndex, id: idKey, status }
  data.ids.set(idKey, logged)
  for (const { c1 } of ballot.ciphertexts) {
    const key = byteKey(c1)
    if (!data.c1s.has(key)) data.c1s.set(key, data.nextIndex)
  }
  const device = deviceOf(data, ballot)
  if (device.logged.has(prefixOf(idKey))) device.collided.push(logged)
  else device.logged.set(prefixOf(idKey), logged)
}

/** The device whose live key the ballot was verified under. */
function deviceOf(data: ElectionData, ballot: Ballot): Device {
  const device = data.slots.get(ballot.kioskId)?.live
  if (device === undefined) throw new Error(`kiosk ${ballot.kioskId} passed its check without a live key`)
  return device
}

function slotOf(data: ElectionData, ballot: Ballot): Device['slot'] {
  return deviceOf(data, ballot).slot
}

function nameOf(reason: Reason | undefined): string {
  return reason === undefined ? 'none' : String(refusalName(reason.code))
}
