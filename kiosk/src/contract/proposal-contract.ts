import { z } from 'zod'
import { method } from './define.ts'
import { proposalIdSchema, proposalStopSchema, staffProposalsSchema } from './proposal-views.ts'
import { kioskViewSchema } from './views.ts'

const nothing = z.strictObject({})
const view = kioskViewSchema
const page = z.int().min(1).max(1_000_000)
const stepErrors = ['wrong-step', 'staff-unlocked'] as const
const storeErrors = ['disk-full', 'box-failed'] as const
/** What a text can be refused for; nothing of it is lost. */
const textErrors = ['text-empty', 'text-too-long', 'text-character', 'text-marks'] as const

/**
 * Proposals at the kiosk. The slip comes last, by `session.scan` on `proposal-slip`; `session.leave`, `session.finish`,
 * `session.touch`, `session.help` and `session.language` work as in a vote.
 */
export const proposalMethods = {
  /** attract → proposals. */
  'proposal.start': method({
    input: nothing,
    output: view,
    errors: [...stepErrors, ...proposalStopSchema.options],
  }),
  /** proposals, list, detail or stored → topic. */
  'proposal.new': method({ input: nothing, output: view, errors: stepErrors }),
  /** topic → write. */
  'proposal.topic': method({
    input: z.strictObject({ topic: z.int().min(1).max(255) }),
    output: view,
    errors: [...stepErrors, 'unknown-topic'],
  }),
  /** write: keeps what is typed so far, also while typing. On `text-too-long` the text before stays. */
  'proposal.text': method({
    input: z.strictObject({ text: z.string().max(8_000) }),
    output: view,
    errors: [...stepErrors, 'text-too-long'],
  }),
  /** write → similar or read-back; similar → read-back; read-back → consent. The text is checked when leaving write. */
  'proposal.next': method({ input: nothing, output: view, errors: [...stepErrors, ...textErrors] }),
  /** One screen back; what was typed stays. From `proposals` back to attract. */
  'proposal.back': method({ input: nothing, output: view, errors: stepErrors }),
  /** proposals, list, detail or stored → list; a page behind the last gives the last. */
  'proposal.list': method({ input: z.strictObject({ page }), output: view, errors: stepErrors }),
  /** list or similar → detail. */
  'proposal.show': method({
    input: z.strictObject({ id: proposalIdSchema }),
    output: view,
    errors: [...stepErrors, 'unknown-proposal'],
  }),
  /** list, similar or detail → support. `proposal-waiting`: it is not on the ledger yet. */
  'proposal.support': method({
    input: z.strictObject({ id: proposalIdSchema }),
    output: view,
    errors: [...stepErrors, 'unknown-proposal', 'proposal-waiting'],
  }),
  /** consent or support → slip. */
  'proposal.confirm': method({ input: nothing, output: view, errors: stepErrors }),
  /** Unlocked staff say that they type for the person who is here; only the number of such people is kept. */
  'proposal.assisted': method({
    input: nothing,
    output: view,
    errors: ['staff-locked', 'nobody-here', ...storeErrors],
  }),
  /** The proposals handed in at this centre that are on the ledger, newest first. */
  'staff.proposals': method({
    input: z.strictObject({ page }),
    output: staffProposalsSchema,
    errors: ['staff-locked', 'proposals-not-offered'],
  }),
  /** Signs and stores a hide or show note; answers with the page the proposal is on. `no-change`: it is so already. */
  'staff.moderate': method({
    input: z.strictObject({
      id: proposalIdSchema,
      action: z.enum(['hide', 'show']),
      reason: z.string().min(1).max(300),
    }),
    output: staffProposalsSchema,
    errors: [
      'staff-locked',
      'proposals-not-offered',
      'unknown-proposal',
      'no-change',
      'reason-not-plain',
      ...storeErrors,
    ],
  }),
}
