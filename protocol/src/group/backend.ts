import { nobleEd25519 } from './ed25519-noble.ts'
import type { CryptoBackend } from './group.ts'
import { nobleGroup } from './noble.ts'

/** Everything on @noble/curves: needs no set-up, runs anywhere, slower than the host back ends. */
export const nobleBackend: CryptoBackend = { group: nobleGroup, ed25519: nobleEd25519 }
