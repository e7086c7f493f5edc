/**
 * The election as a person writes it down: a TOML file, checked with messages that name the place and say
 * what to do. `new-election.ts` turns it into keys, slips and a manifest.
 */
import { type ConfigError, loadConfig } from '@hanpyo/platform/config.ts'
import {
  bilingual,
  integer,
  kioskId,
  optionalBilingual,
  origin,
  shortName,
  unixSeconds,
} from '@hanpyo/protocol/election/fields.ts'
import type { Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'

/** A TOML date-time with an offset, or the same as text; becomes Unix seconds. */
const moment = z
  .union([z.date(), z.string(), z.int()])
  .transform((value, context) => {
    if (typeof value === 'number') return value
    const hasOffset = value instanceof Date ? !isLocalToml(value) : /(?:Z|[+-]\d\d:\d\d)$/.test(value)
    const ms = value instanceof Date ? value.getTime() : Date.parse(value)
    if (Number.isNaN(ms)) context.addIssue('not a time; write it like 2026-09-01T09:00:00+09:00')
    else if (!hasOffset) context.addIssue('without an offset; write it like 2026-09-01T09:00:00+09:00')
    return Math.floor(ms / 1000)
  })
  .pipe(unixSeconds)

const option = z.strictObject({
  title: bilingual(300),
  summary: optionalBilingual(4000).default({ ko: '', en: '' }),
  /** Won; every option of a contest with a `budget` has one. */
  cost: integer(1, 1_000_000_000_000).exactOptional(),
})

const contest = z.strictObject({
  id: integer(0, 0xfffe),
  kind: z.enum(['choose-one', 'approve', 'rank', 'budget', 'yes-no']),
  title: bilingual(300),
  summary: optionalBilingual(4000).default({ ko: '', en: '' }),
  /** Numbered 1, 2, 3 … in this order. */
  options: z.array(option).min(1).max(255),
  minSelections: integer(0, 231).default(1),
  maxSelections: integer(1, 231).default(1),
  /** Won that all chosen options of a `budget` contest together may cost. */
  budget: integer(1, 1_000_000_000_000).exactOptional(),
  patternRiskAccepted: z.literal(true).optional(),
})

const style = z.strictObject({
  id: integer(0, 255),
  name: bilingual(100),
  contests: z.array(integer(0, 0xfffe)).min(1).max(8),
  /** How many slips of this style are printed. */
  slips: integer(1, 1 << 24),
  /** How many of them are handed to observers as test slips. */
  testSlips: integer(0, 10_000).default(0),
})

const witness = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  vkey: z.string().min(1).max(4000),
  url: z.url().optional(),
})

const fields = z.strictObject({
  id: origin,
  title: bilingual(300),
  /** Per cent of the slips that are expected to be used; the pattern rule compares with it. */
  expectedTurnoutPercent: integer(1, 100),
  times: z.strictObject({ opens: moment, closes: moment, deliveryDeadline: moment, sealedBy: moment }),
  publication: z.strictObject({
    tickSeconds: integer(1, 86_400).default(600),
    maxDelaySeconds: integer(1, 604_800).default(3600),
    minPerKiosk: integer(1, 10_000).default(20),
    minimumCount: integer(1, 1_000_000).default(30),
  }),
  contests: z.array(contest).min(1).max(64),
  styles: z.array(style).min(1).max(256),
  centres: z
    .array(z.strictObject({ id: shortName, name: bilingual(100), kiosks: z.array(kioskId).min(1) }))
    .min(1)
    .max(1000),
  trustees: z.strictObject({
    threshold: integer(2, 32),
    members: z.array(bilingual(200)).min(2).max(32),
    /** Who mixes, in this order; without it the first `threshold` trustees do. */
    mixers: z.array(integer(1, 32)).min(1).optional(),
  }),
  /** Residents may hand in proposals under these topics. */
  proposals: z
    .strictObject({
      topics: z
        .array(z.strictObject({ id: integer(1, 255), title: bilingual(100) }))
        .min(1)
        .max(64),
      perSlip: integer(1, 20).default(3),
      maxCharacters: integer(50, 1000).default(400),
    })
    .exactOptional(),
  /** An election for trying things out; every screen says so. */
  test: z.literal(true).exactOptional(),
  bridges: z.array(shortName).min(1).max(16).default(['main']),
  witnesses: z.array(witness).max(64).default([]),
  mirrors: z.array(witness).max(64).default([]),
  quorum: z
    .strictObject({ witnesses: integer(0, 64).default(0), mirrors: integer(0, 64).default(0) })
    .default({ witnesses: 0, mirrors: 0 }),
})

