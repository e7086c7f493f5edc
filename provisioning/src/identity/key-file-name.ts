import { z } from 'zod'
import { parseJsonWith } from '../frame/parse-json.ts'

const headSchema = z.looseObject({ type: z.string(), name: z.string() })

/** `type` and `name` of a key file, without its secrets; null when it is none. */
export function parseKeyFileName(bytes: Uint8Array): { readonly type: string; readonly name: string } | null {
  const head = parseJsonWith(headSchema, bytes)
  return head.ok ? { type: head.value.type, name: head.value.name } : null
}
