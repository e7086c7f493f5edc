import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestElection } from '@hanpyo/gateway-bridge/testing/test-election.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { utf8 } from '@hanpyo/protocol/bytes.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { cosignerVkey } from '@hanpyo/protocol/log/cosignature.ts'
import { createWitnessHandler } from '@hanpyo/verifier/witness/http.ts'
import { WitnessMetrics } from '@hanpyo/verifier/witness/metrics.ts'
import { openWitnessStore, type WitnessStore } from '@hanpyo/verifier/witness/store.ts'
import { Witness } from '@hanpyo/verifier/witness/witness.ts'

export const WITNESS_NAMES = ['w1', 'w2', 'w3', 'w4']

export type Handler = (request: Request) => Promise<Response> | Response

export function seedOf(name: string): Uint8Array {
  return sha256(utf8(name))
}

export function vkeyFor(ed25519: Ed25519, name: string): string {
  return cosignerVkey(ed25519, `${name}.example`, seedOf(name))
}

/** Three of four witnesses publish; the mirror `m1` makes it official. */
export function policiesOf(ed25519: Ed25519, logVkey: string): { seen: string; official: string } {
  const witnesses = WITNESS_NAMES.map(
    (name) => `witness ${name} ${vkeyFor(ed25519, name)} https://${name}.example/\n`,
  ).join('')
  const seen = `log ${logVkey}\n${witnesses}group seen 3 ${WITNESS_NAMES.join(' ')}\n`
  const mirror = `witness m1 ${vkeyFor(ed25519, 'm1')} https://m1.example/\ngroup official all seen m1\n`
  return { seen: `${seen}quorum seen\n`, official: `${seen}${mirror}quorum official\n` }
}

/** Four real witnesses in one process, each with its store; a host without a handler is down. */
export class WitnessNetwork {
  readonly hosts = new Map<string, Handler>()
  readonly stores = new Map<string, WitnessStore>()
  /** POSIX seconds of all witnesses. */
  now: () => number = () => Date.now() / 1000
  readonly #ed25519: Ed25519
  readonly #dir = mkdtempSync(join(tmpdir(), 'hanpyo-witnesses-'))

  constructor(election: TestElection) {
    this.#ed25519 = election.backend.ed25519
    const { id, keys } = election.manifest
    for (const name of WITNESS_NAMES) {
      const store = openWitnessStore(join(this.#dir, `${name}.sqlite`))
      store.add(id, keys.log)
      this.stores.set(name, store)
      this.restore(name)
    }
  }

  /** The honest witness answers again. */
  restore(name: string): void {
    const store = this.stores.get(name)
    if (store === undefined) throw new RangeError(`no witness ${name}`)
    const ed25519 = this.#ed25519
    const key = { name: `${name}.example`, seed: seedOf(name) }
    const witness = new Witness({ ed25519, store, ...key, now: () => this.now() })
    const origins = () => store.origins().map(({ origin }) => origin)
    const vkey = vkeyFor(ed25519, name)
    this.hosts.set(
      `${name}.example`,
      createWitnessHandler({
        witness,
        origins,
        vkey,
        log: silentLogger,
        metrics: new WitnessMetrics(store),
        onBroken: unexpected,
      }),
    )
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input instanceof URL ? input : String(input), init)
    const handler = this.hosts.get(new URL(request.url).host)
    if (handler === undefined) throw new TypeError('connection refused')
    return handler(request)
  }

  close(): void {
    for (const store of this.stores.values()) store.close()
    rmSync(this.#dir, { recursive: true })
  }
}

function unexpected(error: unknown): never {
  throw error
}
