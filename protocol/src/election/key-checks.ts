/** The checks of a manifest that need cryptography: role keys, trustees' keys against the joint key, policies. */
import { equalBytes, fromBase64, isZero, toBase64 } from '../bytes.ts'
import type { CryptoBackend, Group } from '../group/group.ts'
import { decodeScalar, encodeScalar, invertScalar, ORDER } from '../group/scalar.ts'
import { x25519SharedSecret } from '../group/x25519.ts'
import { type NoteVerifier, noteVerifier, parseVkey } from '../log/note.ts'
import { parsePolicy } from '../log/policy.ts'
import { err, ok, type Result } from '../result.ts'
import { keyName, type Manifest } from './manifest.ts'

/** Verifiers by key name; every role of the manifest has one. */
export type RoleVerifiers = ReadonlyMap<string, NoteVerifier>

type KeyRule = 'manifest.keys' | 'manifest.joint-key' | 'manifest.policies'

/**
 * Every cryptographic rule about the manifest alone; the detail names the key or policy. Gives the verifiers of all
 * role keys by key name, because checking a key is dear.
 */
export function checkManifestKeys(
  backend: CryptoBackend,
  manifest: Manifest,
): Result<RoleVerifiers, KeyRule> {
  const roles = checkRoleKeys(backend, manifest)
  if (!roles.ok) return roles
  if (!jointKeyHolds(backend.group, manifest)) return err('manifest.joint-key')
  for (const [name, text] of Object.entries(manifest.policies)) {
    const policy = parsePolicy(text)
    if (!policy.ok)
      return err('manifest.policies', `${name}: ${policy.error} ${policy.detail ?? ''}`.trimEnd())
    const log = parseVkey(manifest.keys.log)
    const namesLog = policy.value.logs.some(
      ({ vkey }) => log.ok && vkey.name === log.value.name && vkey.keyId === log.value.keyId,
    )
    if (!namesLog) return err('manifest.policies', `${name}: the log key is not in it`)
  }
  return roles
}

/** Every role key of the manifest in base64, X25519 keys included: none of them may be enrolled for a device. */
export function roleKeys(manifest: Manifest): string[] {
  const signing = signingKeys(manifest).flatMap(([, vkey]) => {
    const parsed = parseVkey(vkey)
    return parsed.ok ? [toBase64(parsed.value.publicKey)] : []
  })
  return [...signing, ...manifest.keys.bridges.map((bridge) => bridge.x25519)]
}

/** Canonical (below 2^255 − 19, top bit clear) and not of low order: no shared secret with it is all zero. */
export function isAcceptableX25519(publicKey: Uint8Array): boolean {
  if (publicKey.length !== 32) return false
  const value = publicKey.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  if (value >= 2n ** 255n - 19n) return false
  return x25519SharedSecret(PROBE_SECRET, publicKey).ok
}

/** Any secret will do: clamping makes it a multiple of the cofactor, which kills exactly the low-order points. */
const PROBE_SECRET = new Uint8Array(32).fill(1)

/** [prescribed name, vkey] of every signing role. */
function signingKeys({ id, keys }: Manifest): [name: string, vkey: string][] {
  return [
    [keyName.authority(id), keys.authority],
    [keyName.registrar(id), keys.registrar],
    [keyName.deviceAuthority(id), keys.deviceAuthority],
    [keyName.log(id), keys.log],
    ...keys.bridges.map((bridge): [string, string] => [keyName.bridge(id, bridge.id), bridge.promise]),
    ...keys.trustees.map((vkey, i): [string, string] => [keyName.trustee(id, i + 1), vkey]),
  ]
}

function checkRoleKeys(backend: CryptoBackend, manifest: Manifest): Result<RoleVerifiers, 'manifest.keys'> {
  const verifiers = new Map<string, NoteVerifier>()
  for (const [name, vkey] of signingKeys(manifest)) {
    const parsed = parseVkey(vkey)
    if (!parsed.ok) return err('manifest.keys', `${name}: ${parsed.error}`)
    if (parsed.value.name !== name) return err('manifest.keys', `${parsed.value.name} should be ${name}`)
    const verifier = noteVerifier(backend.ed25519, parsed.value)
    if (!verifier.ok) return err('manifest.keys', `${name}: ${verifier.error}`)
    verifiers.set(name, verifier.value)
  }
  for (const bridge of manifest.keys.bridges) {
    if (!isAcceptableX25519(fromBase64(bridge.x25519))) {
      return err('manifest.keys', `X25519 key of bridge ${bridge.id}`)
    }
  }
  const all = roleKeys(manifest)
  return new Set(all).size === all.length ? ok(verifiers) : err('manifest.keys', 'two roles share a key')
}

/** X_1 … X_n and Y lie on one polynomial of degree t − 1 in the exponent, Y at 0; none is the identity. */
function jointKeyHolds(group: Group, manifest: Manifest): boolean {
  const shares = manifest.trustees.map(({ id, verificationKey }) => ({
    id,
    key: fromBase64(verificationKey),
  }))
  const jointKey = fromBase64(manifest.jointKey)
  const keys = [jointKey, ...shares.map(({ key }) => key)]
  if (!keys.every((key) => !isZero(key) && group.isElement(key))) return false
  const basis = shares.slice(0, manifest.threshold)
  const expected = [{ id: 0, key: jointKey }, ...shares.slice(manifest.threshold)]
  return expected.every(({ id, key }) => equalBytes(interpolate(group, basis, id), key))
}

/** The value at `at` of the polynomial in the exponent through the given points (Lagrange). */
export function interpolate(
  group: Group,
  points: readonly { readonly id: number; readonly key: Uint8Array }[],
  at: number,
): Uint8Array {
  return points
    .map(({ id, key }) => group.multiply(lagrangeCoefficient(points, id, at), key))
    .reduce((sum, term) => group.add(sum, term))
}

function lagrangeCoefficient(points: readonly { readonly id: number }[], id: number, at: number): Uint8Array {
  let numerator = 1n
  let denominator = 1n
  for (const other of points) {
    if (other.id === id) continue
    numerator = modulo(numerator * BigInt(at - other.id))
    denominator = modulo(denominator * BigInt(id - other.id))
  }
  return encodeScalar(modulo(numerator * decodeScalar(invertScalar(encodeScalar(denominator)))))
}

function modulo(value: bigint): bigint {
  return ((value % ORDER) + ORDER) % ORDER
}
