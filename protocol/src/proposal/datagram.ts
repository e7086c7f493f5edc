/** Proposals and supports on the link: the leaf as it will stand on the ledger, and for a proposal what stays off it. */
import { ByteReader, concatBytes } from '../bytes.ts'
import { encodeDatagram } from '../link/datagram.ts'
import { err, ok, type Result } from '../result.ts'
import { PROPOSAL_BYTES, SALT_BYTES } from './layout.ts'
import { type CodedText, MAX_CODED_TEXT_BYTES } from './text-coding.ts'

const PROPOSAL = 0x20
const SUPPORT = 0x21

export interface ProposalParcel {
  /** Body of the 0x20 leaf, 151 bytes. */
  readonly body: Uint8Array
  /** 16 bytes. */
  readonly salt: Uint8Array
  readonly coded: CodedText
}

/** `0x20 ‖ body ‖ salt ‖ u8 coding ‖ coded text`; 169 bytes and the text. */
export function encodeProposalDatagram(parcel: ProposalParcel): Uint8Array {
  const { body, salt, coded } = parcel
  if (body.length !== PROPOSAL_BYTES) throw new RangeError(`"body" is not ${PROPOSAL_BYTES} bytes`)
  if (salt.length !== SALT_BYTES) throw new RangeError(`"salt" is not ${SALT_BYTES} bytes`)
  return encodeDatagram(PROPOSAL, concatBytes(body, salt, Uint8Array.of(coded.coding), coded.bytes))
}

/** `0x21 ‖ body`; 151 bytes. */
export function encodeSupportDatagram(body: Uint8Array): Uint8Array {
  return encodeDatagram(SUPPORT, body)
}

/** Splits what follows the kind byte 0x20. Total on arbitrary bytes; text and proof are not looked at. */
export function parseProposalParcel(rest: Uint8Array): Result<ProposalParcel, 'proposal-length'> {
  const fixed = PROPOSAL_BYTES + SALT_BYTES + 1
  if (rest.length <= fixed || rest.length > fixed + MAX_CODED_TEXT_BYTES) {
    return err('proposal-length', `${rest.length} bytes`)
  }
  const reader = new ByteReader(rest)
  return ok({
    body: reader.take(PROPOSAL_BYTES),
    salt: reader.take(SALT_BYTES),
    coded: { coding: reader.u8(), bytes: reader.rest() },
  })
}
