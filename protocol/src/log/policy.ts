import { decodeUtf8, utf8 } from '../bytes.ts'
import { err, ok, type Result } from '../result.ts'
import { parseDecimal } from './decimal.ts'
import { parseVkey, SIGNATURE_TYPE, samePublicKey, type Vkey } from './vkey.ts'

/** A witness or mirror of a policy; `name` is only used inside the policy. */
export interface PolicyWitness {
  readonly name: string
  readonly vkey: Vkey
  readonly url?: string
}

/** At least `threshold` of the members, which are witnesses or groups defined before. */
export interface PolicyGroup {
  readonly name: string
  readonly threshold: number
  readonly members: readonly string[]
}

/** A parsed tlog-policy. `quorum` is `null` for `quorum none`. */
export interface Policy {
  readonly logs: readonly { readonly vkey: Vkey; readonly url?: string }[]
  readonly witnesses: readonly PolicyWitness[]
  readonly groups: readonly PolicyGroup[]
  readonly quorum: string | null
}

export type PolicyError =
  | 'policy-control-character'
  | 'policy-line'
  | 'policy-vkey'
  | 'policy-key-type'
  | 'policy-duplicate-key'
  | 'policy-duplicate-name'
  | 'policy-undefined-name'
  | 'policy-member-twice'
  | 'policy-threshold'
  | 'policy-quorum'
  | 'policy-too-large'

/** Far above the 32 of each that the specification asks for. */
const MAX_DEFINITIONS = 1024

interface Draft {
  readonly logs: { vkey: Vkey; url?: string }[]
  readonly witnesses: PolicyWitness[]
  readonly groups: PolicyGroup[]
  readonly members: Set<string>
  quorum: string | null | undefined
}

/**
 * Reads a trust policy (C2SP tlog-policy). Logs need Ed25519 keys of type 0x01, witnesses of type 0x04. The
 * file is octets, so names are compared byte by byte; a failure's detail names the line.
 */
export function parsePolicy(input: Uint8Array | string): Result<Policy, PolicyError> {
  const octets = toOctets(typeof input === 'string' ? utf8(input) : input)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(octets)) return err('policy-control-character')
  if (octets.length > 0 && !octets.endsWith('\n')) return err('policy-line', 'the last line does not end')
  const draft: Draft = { logs: [], witnesses: [], groups: [], members: new Set(), quorum: undefined }
  for (const [index, line] of octets.split('\n').entries()) {
    const words = line.split(/[ \t]+/).filter((word) => word !== '')
    if (words.length === 0 || words[0]?.startsWith('#')) continue
    if (draft.logs.length + draft.witnesses.length + draft.groups.length >= MAX_DEFINITIONS) {
      return err('policy-too-large')
    }
    const error = readLine(draft, words)
    if (error !== null) return err(error, `line ${index + 1}`)
  }
  const { logs, witnesses, groups, quorum } = draft
  return quorum === undefined ? err('policy-quorum') : ok({ logs, witnesses, groups, quorum })
}

/** Whether the witnesses that cosigned, by their policy names, satisfy the quorum. */
export function quorumMet(policy: Policy, cosigned: ReadonlySet<string>): boolean {
  if (policy.quorum === null) return true
  const groups = new Map(policy.groups.map((group) => [group.name, group]))
  const met = (name: string): boolean => {
    const group = groups.get(name)
    if (group === undefined) return cosigned.has(name)
    return group.members.filter(met).length >= group.threshold
  }
  return met(policy.quorum)
}

function readLine(draft: Draft, words: readonly string[]): PolicyError | null {
  const [keyword, ...rest] = words
  if (keyword === 'log') return readLog(draft, rest)
  if (keyword === 'witness') return readWitness(draft, rest)
  if (keyword === 'group') return readGroup(draft, rest)
  if (keyword === 'quorum') return readQuorum(draft, rest)
  return 'policy-line'
}

function readLog(draft: Draft, [key, url, ...more]: readonly string[]): PolicyError | null {
  if (key === undefined || more.length > 0) return 'policy-line'
  const vkey = readVkey(key)
  if (vkey === null) return 'policy-vkey'
  if (vkey.type !== SIGNATURE_TYPE.ed25519) return 'policy-key-type'
  if (draft.logs.some((log) => samePublicKey(log.vkey, vkey))) return 'policy-duplicate-key'
  draft.logs.push(url === undefined ? { vkey } : { vkey, url: fromOctets(url) })
  return null
}

function readWitness(draft: Draft, [octets, key, url, ...more]: readonly string[]): PolicyError | null {
  if (octets === undefined || key === undefined || more.length > 0) return 'policy-line'
  const name = fromOctets(octets)
  if (isDefined(draft, name)) return 'policy-duplicate-name'
  const vkey = readVkey(key)
  if (vkey === null) return 'policy-vkey'
  if (vkey.type !== SIGNATURE_TYPE.cosignature) return 'policy-key-type'
  if (draft.witnesses.some((witness) => samePublicKey(witness.vkey, vkey))) return 'policy-duplicate-key'
  draft.witnesses.push(url === undefined ? { name, vkey } : { name, vkey, url: fromOctets(url) })
  return null
}

function readGroup(draft: Draft, [octets, rule, ...memberOctets]: readonly string[]): PolicyError | null {
  if (octets === undefined || rule === undefined || memberOctets.length === 0) return 'policy-line'
  const name = fromOctets(octets)
  if (isDefined(draft, name)) return 'policy-duplicate-name'
  const members = memberOctets.map(fromOctets)
  if (members.some((member) => member === 'none' || !isDefined(draft, member))) return 'policy-undefined-name'
  if (new Set(members).size !== members.length) return 'policy-member-twice'
  if (members.some((member) => draft.members.has(member))) return 'policy-member-twice'
  const threshold = rule === 'all' ? members.length : rule === 'any' ? 1 : parseDecimal(rule)
  if (threshold === null || threshold < 1 || threshold > members.length) return 'policy-threshold'
  for (const member of members) draft.members.add(member)
  draft.groups.push({ name, threshold, members })
  return null
}

function readQuorum(draft: Draft, [octets, ...more]: readonly string[]): PolicyError | null {
  if (octets === undefined || more.length > 0) return 'policy-line'
  if (draft.quorum !== undefined) return 'policy-quorum'
  const name = fromOctets(octets)
  if (name !== 'none' && !isDefined(draft, name)) return 'policy-undefined-name'
  draft.quorum = name === 'none' ? null : name
  return null
}

function isDefined(draft: Draft, name: string): boolean {
  return (
    name === 'none' ||
    draft.witnesses.some((witness) => witness.name === name) ||
    draft.groups.some((group) => group.name === name)
  )
}

function readVkey(octets: string): Vkey | null {
  const parsed = parseVkey(fromOctets(octets))
  return parsed.ok ? parsed.value : null
}

/** One character for each octet, so that the syntax never depends on Unicode tables. */
function toOctets(bytes: Uint8Array): string {
  let octets = ''
  for (const byte of bytes) octets += String.fromCharCode(byte)
  return octets
}

/** The UTF-8 reading of an octet string, or the octets as they are when they are not UTF-8. */
function fromOctets(octets: string): string {
  try {
    return decodeUtf8(Uint8Array.from(octets, (character) => character.charCodeAt(0)))
  } catch {
    return octets
  }
}
