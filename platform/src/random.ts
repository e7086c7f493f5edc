import { randomBytes } from 'node:crypto'
import type { RandomBytes } from '@hanpyo/protocol/group/group.ts'

/** The operating system's secure random bytes (getrandom through OpenSSL). */
export const nodeRandom: RandomBytes = (length) => new Uint8Array(randomBytes(length))
