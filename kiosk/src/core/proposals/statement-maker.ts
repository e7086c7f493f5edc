import { utf8 } from '@hanpyo/protocol/bytes.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import { manifestField, RECORD, signRecord } from '@hanpyo/protocol/election/records.ts'
import type { CryptoBackend, RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { encodeDatagram } from '@hanpyo/protocol/link/datagram.ts'
import { createProposal, createSupport } from '@hanpyo/protocol/proposal/create.ts'
import { SALT_BYTES } from '@hanpyo/protocol/proposal/layout.ts'
import type { ModerationRecord } from '@hanpyo/protocol/proposal/moderation.ts'
import type { TextCompressor } from '@hanpyo/protocol/proposal/text-coding.ts'
import { verifyProposal, verifySupport } from '@hanpyo/protocol/proposal/verify.ts'
import type { KioskKeys } from '../ballot-maker.ts'
import type { KioskElection } from '../election.ts'
import type { SupportKey } from './support-slip.ts'

/** Everything about proposals that takes the kiosk's keys. Each gives the datagram to store and send. */
export interface StatementMaker {
  /** @param input.text passed `checkText`. Throws when what it made does not verify, so that no bit flip is stored. */
  proposal(support: SupportKey, input: { readonly topic: number; readonly text: string }): Uint8Array
  /** @param proposalId 32 bytes. */
  support(support: SupportKey, proposalId: Uint8Array): Uint8Array
  moderation(change: Pick<ModerationRecord, 'action' | 'proposal' | 'reason' | 'at'>): Uint8Array
}

export function createStatementMaker(deps: {
  readonly backend: CryptoBackend
  readonly random: RandomBytes
  readonly election: KioskElection
  readonly keys: KioskKeys
  readonly compressor: TextCompressor
}): StatementMaker {
  const { backend, random, election, keys, compressor } = deps
  const { manifestHash, kioskId, manifest } = election
  const publicKey = backend.ed25519.publicKey(keys.ed25519Seed)
  const signer = (support: SupportKey) => ({
    backend,
    random,
    deviceSecret: keys.deviceSecret,
    manifestHash,
    support,
    kiosk: { id: kioskId, seed: keys.ed25519Seed, publicKey },
  })
  const context = (support: SupportKey) => ({
    manifestHash,
    supportKey: (index: number) => (index === support.index ? support.publicKey : undefined),
    kioskKey: (id: number) => (id === kioskId ? publicKey : undefined),
    hasTopic: (topic: number) => manifest.proposals?.topics.some(({ id }) => id === topic) === true,
  })
  const sound = (verified: { readonly ok: boolean; readonly error?: string }): void => {
    if (!verified.ok) throw new Error(`the statement just made does not verify: ${verified.error}`)
  }
  return {
    proposal(support, { topic, text }) {
      const made = createProposal({ ...signer(support), topic, text, salt: random(SALT_BYTES), compressor })
      sound(verifyProposal(backend, made.body, context(support)))
      return made.datagram
    },
    support(support, proposalId) {
      const made = createSupport({ ...signer(support), proposalId })
      sound(verifySupport(backend, made.body, context(support)))
      return made.datagram
    },
    moderation(change) {
      const note = signRecord({
        ed25519: backend.ed25519,
        keyName: keyName.kiosk(manifest.id, kioskId),
        seed: keys.ed25519Seed,
        value: { ...change, kiosk: kioskId, manifest: manifestField(manifestHash) },
      })
      return encodeDatagram(RECORD.moderation, utf8(note))
    },
  }
}
