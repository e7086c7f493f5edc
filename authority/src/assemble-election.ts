import { toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { checkManifestKeys } from '@hanpyo/protocol/election/key-checks.ts'
import { commitKeyList, SUPPORT_ENTRY_BYTES } from '@hanpyo/protocol/election/keylist.ts'
import {
  type Manifest,
  manifestHash,
  manifestText,
  parseManifest,
} from '@hanpyo/protocol/election/manifest.ts'
import { testSlipCommitment } from '@hanpyo/protocol/election/test-slips.ts'
import type { CryptoBackend, RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { sha256 } from '@hanpyo/protocol/hash.ts'
import { signNote } from '@hanpyo/protocol/log/note.ts'
import { ceremonyHash } from '@hanpyo/protocol/proofs/ceremony.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { FinishedCeremony } from './ceremony/finish.ts'
import type { ElectionConfig } from './config.ts'
import { type CeremonyOutcome, runCeremonyInOneProcess } from './key-ceremony.ts'
import { assessPatternRisk } from './pattern-risk.ts'
import { writePolicies } from './policies.ts'
import { drawRoleKeys, type RoleKeys } from './role-keys.ts'
import { drawSlips, type SlipSet } from './slips.ts'

/** Everything of a new election, in memory. Only manifest note and blobs are public. */
export interface AssembledElection {
  readonly manifest: Manifest
  /** The signed manifest, body of leaf 0. */
  readonly manifestNote: string
  /** H_m, 32 bytes. */
  readonly manifestHash: Uint8Array
  /** Hex SHA-256 to bytes: credential list, support list, key ceremony. */
  readonly blobs: ReadonlyMap<string, Uint8Array>
  readonly roleKeys: RoleKeys
  readonly ceremony: CeremonyOutcome
  /** Note keys of trustees 1..n, made here or brought by a ceremony. */
  readonly trusteeVkeys: readonly string[]
  readonly slips: SlipSet
  readonly testSlipSalt: Uint8Array
}

export type AssembleError = 'pattern-risk' | 'manifest-refused' | 'ceremony-config'

export interface AssemblePorts {
  readonly backend: CryptoBackend
  readonly random: RandomBytes
  /** A ceremony that the trustees finished on their own machines; without it one runs here, for rehearsals. */
  readonly ceremony?: FinishedCeremony
}

/** Draws keys and slips, runs or takes the key ceremony and signs the manifest. Writes nothing. */
export function assembleElection(
  config: ElectionConfig,
  { backend, random, ceremony: finished }: AssemblePorts,
): Result<AssembledElection, AssembleError> {
  const risky = assessPatternRisk(config).filter(({ isTooHigh, isAccepted }) => isTooHigh && !isAccepted)
  if (risky.length > 0)
    return err('pattern-risk', risky.map(({ contest }) => `contest ${contest}`).join(', '))

  const { id, bridges, trustees, styles } = config
  const trusteeCount = trustees.members.length
  if (finished !== undefined && !isCeremonyOf(config, finished)) {
    const { electionId, threshold, trustees: vkeys } = finished.roster.setup
    return err('ceremony-config', `the ceremony is ${threshold} of ${vkeys.length} for ${electionId}`)
  }
  const roleKeys = drawRoleKeys(
    { ed25519: backend.ed25519, random },
    { id, bridges, trusteeCount: finished === undefined ? trusteeCount : 0 },
  )
  const trusteeVkeys = finished?.roster.setup.trustees ?? roleKeys.trustees.map(({ vkey }) => vkey)
  const ceremony: CeremonyOutcome =
    finished === undefined
      ? runCeremonyInOneProcess({
          backend,
          random,
          setup: { electionId: id, threshold: trustees.threshold, trustees: trusteeVkeys },
          seeds: roleKeys.trustees.map(({ seed }) => seed),
        })
      : {
          jointKey: finished.jointKey,
          trustees: finished.verificationKeys.map((verificationKey) => ({ verificationKey })),
          document: finished.document,
        }
  const slips = drawSlips({ group: backend.group, random, electionId: id, styles })
  const testSlipSalt = random(32)
  const manifest = buildManifest(config, { roleKeys, ceremony, trusteeVkeys, slips, testSlipSalt })

  const text = manifestText(manifest)
  const parsed = parseManifest(text)
  if (!parsed.ok) return err('manifest-refused', parsed.detail ?? parsed.error)
  const keys = checkManifestKeys(backend, parsed.value)
  if (!keys.ok) return err('manifest-refused', `${keys.error} ${keys.detail ?? ''}`.trimEnd())

  const blobs = [slips.credentialList, slips.supportList, ceremony.document]
  return ok({
    manifest,
    manifestNote: signNote({ ed25519: backend.ed25519, ...roleKeys.authority, text }),
    manifestHash: manifestHash(text),
    blobs: new Map(blobs.map((blob) => [toHex(sha256(blob)), blob])),
    roleKeys,
    ceremony,
    trusteeVkeys,
    slips,
    testSlipSalt,
  })
}

function isCeremonyOf({ id, trustees }: ElectionConfig, { roster }: FinishedCeremony): boolean {
  const { electionId, threshold, trustees: vkeys } = roster.setup
  return electionId === id && threshold === trustees.threshold && vkeys.length === trustees.members.length
}

function buildManifest(
  config: ElectionConfig,
  made: Pick<AssembledElection, 'roleKeys' | 'ceremony' | 'trusteeVkeys' | 'slips' | 'testSlipSalt'>,
): Manifest {
  const { roleKeys, ceremony, slips } = made
  const { times, publication, trustees } = config
  return {
    version: 1,
    id: config.id,
    title: config.title,
    suite: 1,
    contests: config.contests.map(({ options, patternRiskAccepted, ...contest }) => ({
      ...contest,
      options: options.map((option, i) => ({ id: i + 1, ...option })),
      ...(patternRiskAccepted ? { patternRiskAccepted } : {}),
    })),
    styles: config.styles.map(({ id, name, contests }) => ({ id, name, contests })),
    trustees: trustees.members.map((name, i) => ({
      id: i + 1,
      name,
      verificationKey: toBase64(ceremony.trustees[i]?.verificationKey as Uint8Array),
    })),
    threshold: trustees.threshold,
    jointKey: toBase64(ceremony.jointKey),
    ceremonyHash: ceremonyHash(ceremony.document),
    generatorLabel: `hanpyo/generators/v1/${config.id}`,
    mixers: trustees.mixers ?? Array.from({ length: trustees.threshold }, (_, i) => i + 1),
    credentials: commitKeyList(slips.credentialList),
    supportKeys: commitKeyList(slips.supportList, SUPPORT_ENTRY_BYTES),
    keys: {
      authority: roleKeys.authority.vkey,
      registrar: roleKeys.registrar.vkey,
      deviceAuthority: roleKeys.deviceAuthority.vkey,
      log: roleKeys.log.vkey,
      bridges: roleKeys.bridges.map(({ id, promise, x25519Public }) => ({
        id,
        promise: promise.vkey,
        x25519: toBase64(x25519Public),
      })),
      trustees: [...made.trusteeVkeys],
    },
    kioskSlots: config.centres.flatMap(({ id: centre, kiosks }) => kiosks.map((id) => ({ id, centre }))),
    centres: config.centres.map(({ id, name }) => ({ id, name })),
    policies: writePolicies(roleKeys.log.vkey, config),
    times: { opens: times.opens, closes: times.closes, sealedBy: times.sealedBy },
    minPerKiosk: publication.minPerKiosk,
    tickSeconds: publication.tickSeconds,
    maxDelaySeconds: publication.maxDelaySeconds,
    deliveryDeadline: times.deliveryDeadline,
    minimumCount: publication.minimumCount,
    testSlips: toBase64(testSlipCommitment(made.testSlipSalt, slips.testSlips)),
    ...(config.proposals === undefined ? {} : { proposals: config.proposals }),
    ...(config.test === undefined ? {} : { test: config.test }),
  }
}
