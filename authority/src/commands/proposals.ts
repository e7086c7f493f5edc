import { type Command, EXIT, UsageError } from '@hanpyo/platform/command.ts'
import { parseHex } from '@hanpyo/protocol/bytes.ts'
import { listProposals, type ModeratedProposal, readText } from '../bridge-proposals.ts'
import { moderationRecord } from '../official-records.ts'
import {
  bridgeOf,
  deliver,
  electionOf,
  guard,
  keyOf,
  must,
  RECORD_OPTIONS,
  RECORD_USAGE,
  readArguments,
  timeOf,
} from './run.ts'

const ACTIONS = ['hide', 'show', 'erase'] as const

export const proposalList: Command = {
  name: 'proposal list',
  summary: 'List the published proposals with their texts and supports',
  usage: [
    'hanpyo proposal list --bridge URL [--json]',
    '',
    'In the order of the ledger: id, topic, centre, supports, and the text. Hidden ones are shown as such.',
    '',
    '  --bridge URL     the bridge to ask',
    '  --json           one JSON object a line',
  ].join('\n'),
  run: (args, io) =>
    guard(io, async () => {
      const given = readArguments(args, { bridge: { type: 'string' }, json: { type: 'boolean' } })
      const bridge = await bridgeOf(given.required('bridge'), given, io)
      const proposals = must(await listProposals(bridge))
      let missing = 0
      for (const proposal of proposals) {
        const read = proposal.erased === true ? null : await readText(bridge, proposal.id)
        // One text that a bridge lost, or that was erased just now, must not hide the proposals behind it.
        if (read?.ok === false && read.error === 'bridge-unreachable') must(read)
        if (read?.ok === false) missing++
        const text = read?.ok === true ? read.value : null
        if (given.isSet('json')) io.stdout(JSON.stringify({ ...proposal, text }))
        else for (const line of linesOf(proposal, text)) io.stdout(line)
      }
      if (!given.isSet('json')) io.stdout(`${proposals.length} proposals`)
      if (missing > 0)
        io.stderr(`${missing} texts cannot be shown: this bridge lacks them or gave wrong ones.`)
      return missing === 0 ? EXIT.ok : EXIT.failed
    }),
}

export const proposalModerate: Command = {
  name: 'proposal moderate',
  summary: 'Hide, show again or erase a proposal, with a public reason',
  usage: [
    'hanpyo proposal moderate --proposal ID --action hide|show|erase --reason TEXT --bridge URL',
    '',
    'The record with its reason stands on the ledger for good. Hiding is a word to readers; erasing deletes the text at the',
    'bridge and cannot be undone. Supports are kept in every case.',
    '',
    '  --proposal ID    64 hex digits, as "hanpyo proposal list" prints them',
    '  --action         hide, show or erase',
    '  --reason TEXT    1 to 300 characters; name nobody in it',
    RECORD_USAGE,
  ].join('\n'),
  run: (args, io) =>
    guard(io, async () => {
      const given = readArguments(args, {
        ...RECORD_OPTIONS,
        proposal: { type: 'string' },
        action: { type: 'string' },
        reason: { type: 'string' },
      })
      const id = parseHex(given.required('proposal'))
      if (id?.length !== 32) throw new UsageError('--proposal is not 64 hex digits')
      const action = ACTIONS.find((one) => one === given.required('action'))
      if (action === undefined) throw new UsageError(`--action is one of ${ACTIONS.join(', ')}`)
      const reason = given.required('reason').normalize('NFC').trim()
      const election = await electionOf(given, io)
      const key = await keyOf(election, 'authority')
      const record = moderationRecord(election, key, { id, action, reason, at: timeOf(given) })
      await deliver(must(record), given, io)
      return EXIT.ok
    }),
}

function linesOf(proposal: ModeratedProposal, text: string | null): string[] {
  const { id, topic, centre, supports, hidden, erased } = proposal
  const state =
    erased === true ? ', erased' : `${hidden ? ', hidden' : ''}${text === null ? ', no text' : ''}`
  return [
    `${id}  topic ${topic}, ${centre}, ${supports} supports${state}`,
    ...(text?.split('\n') ?? []).map((line) => `  ${line}`),
  ]
}
