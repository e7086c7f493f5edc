import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { fromCompact } from '@hanpyo/protocol/ballot/layout.ts'
import { fromBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import { encodeLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { x25519PublicKey } from '@hanpyo/protocol/group/x25519.ts'
import { ackKey, encodeAck } from '@hanpyo/protocol/link/ack.ts'
import { encodePromiseDatagram, parseDatagram } from '@hanpyo/protocol/link/datagram.ts'
import { promiseDeadline, signPromise } from '@hanpyo/protocol/link/promise.ts'
import { recordId } from '@hanpyo/protocol/link/record-id.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import type { TestBridgeKeys, TestElection } from './test-election.ts'

/** The kiosk's view of a bridge: what it would answer to a datagram. Keeps no ledger. */
export interface FakeBridge {
  /** Hex ids of everything that arrived, with how often. */
  readonly received: ReadonlyMap<string, number>
  /** Id, ack and promise for a datagram as it came in. */
  answer(datagram: Uint8Array, status?: number): { id: Uint8Array; ack: Uint8Array; promise: Uint8Array }
}

export function createFakeBridge(test: TestElection, bridgeId = 'b1'): FakeBridge {
  const { election, keys } = test
  const bridge = test.bridges.get(bridgeId) as TestBridgeKeys
  const { manifestHash, kioskId, manifest } = election
  const key = expectOk(
    ackKey({
      secret: bridge.x25519Secret,
      peerPublic: x25519PublicKey(keys.x25519Secret),
      manifestHash,
      kioskId,
    }),
  )
  if (fromBase64(manifest.keys.bridges[0]!.x25519).length !== 32) throw new Error('no bridge key')
  const received = new Map<string, number>()
  // As if everything had been taken at the time at which virtual clocks start.
  const deadline = promiseDeadline(Date.UTC(2026, 5, 1), manifest.maxDelaySeconds, manifest.tickSeconds)
  return {
    received,
    answer(datagram, status = 0) {
      const parsed = expectOk(parseDatagram(datagram))
      const canonical =
        parsed.kind === 'ballot' ? expectOk(fromCompact(parsed.compact, manifestHash, kioskId)) : null
      const id = canonical === null ? recordId(datagram) : ballotId(canonical)
      received.set(toHex(id), (received.get(toHex(id)) ?? 0) + 1)
      const leaf = leafHash(canonical === null ? datagram : encodeLeaf(RECORD.ballot, canonical))
      const promise = signPromise({
        ed25519: nobleEd25519,
        keyName: keyName.bridge(manifest.id, bridgeId),
        seed: bridge.promiseSeed,
        promise: { deadline, leaf, log: manifest.id, size: 1 },
      })
      return {
        id,
        ack: encodeAck({ key, manifestHash, kioskId, items: [{ status, id }] }),
        promise: encodePromiseDatagram(promise),
      }
    },
  }
}
