import type { SelectionView } from '@hanpyo/kiosk/contract/views.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { runOnce } from './processes.ts'
import type { Progress } from './progress.ts'
import type { VoterOutcome } from './voters.ts'
import type { World } from './world.ts'

/** Mixers in the manifest's order, then three of five trustees, then the authority; each a process of its own. `table` is the printed result. */
export async function countVotes(
  world: World,
  progress: Progress,
): Promise<{ mixes: number; table: string }> {
  const { folder, manifest, manifestHash } = world.offices.election
  const ledger = [
    '--ledger',
    world.bridge.url,
    '--bridge',
    world.bridge.url,
    '--manifest-hash',
    toHex(manifestHash),
  ]
  const asTrustee = (id: number): string[] => ['--contest', 'all', '--trustee', folder.trusteeKey(id)]
  for (const id of manifest.mixers) {
    await runOnce(['mix', ...ledger, ...asTrustee(id)])
    progress.say(`Trustee ${id} (${nameOf(world, id)}) checks the ledger, mixes every contest and proves it.`)
  }
  const ids = manifest.trustees.map(({ id }) => id)
  // Every second one, so that it is seen that it need not be the first ones.
  const decrypting = [...ids.filter((id) => id % 2 === 1), ...ids.filter((id) => id % 2 === 0)].slice(
    0,
    manifest.threshold,
  )
  for (const id of decrypting) {
    await runOnce(['decrypt', ...ledger, ...asTrustee(id)])
    progress.say(
      `Trustee ${id} (${nameOf(world, id)}) checks every mix and hands in decryption shares with a proof.`,
    )
  }
  const table = await runOnce(['result', ...ledger, '--election', folder.root])
  progress.say('The authority combines the shares, counts and publishes the result.')
  return { mixes: manifest.mixers.length, table }
}

function nameOf(world: World, trustee: number): string {
  return world.offices.election.manifest.trustees.find(({ id }) => id === trustee)?.name.en ?? ''
}

/** One contest as the report shows it; `counts` by option number. */
export interface ContestCount {
  readonly id: number
  readonly counts: Readonly<Record<string, number>>
  readonly blank: number
  /** Invalid ballots of any reason. */
  readonly invalid: number
}

/** What the scripted people chose, counted without any cryptography. A slip used twice counts once. */
export function countScript(world: World, voters: readonly VoterOutcome[]): ContestCount[] {
  const bySlip = new Map(
    voters.filter(({ problem }) => problem === undefined).map((one) => [one.voter.slip, one]),
  )
  return world.offices.election.manifest.contests.map(({ id, options }) => {
    const answers = [...bySlip.values()].flatMap(({ answers }) => answers.get(id) ?? [])
    const chosen = answers.flatMap(optionsOf)
    const counts = options.map(({ id: option }) => [option, chosen.filter((one) => one === option).length])
    return {
      id,
      counts: Object.fromEntries(counts),
      blank: answers.filter(({ kind }) => kind === 'blank').length,
      invalid: 0,
    }
  })
}

function optionsOf(selection: SelectionView): readonly number[] {
  if (selection.kind === 'blank') return []
  return 'option' in selection ? [selection.option] : selection.options
}