/** The file's schema, with the rules between its parts. */
export const electionConfigSchema = fields.superRefine(crossChecks)

export type ElectionConfig = z.infer<typeof fields>

/** Reads an election's TOML file. The detail of a failure lists every problem with its place. */
export function loadElectionConfig(path: string): Promise<Result<ElectionConfig, ConfigError>> {
  return loadConfig<ElectionConfig>({ path, schema: electionConfigSchema, env: {} })
}

/** Rules between parts of the file that would otherwise only show when the manifest is put together. */
function crossChecks(config: z.infer<typeof fields>, context: z.RefinementCtx): void {
  const { contests, styles, centres, trustees, times, quorum } = config
  const complain = (isWrong: boolean, path: string, message: string): void => {
    if (isWrong) context.addIssue({ code: 'custom', path: path.split('.'), message })
  }
  const contestIds = new Set(contests.map(({ id }) => id))
  complain(contestIds.size !== contests.length, 'contests', 'two contests have the same id')
  complain(
    new Set(styles.map(({ id }) => id)).size !== styles.length,
    'styles',
    'two styles have the same id',
  )
  for (const [i, { contests: wanted, slips, testSlips }] of styles.entries()) {
    const unknown = wanted.filter((id) => !contestIds.has(id))
    complain(unknown.length > 0, `styles.${i}.contests`, `there is no contest ${unknown.join(', ')}`)
    complain(testSlips >= slips, `styles.${i}.testSlips`, 'must be fewer than slips')
  }
  for (const [i, { id }] of contests.entries()) {
    const isUsed = styles.some((style) => style.contests.includes(id))
    complain(!isUsed, `contests.${i}`, 'no style contains it, so nobody could vote in it')
  }
  const slots = centres.flatMap(({ kiosks }) => kiosks)
  complain(new Set(slots).size !== slots.length, 'centres', 'two kiosks have the same number')
  const trusteeCount = trustees.members.length
  complain(trustees.threshold > trusteeCount, 'trustees.threshold', 'is larger than the number of members')
  complain(
    (trustees.mixers ?? []).some((mixer) => mixer > trusteeCount),
    'trustees.mixers',
    `there are ${trusteeCount} trustees`,
  )
  complain(times.opens >= times.closes, 'times.closes', 'must be later than opens')
  complain(times.closes > times.deliveryDeadline, 'times.deliveryDeadline', 'must not be before closes')
  complain(times.deliveryDeadline > times.sealedBy, 'times.sealedBy', 'must not be before deliveryDeadline')
  const topics = config.proposals?.topics ?? []
  complain(
    new Set(topics.map(({ id }) => id)).size !== topics.length,
    'proposals.topics',
    'two topics have the same id',
  )
  complain(quorum.witnesses > config.witnesses.length, 'quorum.witnesses', 'more than there are witnesses')
  complain(quorum.mirrors > config.mirrors.length, 'quorum.mirrors', 'more than there are mirrors')
}

/** smol-toml's dates know whether an offset was written; a plain `Date` is a moment anyway. */
function isLocalToml(value: Date): boolean {
  return 'isLocal' in value && typeof value.isLocal === 'function' && value.isLocal() === true
}
