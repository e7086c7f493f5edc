import { checkText, MAX_TEXT_CHARACTERS } from '@hanpyo/protocol/proposal/text.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { z } from 'zod'
import { type Bridge, type BridgeError, getJson } from './bridge-client.ts'

const proposalSchema = z.object({
  id: z.string().regex(/^[0-9a-f]{64}$/),
  topic: z.int(),
  centre: z.string().regex(/^[a-z0-9-]{1,32}$/),
  supports: z.int(),
  hidden: z.boolean(),
  erased: z.literal(true).optional(),
  index: z.int().min(1),
})

/** A published proposal as the bridge lists it. */
export type ModeratedProposal = z.infer<typeof proposalSchema>

const pageSchema = z.array(proposalSchema)
const textSchema = z.object({ text: z.string() })
const PAGE = 500

/** All published proposals in ledger order. */
export async function listProposals(bridge: Bridge): Promise<Result<ModeratedProposal[], BridgeError>> {
  const all: ModeratedProposal[] = []
  for (;;) {
    const answer = await getJson(bridge, `proposals?after=${all.at(-1)?.index ?? 0}&limit=${PAGE}`)
    if (!answer.ok) return answer
    const page = pageSchema.safeParse(answer.value)
    const isAscending =
      page.success && page.data.every(({ index }, i) => index > indexBefore(all, page.data, i))
    if (!page.success || !isAscending) return err('bridge-refused', 'the list of proposals cannot be read')
    all.push(...page.data)
    if (page.data.length < PAGE) return ok(all)
  }
}

/** The text of a proposal, checked to be safe to print. */
export async function readText(bridge: Bridge, id: string): Promise<Result<string, BridgeError>> {
  const answer = await getJson(bridge, `proposal/${id}`)
  if (!answer.ok) return answer
  const read = textSchema.safeParse(answer.value)
  const text = read.success ? checkText(read.data.text, MAX_TEXT_CHARACTERS) : undefined
  return text?.ok ? ok(text.value) : err('bridge-refused', `the text of ${id} cannot be shown`)
}

function indexBefore(
  all: readonly ModeratedProposal[],
  page: readonly ModeratedProposal[],
  i: number,
): number {
  return (i === 0 ? all.at(-1) : page[i - 1])?.index ?? 0
}
