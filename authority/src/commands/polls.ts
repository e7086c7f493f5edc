import { type Command, EXIT } from '@hanpyo/platform/command.ts'
import { pollsRecord } from '../official-records.ts'
import {
  deliver,
  electionOf,
  guard,
  keyOf,
  RECORD_OPTIONS,
  RECORD_USAGE,
  readArguments,
  timeOf,
} from './run.ts'

export const electionOpen = pollsCommand('open', 'open', 'Open the polls of the whole election')
export const electionClose = pollsCommand(
  'close',
  'closed',
  'Close the polls; ballots on their way still count',
)
export const electionSeal = pollsCommand('seal', 'sealed', 'Seal the election; no ballot can follow')

function pollsCommand(word: string, state: 'open' | 'closed' | 'sealed', summary: string): Command {
  return {
    name: `election ${word}`,
    summary,
    usage: [
      `hanpyo election ${word} --bridge URL [--election DIR]`,
      '',
      `Signs the polls record "${state}" with the authority's key.`,
      '',
      RECORD_USAGE,
    ].join('\n'),
    run: (args, io) =>
      guard(io, async () => {
        const given = readArguments(args, RECORD_OPTIONS)
        const election = await electionOf(given, io)
        const key = await keyOf(election, 'authority')
        await deliver(pollsRecord(election, key, state, timeOf(given)), given, io)
        return EXIT.ok
      }),
  }
}
