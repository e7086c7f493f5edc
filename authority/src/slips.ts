/** Slips and the two public key lists that follow from them. */
import { deriveCredential, deriveSupportKey, SEED_BYTES, slipText } from '@hanpyo/protocol/ballot/slip.ts'
import { compareBytes } from '@hanpyo/protocol/bytes.ts'
import { encodeCredentialList, encodeSupportList } from '@hanpyo/protocol/election/keylist.ts'
import type { Group, RandomBytes } from '@hanpyo/protocol/group/group.ts'
import type { ElectionConfig } from './config.ts'
import { shuffled } from './shuffled.ts'

/** One paper slip. Its number is the position of its credential in the sorted list and says nothing else. */
export interface Slip {
  readonly number: number
  readonly style: number
  /** Secret: the QR text. */
  readonly text: string
}

export interface SlipSet {
  /** In printing order, which is random: nothing links a slip's number to when it was printed or handed out. */
  readonly slips: readonly Slip[]
  /** Numbers of the slips that observers get, ascending. */
  readonly testSlips: readonly number[]
  readonly credentialList: Uint8Array
  /** Sorted apart from the credentials, so that positions in the two lists do not correspond. */
  readonly supportList: Uint8Array
}

/** Draws a seed for each slip of each style. */
export function drawSlips(input: {
  readonly group: Group
  readonly random: RandomBytes
  readonly electionId: string
  readonly styles: ElectionConfig['styles']
}): SlipSet {
  const { group, random, electionId, styles } = input
  const drawn = styles.flatMap((style) =>
    Array.from({ length: style.slips }, () => {
      const seed = random(SEED_BYTES)
      const { publicKey } = deriveCredential(group, seed, electionId)
      const support = deriveSupportKey(group, seed, electionId).publicKey
      const text = slipText(seed)
      seed.fill(0)
      return { style: style.id, publicKey, support, text }
    }),
  )
  const sorted = drawn.toSorted((a, b) => compareBytes(a.publicKey, b.publicKey))
  const slips = sorted.map(({ style, text }, number) => ({ number, style, text }))
  const testSlips = styles.flatMap(({ id, testSlips: count }) => {
    const ofStyle = slips.filter(({ style }) => style === id).map(({ number }) => number)
    return shuffled(random, ofStyle).slice(0, count)
  })
  return {
    slips: shuffled(random, slips),
    testSlips: testSlips.sort((a, b) => a - b),
    credentialList: encodeCredentialList(drawn),
    supportList: encodeSupportList(drawn.map(({ support }) => support)),
  }
}
