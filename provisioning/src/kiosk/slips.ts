import { join } from 'node:path'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import {
  countSlips,
  readSlipAllocation,
  type SlipAllocation,
  type SlipAllocationError,
} from '@hanpyo/protocol/election/slip-allocation.ts'
import { nobleEd25519 } from '@hanpyo/protocol/group/ed25519-noble.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { FilePort } from '../frame/ports.ts'
import { defineStep, type Step, type StepContext } from '../frame/step.ts'

/** In the device folder: the registrar's note, byte for byte. */
export const SLIPS_FILE = 'slips.note'

export interface LoadedManifest {
  readonly manifest: Manifest
  /** H_m, 32 bytes. */
  readonly hash: Uint8Array
}

export interface SlipsContext extends StepContext {
  /** Checked already. */
  readonly slips: { readonly note: Uint8Array; readonly allocation: SlipAllocation }
  readonly election: LoadedManifest
}

/** Checks a note against the election the kiosk holds and its centre. */
export function checkSlips(
  note: Uint8Array,
  { manifest, hash }: LoadedManifest,
  centre: string,
): Result<SlipAllocation, SlipAllocationError> {
  return readSlipAllocation({ ed25519: nobleEd25519, note, manifest, manifestHash: hash, centre })
}

/** What the kiosk's centre got, as the kiosk holds it; `null` when nothing was imported, or for another election. */
export async function heldSlips(
  files: FilePort,
  root: string,
  election: LoadedManifest,
  centre: string,
): Promise<SlipAllocation | null> {
  const note = await files.read(join(root, SLIPS_FILE))
  const read = note === null ? undefined : checkSlips(note, election, centre)
  return read?.ok === true ? read.value : null
}

/** Puts the note of the kiosk's centre into the device folder. An older revision than the one held is refused. */
export const slipsStep: Step<SlipsContext> = defineStep<SlipsContext>({
  id: 'slips-import',
  title: { ko: '투표권 종이 배정 싣기', en: 'Take in the slips of the centre' },
  async inspect({ files, folder, election, slips: { note, allocation } }) {
    const before = await files.read(join(folder.root, SLIPS_FILE))
    if (before !== null && Buffer.compare(before, note) === 0) return ok('done')
    const held = await heldSlips(files, folder.root, election, allocation.centre)
    if (held !== null && held.revision >= allocation.revision)
      return err('slips-older', `revision ${allocation.revision}, and the kiosk holds ${held.revision}`)
    const from = held === null ? null : describeSlips(held)
    return ok({ changes: [{ what: SLIPS_FILE, from, to: describeSlips(allocation) }] })
  },
  async apply({ files, folder, slips }) {
    await files.write(join(folder.root, SLIPS_FILE), slips.note)
    return ok(undefined)
  },
})

/** For people: how many slips, in which envelopes. */
export function describeSlips(allocation: SlipAllocation): string {
  const { centre, envelopes, revision } = allocation
  const serials = serialNumbers(allocation).join(', ')
  return `${centre}: ${countSlips(envelopes)} slips in envelopes ${serials || '(none)'}, revision ${revision}`
}

/** `3-7`, `9`. */
export function serialNumbers({ envelopes }: SlipAllocation): string[] {
  return envelopes.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
}
