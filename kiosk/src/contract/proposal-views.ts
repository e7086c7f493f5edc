/** The screens of handing in and supporting proposals. Nothing here carries a slip, a key or a support index. */
import { z } from 'zod'
import { bilingualSchema } from './bilingual.ts'

/** 32 bytes of the proposal's id as lower-case hex. */
export const proposalIdSchema = z.string().regex(/^[0-9a-f]{64}$/)

const topicSchema = z.strictObject({ id: z.int().min(1).max(255), title: bilingualSchema })
export type TopicView = z.infer<typeof topicSchema>

const proposalSchema = z.strictObject({
  id: proposalIdSchema,
  topic: topicSchema,
  text: z.string(),
  /** Slips behind it, the author's included, as far as this kiosk has seen the ledger. */
  supports: z.int().min(0),
  /** Handed in here and not on the ledger yet: it can be read, and supported once it is there. */
  isWaiting: z.boolean(),
})
export type ProposalView = z.infer<typeof proposalSchema>

/**
 * Why a slip was not accepted for a proposal or a support. Nothing was stored; what was typed is still there. There is no
 * `slip-void`: void slips are listed by their voting key, which this flow never derives.
 */
export const proposalSlipProblemSchema = z.enum([
  'slip-damaged',
  'slip-not-ours',
  'slip-foreign',
  'slip-two-part',
  /** This slip already stands behind the proposal (as its author or a supporter). */
  'already-supported',
  /** This slip has handed in as many proposals as the election allows. */
  'proposal-limit',
  'proposal-disk-full',
  'proposal-box-failed',
])
export type ProposalSlipProblem = z.infer<typeof proposalSlipProblemSchema>

/** Why nobody can begin with proposals now. */
export const proposalStopSchema = z.enum([
  'proposals-not-offered',
  'polls-not-open',
  'election-closed',
  'disk-nearly-full',
])
export type ProposalStop = z.infer<typeof proposalStopSchema>

export const proposalScreens = [
  /** Entry: write a new one, or read the others' (`count` of them are known here). */
  z.strictObject({ screen: z.literal('proposals'), count: z.int().min(0) }),
  /** `chosen` is set when the person came back from writing. */
  z.strictObject({
    screen: z.literal('proposal-topic'),
    topics: z.array(topicSchema),
    chosen: z.int().nullable(),
  }),
  /** `text` is what the core has; a page that is being typed on keeps its own, newer one. */
  z.strictObject({
    screen: z.literal('proposal-write'),
    topic: topicSchema,
    text: z.string(),
    /** Code points of the text in NFC. */
    maxCharacters: z.int(),
  }),
  /** Only when some are alike: at most five, the most alike first. */
  z.strictObject({ screen: z.literal('proposal-similar'), similar: z.array(proposalSchema).min(1) }),
  z.strictObject({ screen: z.literal('proposal-read-back'), topic: topicSchema, text: z.string() }),
  /** The text will be public, with no name; "hand in" is `proposal.confirm`. */
  z.strictObject({ screen: z.literal('proposal-consent'), topic: topicSchema, text: z.string() }),
  /** Waiting for the slip, the last step before storing. */
  z.strictObject({
    screen: z.literal('proposal-slip'),
    purpose: z.enum(['propose', 'support']),
    problem: proposalSlipProblemSchema.nullable(),
  }),
  z.strictObject({
    screen: z.literal('proposal-list'),
    /** 1-based; `pages` is at least 1. */
    page: z.int().min(1),
    pages: z.int().min(1),
    items: z.array(proposalSchema),
  }),
  z.strictObject({ screen: z.literal('proposal-detail'), proposal: proposalSchema }),
  /** "Support this one?": yes is `proposal.confirm`. */
  z.strictObject({ screen: z.literal('proposal-support'), proposal: proposalSchema }),
  /** Durably stored on this machine, sent as soon as there is a way. Turns into `attract` by itself. */
  z.strictObject({ screen: z.literal('proposal-stored'), kind: z.enum(['proposed', 'supported']) }),
  /** Nobody answered: all that was typed is erased, nothing was stored. Turns into `attract` by itself. */
  z.strictObject({ screen: z.literal('proposal-expired') }),
] as const

/** Staff: the proposals handed in at this kiosk's centre, and what this centre did to them. */
export const staffProposalSchema = z.strictObject({
  id: proposalIdSchema,
  topic: topicSchema,
  text: z.string(),
  supports: z.int().min(0),
  isHidden: z.boolean(),
  /** The newest reason given, here or in the ledger; `null` when nobody moderated it. */
  reason: z.string().nullable(),
  /** Said here and not on the ledger yet. */
  isChangeWaiting: z.boolean(),
})
export type StaffProposal = z.infer<typeof staffProposalSchema>

export const staffProposalsSchema = z.strictObject({
  page: z.int().min(1),
  pages: z.int().min(1),
  items: z.array(staffProposalSchema),
})
export type StaffProposals = z.infer<typeof staffProposalsSchema>
