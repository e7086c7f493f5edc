/**
 * A rehearsal of the count with three known ballots, before the manifest is signed: contest 0xFFFF, which no manifest
 * can have, and a hash under its own tag in the manifest's place, so that nothing of it can be used in an election.
 */
import { decodePoint, encodePoint } from '@hanpyo/protocol/ballot/encoding.ts'
import { encodePlaintext } from '@hanpyo/protocol/ballot/plaintext.ts'
import { concatBytes, fromBase64, tag, toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import { mixContext, sharesContext } from '@hanpyo/protocol/count/context.ts'
import type { BatchGroup } from '@hanpyo/protocol/group/batch.ts'
import { reduceWide } from '@hanpyo/protocol/group/scalar.ts'
import { sha256, sha512, sha512_256 } from '@hanpyo/protocol/hash.ts'
import { combineShares } from '@hanpyo/protocol/proofs/combine.ts'
import { decryptionShares, proveShares, verifyShares } from '@hanpyo/protocol/proofs/decryption.ts'
import { deriveGenerators } from '@hanpyo/protocol/proofs/generators.ts'
import { shuffle, splitCiphertexts } from '@hanpyo/protocol/proofs/shuffle.ts'
import { proveShuffle } from '@hanpyo/protocol/proofs/shuffle-prove.ts'
import { verifyShuffle } from '@hanpyo/protocol/proofs/shuffle-verify.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { FinishedCeremony } from './finish.ts'
import { ownKeyHolds } from './finish.ts'
import type { TrusteeKey } from './sealed-key.ts'
import type { CeremonyPorts } from './steps.ts'
import {
  dryRunMixSchema,
  dryRunSharesSchema,
  openStickNote,
  readStickFile,
  type StickError,
  signStickNote,
  stickFile,
  writeOwn,
} from './stick.ts'

export const DRY_RUN_CONTEST = 0xffff
const DRY_RUN_TAG = tag('hanpyo/dry-run/v1')
const VOTES = [1, 2, 3] as const

export type DryRunError = StickError | 'dry-run-failed' | 'sealed-key-unfinished'

/** How far the rehearsal is. */
export interface DryRunState {
  /** The newest list and what the next mixer is; `null` when all have mixed. */
  readonly list: Uint8Array
  readonly nextMixer: number | null
  /** Verified shares by trustee. */
  readonly shares: ReadonlyMap<number, Uint8Array>
  readonly hasPassed: boolean
}

/** Reads and verifies everything of the rehearsal that is on the stick. The first t trustees mix. */
export async function readDryRun(
  { backend }: Pick<CeremonyPorts, 'backend'>,
  batch: BatchGroup,
  folder: string,
  ended: FinishedCeremony,
): Promise<Result<DryRunState, DryRunError>> {
  const { group, ed25519 } = backend
  const { setup } = ended.roster
  const election = setup.electionId
  const hash = dryRunHash(ended)
  let list = knownBallots(backend.group, ended)
  let nextMixer: number | null = null
  const expect = (file: string, trustee: number) => ({
    election,
    trustee,
    vkey: setup.trustees[trustee - 1] as string,
    file,
  })
  const isThisRun = (value: { readonly trustees: string; readonly transcript: string }): boolean =>
    value.trustees === ended.roster.trustees && value.transcript === toBase64(ended.transcript)
  for (let mixer = 1; mixer <= setup.threshold; mixer++) {
    const file = stickFile('dry-run-mix', mixer)
    const text = await readStickFile(folder, file)
    if (!text.ok) return text
    if (text.value === null) {
      nextMixer = mixer
      break
    }
    const mix = openStickNote(ed25519, dryRunMixSchema, expect(file, mixer), text.value)
    if (!mix.ok) return mix
    const input = toHex(sha256(list))
    if (!isThisRun(mix.value) || mix.value.input !== input)
      return err('ceremony-file', `${file}: of another run`)
    const output = fromBase64(mix.value.output)
    const statement = {
      context: mixContext(hash, DRY_RUN_CONTEST, mixer, input),
      publicKey: ended.jointKey,
      input: list,
      output,
      generators: await deriveGenerators(batch, GENERATOR_LABEL, VOTES.length),
    }
    const verified = await verifyShuffle(batch, statement, fromBase64(mix.value.proof))
    if (!verified.ok) return err('dry-run-failed', `${file}: ${verified.error}`)
    list = output
  }
  if (nextMixer !== null) return ok({ list, nextMixer, shares: new Map(), hasPassed: false })
  const shares = new Map<number, Uint8Array>()
  const mix = toHex(sha256(list))
  for (let trustee = 1; trustee <= setup.trustees.length; trustee++) {
    const file = stickFile('dry-run-shares', trustee)
    const text = await readStickFile(folder, file)
    if (!text.ok) return text
    if (text.value === null) continue
    const note = openStickNote(ed25519, dryRunSharesSchema, expect(file, trustee), text.value)
    if (!note.ok) return note
    if (!isThisRun(note.value) || note.value.mix !== mix)
      return err('ceremony-file', `${file}: of another run`)
    const statement = {
      context: sharesContext(hash, DRY_RUN_CONTEST, trustee, mix),
      verificationKey: ended.verificationKeys[trustee - 1] as Uint8Array,
      alphas: splitCiphertexts(list).alpha,
      shares: fromBase64(note.value.shares),
    }
    const verified = await verifyShares(batch, statement, fromBase64(note.value.proof))
    if (!verified.ok) return err('dry-run-failed', `${file}: ${verified.error}`)
    shares.set(trustee, statement.shares)
  }
  if (shares.size < setup.threshold) return ok({ list, nextMixer, shares, hasPassed: false })
  const used = [...shares].slice(0, setup.threshold).map(([index, bytes]) => ({ index, shares: bytes }))
  const points = await combineShares(batch, splitCiphertexts(list).beta, used)
  const votes = VOTES.map((_, i) => decodePoint(group, points.subarray(32 * i, 32 * i + 32)))
    .map((plaintext) => (plaintext.ok ? toHex(plaintext.value) : ''))
    .sort()
  const expected = VOTES.map((option) => toHex(plaintextOf(option))).sort()
  if (votes.join() !== expected.join())
    return err('dry-run-failed', 'the three known ballots did not come out')
  return ok({ list, nextMixer, shares, hasPassed: true })
}

/** Does whatever is this trustee's next part of the rehearsal; `null` when there is nothing for it to do now. */
export async function dryRunStep(
  ports: CeremonyPorts,
  batch: BatchGroup,
  folder: string,
  key: TrusteeKey,
  ended: FinishedCeremony,
): Promise<Result<{ readonly file: string | null; readonly state: DryRunState }, DryRunError>> {
  const { ed25519 } = ports.backend
  if (!ownKeyHolds(ports.backend, key, ended)) return err('sealed-key-unfinished', key.path)
  const before = await readDryRun(ports, batch, folder, ended)
  if (!before.ok) return before
  const { list, nextMixer, shares } = before.value
  const index = key.header.trustee
  const hash = dryRunHash(ended)
  const common = {
    election: key.header.election,
    trustee: index,
    trustees: ended.roster.trustees,
    transcript: toBase64(ended.transcript),
  }
  const input = toHex(sha256(list))
  const write = async (step: 'dry-run-mix' | 'dry-run-shares', value: object) => {
    const note = signStickNote(ed25519, key.secrets.noteSeed, { ...common, step, ...value } as typeof common)
    const written = await writeOwn(folder, stickFile(step, index), note)
    if (!written.ok) return written
    const after = await readDryRun(ports, batch, folder, ended)
    return after.ok ? ok({ file: written.value.name, state: after.value }) : after
  }
  if (nextMixer === index) {
    const { output, witness } = await shuffle(batch, ports.random, ended.jointKey, list)
    const statement = {
      context: mixContext(hash, DRY_RUN_CONTEST, index, input),
      publicKey: ended.jointKey,
      input: list,
      output,
      generators: await deriveGenerators(batch, GENERATOR_LABEL, VOTES.length),
    }
    const proof = toBase64(await proveShuffle(batch, ports.random, statement, witness))
    return write('dry-run-mix', { input, output: toBase64(output), proof })
  }
  if (nextMixer !== null || shares.has(index)) return ok({ file: null, state: before.value })
  const secret = key.secrets.secretShare as Uint8Array
  const alphas = splitCiphertexts(list).alpha
  const own = await decryptionShares(batch, secret, alphas)
  const statement = {
    context: sharesContext(hash, DRY_RUN_CONTEST, index, input),
    verificationKey: ended.verificationKeys[index - 1] as Uint8Array,
    alphas,
    shares: own,
  }
  const proof = toBase64(await proveShares(batch, ports.random, statement, secret))
  return write('dry-run-shares', { mix: input, shares: toBase64(own), proof })
}

const GENERATOR_LABEL = 'hanpyo/generators/dry-run'

/** SHA-512/256(tag ‖ transcript), where a manifest hash stands in an election. */
function dryRunHash({ transcript }: FinishedCeremony): Uint8Array {
  return sha512_256(DRY_RUN_TAG, transcript)
}

/** Three ballots that everybody can recompute: options 1, 2 and 3, with randomness from the transcript. */
function knownBallots(group: CeremonyPorts['backend']['group'], ended: FinishedCeremony): Uint8Array {
  return concatBytes(
    ...VOTES.flatMap((option) => {
      const r = reduceWide(sha512(DRY_RUN_TAG, ended.transcript, Uint8Array.of(option)))
      const message = encodePoint(group, plaintextOf(option))
      return [group.multiplyBase(r), group.add(message, group.multiply(r, ended.jointKey))]
    }),
  )
}

function plaintextOf(option: number): Uint8Array {
  return encodePlaintext({ kind: 'choose-one', option })
}
