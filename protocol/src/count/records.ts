import { z } from 'zod'
import { base64Bytes, hexBytes, integer, unixSeconds } from '../election/fields.ts'
import { textParser } from '../election/text-parser.ts'

const manifest = base64Bytes(32)
const contest = integer(0, 0xffff)
const trustee = integer(1, 255)
const count = integer(1, 1 << 24)

/**
 * 0x30, trustee: one mix of one contest. `input` and `output` are the SHA-256 (hex) of lists of α ‖ β, 64 bytes each;
 * `output` and `proof` name blobs. The input of the first mixer is what the ledger says; it is no blob.
 */
export const mixSchema = z.strictObject({
  manifest,
  contest,
  mixer: trustee,
  count,
  input: hexBytes(32),
  output: hexBytes(32),
  proof: hexBytes(32),
})

/** 0x31, trustee: its shares of one contest. `mix` is the output of the last mix, `shares` a blob of 32 bytes each. */
export const decryptionSchema = z.strictObject({
  manifest,
  contest,
  trustee,
  count,
  mix: hexBytes(32),
  shares: hexBytes(32),
  proof: base64Bytes(96),
})

const optionCount = z.strictObject({
  option: integer(1, 255),
  votes: integer(0, 1 << 24),
  byRank: z.array(integer(0, 1 << 24)).exactOptional(),
})

/** What was counted in one contest; `points` names the blob of plaintext points, 32 bytes each. */
const countedContest = z.strictObject({
  id: contest,
  total: count,
  trustees: z.array(trustee).min(1),
  points: hexBytes(32),
  blank: integer(0, 1 << 24),
  invalid: z.record(z.string().max(40), count),
  counts: z.array(optionCount),
})

/** A contest that is not opened, because so few ballots could give voters away (`minimumCount` of the manifest). */
const withheldContest = z.strictObject({
  id: contest,
  total: integer(0, 1 << 24),
  withheld: z.literal('below-minimum'),
})

/** 0x32, authority: the result of every contest, in the manifest's order. */
export const resultSchema = z.strictObject({
  manifest,
  at: unixSeconds,
  contests: z.array(z.union([countedContest, withheldContest])),
})

export type MixRecord = z.infer<typeof mixSchema>
export type DecryptionRecord = z.infer<typeof decryptionSchema>
export type ResultRecord = z.infer<typeof resultSchema>
export type CountedContest = z.infer<typeof countedContest>

export const parseMix = textParser(mixSchema)
export const parseDecryption = textParser(decryptionSchema)
export const parseResult = textParser(resultSchema)
