import { z } from 'zod'
import { tag, utf8 } from '../bytes.ts'
import { sha512_256 } from '../hash.ts'
import { canonicalJson, parseCanonicalJson } from '../json.ts'
import { MAX_TEXT_CHARACTERS } from '../proposal/text.ts'
import { err, ok, type Result } from '../result.ts'
import {
  base64Bytes,
  bilingual,
  hexBytes,
  integer,
  kioskId,
  optionalBilingual,
  origin,
  shortName,
  text,
  unixSeconds,
} from './fields.ts'
import { findInconsistency } from './manifest-consistency.ts'
import { describeIssues } from './text-parser.ts'

const vkey = z.string().min(1).max(400)

/** RFC 6962 root, count and blob name (hex SHA-256 of the concatenated entries) of a key list. */
const keyListCommitment = z.strictObject({
  count: integer(0, 1 << 24),
  root: base64Bytes(32),
  blob: hexBytes(32),
})

/** Won. The sum over 231 options stays exact in a double. */
const money = integer(1, 1_000_000_000_000)

const contest = z.strictObject({
  id: integer(0, 0xfffe),
  kind: z.enum(['choose-one', 'approve', 'rank', 'budget', 'yes-no']),
  title: bilingual(300),
  summary: optionalBilingual(4000),
  options: z
    .array(
      z.strictObject({
        id: integer(1, 255),
        title: bilingual(300),
        summary: optionalBilingual(4000),
        cost: money.exactOptional(),
      }),
    )
    .min(1)
    .max(255),
  minSelections: integer(0, 231),
  maxSelections: integer(1, 231),
  budget: money.exactOptional(),
  patternRiskAccepted: z.literal(true).exactOptional(),
})

const style = z.strictObject({
  id: integer(0, 255),
  name: bilingual(100),
  contests: z.array(integer(0, 0xfffe)).min(1).max(8),
})

/** Residents may hand in proposals under these topics: at most `perSlip` of one slip, of so many code points. */
const proposals = z.strictObject({
  topics: z
    .array(z.strictObject({ id: integer(1, 255), title: bilingual(100) }))
    .min(1)
    .max(64),
  perSlip: integer(1, 20),
  maxCharacters: integer(50, MAX_TEXT_CHARACTERS),
})

/** The manifest as it stands in the text of leaf 0. Bytes are base64, times are Unix seconds. */
export const manifestSchema = z.strictObject({
  version: z.literal(1),
  id: origin,
  title: bilingual(300),
  suite: z.literal(1),
  contests: z.array(contest).min(1).max(64),
  styles: z.array(style).min(1).max(256),
  trustees: z
    .array(z.strictObject({ id: integer(1, 255), name: bilingual(200), verificationKey: base64Bytes(32) }))
    .min(1)
    .max(32),
  threshold: integer(1, 32),
  jointKey: base64Bytes(32),
  ceremonyHash: base64Bytes(32),
  generatorLabel: z.string().regex(/^[\x21-\x7e]{1,255}$/),
  mixers: z.array(integer(1, 255)).min(1).max(32),
  credentials: keyListCommitment,
  supportKeys: keyListCommitment,
  keys: z.strictObject({
    authority: vkey,
    registrar: vkey,
    deviceAuthority: vkey,
    log: vkey,
    bridges: z
      .array(z.strictObject({ id: shortName, promise: vkey, x25519: base64Bytes(32) }))
      .min(1)
      .max(16),
    trustees: z.array(vkey).min(1).max(32),
  }),
  kioskSlots: z
    .array(z.strictObject({ id: kioskId, centre: shortName }))
    .min(1)
    .max(2000),
  centres: z
    .array(z.strictObject({ id: shortName, name: bilingual(200) }))
    .min(1)
    .max(1000),
  policies: z.strictObject({ seen: text(8000), official: text(8000) }),
  times: z.strictObject({ opens: unixSeconds, closes: unixSeconds, sealedBy: unixSeconds }),
  minPerKiosk: integer(1, 10_000),
  tickSeconds: integer(1, 86_400),
  maxDelaySeconds: integer(1, 604_800),
  deliveryDeadline: unixSeconds,
  minimumCount: integer(1, 1_000_000),
  testSlips: base64Bytes(32),
  /** Absent: no proposals in this election. */
  proposals: proposals.exactOptional(),
  /** An election for trying things out: every screen and printout says so, and nothing in it counts. */
  test: z.literal(true).exactOptional(),
})

export type Manifest = z.infer<typeof manifestSchema>
export type ManifestContest = Manifest['contests'][number]
export type ManifestProposals = NonNullable<Manifest['proposals']>
export type ManifestTopic = ManifestProposals['topics'][number]
export type ManifestStyle = Manifest['styles'][number]

export type ManifestError = 'manifest-text' | 'manifest-schema' | 'manifest-inconsistent'

/**
 * Parses the text of the manifest note: canonical JSON and one line feed, the schema above, and every rule that
 * needs no cryptography (unique ids, references that exist, order of times). Key checks are `checkManifestKeys`.
 */
export function parseManifest(noteText: string): Result<Manifest, ManifestError> {
  if (!noteText.endsWith('\n')) return err('manifest-text', 'no final line feed')
  const json = parseCanonicalJson(noteText.slice(0, -1))
  if (!json.ok) return err('manifest-text', json.detail ?? json.error)
  const parsed = manifestSchema.safeParse(json.value)
  if (!parsed.success) return err('manifest-schema', describeIssues(parsed.error))
  const inconsistency = findInconsistency(parsed.data)
  return inconsistency === null ? ok(parsed.data) : err('manifest-inconsistent', inconsistency)
}

/** The text of the manifest note: canonical JSON and one line feed. Throws for values that are not canonical. */
export function manifestText(manifest: Manifest): string {
  return `${canonicalJson(manifest)}\n`
}

const MANIFEST_TAG = tag('hanpyo/manifest/v1')

/** H_m, 32 bytes: SHA-512/256(tag ‖ note text without its final line feed). */
export function manifestHash(noteText: string): Uint8Array {
  return sha512_256(MANIFEST_TAG, utf8(noteText.endsWith('\n') ? noteText.slice(0, -1) : noteText))
}

/** Names of the keys of an election, each derived from the log origin (`manifest.id`). */
export const keyName = {
  authority: (id: string) => `${id}/authority`,
  registrar: (id: string) => `${id}/registrar`,
  deviceAuthority: (id: string) => `${id}/devices`,
  log: (id: string) => id,
  bridge: (id: string, bridge: string) => `${id}/bridge/${bridge}`,
  kiosk: (id: string, kiosk: number) => `${id}/kiosk/${kiosk}`,
  trustee: (id: string, trustee: number) => `${id}/trustee/${trustee}`,
} as const
