import { createRequire } from 'node:module'
import type loraPacketModule from 'lora-packet'

/** The oracle for the codec; loaded as CommonJS because its types and its exports disagree. */
export const loraPacket: (typeof loraPacketModule)['default'] = createRequire(import.meta.url)('lora-packet')
