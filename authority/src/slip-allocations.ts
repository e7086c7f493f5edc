/** Which envelopes of slips the registrar gave to which centre: one signed note a centre, in the election folder. */
import { dirname, join } from 'node:path'
import { makeDurableDirectory, readIfPresent, writeDurable } from '@hanpyo/platform/durable-file.ts'
import { readKeyFile } from '@hanpyo/platform/keyfile.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { parseCredentialList } from '@hanpyo/protocol/election/keylist.ts'
import {
  countSlips,
  type EnvelopeRange,
  impossibility,
  readSlipAllocation,
  type SlipAllocation,
  type SlipAllocationError,
  sharedEnvelope,
  signSlipAllocation,
} from '@hanpyo/protocol/election/slip-allocation.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import { testSlipFileSchema } from './key-files.ts'
import type { LoadedElection } from './load-election.ts'
import type { NoteKey } from './role-keys.ts'

export type AllocationError = SlipAllocationError | 'slips-given-elsewhere' | 'slips-beyond-allocation'

/** Where the note of a centre lies. */
export function allocationPath(election: LoadedElection, centre: string): string {
  return join(election.folder.root, 'allocations', `${centre}.slips.note`)
}

/** The allocation of a centre and its note; `null` when the centre got nothing. */
export async function readAllocation(
  election: LoadedElection,
  centre: string,
): Promise<
  Result<{ readonly allocation: SlipAllocation; readonly note: string } | null, SlipAllocationError>
> {
  const path = allocationPath(election, centre)
  const bytes = await readIfPresent(path)
  if (bytes === null) return ok(null)
  const read = readSlipAllocation({ ...election, note: bytes, centre })
  if (!read.ok) return err(read.error, `${path}: ${read.detail}`)
  return ok({ allocation: read.value, note: new TextDecoder().decode(bytes) })
}

/** The allocations of all centres that have one, in the order of the manifest. */
export async function readAllocations(
  election: LoadedElection,
): Promise<Result<readonly SlipAllocation[], SlipAllocationError>> {
  const all: SlipAllocation[] = []
  for (const { id } of election.manifest.centres) {
    const found = await readAllocation(election, id)
    if (!found.ok) return found
    if (found.value !== null) all.push(found.value.allocation)
  }
  return ok(all)
}

/**
 * Gives envelopes to a centre, beside those it has, or instead of them (`isCorrection`); the note is on disk when it resolves. Giving
 * the same again changes nothing. `slips-given-elsewhere`: an envelope is another centre's; `slips-impossible`: twice in this centre, an unknown
 * style, or more slips of a style than were printed for voters.
 */
export async function allocateSlips(
  election: LoadedElection,
  key: NoteKey,
  given: {
    readonly centre: string
    readonly envelopes: readonly EnvelopeRange[]
    readonly isCorrection: boolean
    readonly at: number
  },
): Promise<
  Result<{ readonly allocation: SlipAllocation; readonly note: string }, AllocationError | 'centre-unknown'>
> {
  const { centre, isCorrection, at } = given
  if (!election.manifest.centres.some(({ id }) => id === centre)) return err('centre-unknown', centre)
  const all = await readAllocations(election)
  const before = await readAllocation(election, centre)
  if (!all.ok) return all
  if (!before.ok) return before
  const had = before.value?.allocation.envelopes ?? []
  const isHad = (one: EnvelopeRange) => had.some((other) => isSame(one, other))
  const kept = isCorrection ? [] : had
  const envelopes = [...kept, ...given.envelopes.filter((one) => isCorrection || !isHad(one))].sort(
    (a, b) => a.first - b.first,
  )
  const isUnchanged = envelopes.length === had.length && envelopes.every(isHad)
  if (before.value !== null && isUnchanged) return ok(before.value)
  const problem =
    impossibility(envelopes, election.manifest) ??
    (await beyondPrinted(election, all.value, centre, envelopes))
  if (problem !== undefined) return err('slips-impossible', problem)
  for (const other of all.value.filter((one) => one.centre !== centre)) {
    const shared = sharedEnvelope([...other.envelopes, ...envelopes])
    if (shared !== undefined) return err('slips-given-elsewhere', `envelope ${shared}: ${other.centre}`)
  }
  const allocation: SlipAllocation = {
    version: 1,
    election: election.manifest.id,
    manifest: toHex(election.manifestHash),
    centre,
    revision: (before.value?.allocation.revision ?? 0) + 1,
    at,
    envelopes,
  }
  const note = signSlipAllocation({ ed25519: election.ed25519, name: key.name, seed: key.seed, allocation })
  const path = allocationPath(election, centre)
  await makeDurableDirectory(dirname(path))
  await writeDurable(path, note)
  return ok({ allocation, note })
}

/** Turnout says how many slips a centre got and gave back: neither can be more than the envelopes given to it hold. */
export async function checkTurnout(
  election: LoadedElection,
  turnout: { readonly centre: string; readonly issued: number; readonly returned: number },
): Promise<Result<void, SlipAllocationError | 'slips-beyond-allocation'>> {
  const found = await readAllocation(election, turnout.centre)
  if (!found.ok) return found
  // A registrar may keep count elsewhere.
  if (found.value === null) return ok(undefined)
  const slips = countSlips(found.value.allocation.envelopes)
  const most = Math.max(turnout.issued, turnout.returned)
  if (most > slips) return err('slips-beyond-allocation', `${turnout.centre}: ${most} of ${slips}`)
  return ok(undefined)
}

function isSame(a: EnvelopeRange, b: EnvelopeRange): boolean {
  return a.first === b.first && a.last === b.last && a.slips === b.slips && a.style === b.style
}

/** Observers' slips are never in an envelope for a centre. */
async function beyondPrinted(
  election: LoadedElection,
  all: readonly SlipAllocation[],
  centre: string,
  envelopes: readonly EnvelopeRange[],
): Promise<string | undefined> {
  const { folder, manifest } = election
  const bytes = await readIfPresent(join(folder.blobs, manifest.credentials.blob))
  const list = bytes === null ? undefined : parseCredentialList(bytes)
  if (list?.ok !== true) return undefined
  const testFile = await readKeyFile(folder.testSlips, 'hanpyo-test-slips', testSlipFileSchema)
  const forObservers = new Set(testFile.ok ? testFile.value.slips : [])
  const given = [...all.filter((one) => one.centre !== centre).flatMap((one) => one.envelopes), ...envelopes]
  for (const { id } of manifest.styles) {
    const printed = list.value.filter(({ style }, number) => style === id && !forObservers.has(number)).length
    const slips = countSlips(given.filter(({ style }) => style === id))
    if (slips > printed)
      return `${slips} slips of style ${id} in all centres, and ${printed} were printed for voters`
  }
  return undefined
}
