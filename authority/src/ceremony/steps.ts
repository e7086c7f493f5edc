/**
 * The trustees' key ceremony, one step at a time: each reads the stick, checks everything that is on it, and writes one
 * signed file. A step may be run again at any time; its secrets are derived from the trustee's sealed key file.
 */
import { ByteWriter, tag, toBase64, utf8 } from '@hanpyo/protocol/bytes.ts'
import { keyName } from '@hanpyo/protocol/election/manifest.ts'
import type { CryptoBackend, RandomBytes } from '@hanpyo/protocol/group/group.ts'
import { x25519PublicKey } from '@hanpyo/protocol/group/x25519.ts'
import { sha512 } from '@hanpyo/protocol/hash.ts'
import { vkeyOf } from '@hanpyo/protocol/log/note.ts'
import { verifyReveals } from '@hanpyo/protocol/proofs/ceremony.ts'
import { confirmSchema } from '@hanpyo/protocol/proofs/ceremony-notes.ts'
import { beginCeremony, finishCeremony, makeShares } from '@hanpyo/protocol/proofs/dkg.ts'
import type { PassphraseCost } from '@hanpyo/protocol/proofs/seal.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import {
  type Agreement,
  type Roster,
  type RosterError,
  readCommits,
  readOwnRoster,
  readTranscript,
  sawAlso,
} from './roster.ts'
import {
  createTrusteeKey,
  type SealedKeyError,
  type SealPorts,
  saveTrusteeKey,
  type TrusteeKey,
} from './sealed-key.ts'
import { boxShare, unboxShare } from './share-box.ts'
import { openStickNote, readAll, sharesSchema, signStickNote, stickFile, writeOwn } from './stick.ts'

export type StepError = RosterError | SealedKeyError | 'ceremony-dishonest' | 'ceremony-order'

export interface CeremonyPorts extends SealPorts {
  readonly backend: CryptoBackend
}

/** What a step did. */
export interface StepReport {
  readonly file: string
  /** Whether the file was there already, from an earlier run. */
  readonly wasThere: boolean
  /** A hash all trustees must have alike, for `fingerprintWords`. */
  readonly compare?: { readonly what: string; readonly hash: Uint8Array }
}

type Step = Promise<Result<StepReport, StepError>>

/** Step 0: makes the trustee's key file and says who it is. */
export async function initStep(
  ports: CeremonyPorts,
  folder: string,
  input: Agreement & {
    readonly trustee: number
    readonly keyPath: string
    readonly passphrase: string
    readonly cost?: PassphraseCost
  },
): Step {
  const { random, backend } = ports
  const { election, trustee, of, threshold, keyPath, passphrase, cost } = input
  const secrets = { noteSeed: random(32), x25519: random(32), polynomial: random(32) }
  const vkey = vkeyOf(backend.ed25519, keyName.trustee(election, trustee), secrets.noteSeed)
  const x25519 = toBase64(x25519PublicKey(secrets.x25519))
  const header = { election, trustee, of, threshold, vkey, x25519, seen: {} }
  const made = await createTrusteeKey(ports, {
    path: keyPath,
    header,
    secrets,
    passphrase,
    ...(cost === undefined ? {} : { cost }),
  })
  return made.ok ? writeInit(ports, folder, made.value) : made
}

/** Writes the init file of an existing key again, for a lost stick. */
export async function writeInit({ backend }: CeremonyPorts, folder: string, key: TrusteeKey): Step {
  const { election, trustee, of, threshold, vkey, x25519 } = key.header
  const note = signStickNote(backend.ed25519, key.secrets.noteSeed, {
    election,
    step: 'init',
    trustee,
    of,
    threshold,
    vkey,
    x25519,
  } as { election: string; trustee: number })
  return writeOwn(folder, stickFile('init', trustee), note).then(reportOf)
}

/** Step 1: commits to the trustee's part of the key. Compare the roster's words before the next step. */
export async function commitStep(ports: CeremonyPorts, folder: string, key: TrusteeKey): Step {
  const roster = await readOwnRoster(ports.backend, folder, key)
  if (!roster.ok) return roster
  const header = sawAlso(key, { roster: roster.value.hash })
  if (!header.ok) return header
  await saveTrusteeKey(ports, { ...key, header: header.value })
  const { commit } = begin(ports, key, roster.value)
  const written = await writeOwn(folder, stickFile('commit', key.header.trustee), commit)
  return reportOf(written, { what: 'trustees', hash: roster.value.hash })
}

/** Step 2: reveals, once every commitment is on the stick. From here on no commitment may change. */
export async function revealStep(ports: CeremonyPorts, folder: string, key: TrusteeKey): Step {
  const roster = await readOwnRoster(ports.backend, folder, key)
  if (!roster.ok) return roster
  const commits = await readCommits(ports.backend, folder, roster.value)
  if (!commits.ok) return commits
  const start = begin(ports, key, roster.value)
  if (commits.value.commits[key.header.trustee - 1] !== start.commit) {
    return err('ceremony-own-file', stickFile('commit', key.header.trustee))
  }
  const header = sawAlso(key, { roster: roster.value.hash, commits: commits.value.hash })
  if (!header.ok) return header
  await saveTrusteeKey(ports, { ...key, header: header.value })
  const written = await writeOwn(folder, stickFile('reveal', key.header.trustee), start.reveal)
  return reportOf(written, { what: 'commitments', hash: commits.value.hash })
}

/** Step 3: a sealed share for each other trustee. */
export async function shareStep(ports: CeremonyPorts, folder: string, key: TrusteeKey): Step {
  const seen = await readRevealed(ports, folder, key)
  if (!seen.ok) return seen
  const { roster, commits, reveals, transcript } = seen.value
  const { state } = begin(ports, key, roster)
  const shares = makeShares(ports.backend, state, commits, reveals)
  if (!shares.ok) return dishonest(shares)
  const { election, trustee } = key.header
  const value = {
    election,
    trustee,
    trustees: roster.trustees,
    transcript: toBase64(transcript),
    step: 'shares' as const,
    boxes: [...shares.value].map(([to, share]) => boxShare(ports, key, roster, to, share)),
  }
  const note = signStickNote(ports.backend.ed25519, key.secrets.noteSeed, value)
  const file = stickFile('shares', trustee)
  const expected = { election, trustee, vkey: key.header.vkey, file }
  const isMine = (existing: string): boolean => {
    const mine = openStickNote(ports.backend.ed25519, sharesSchema, expected, existing)
    return mine.ok && mine.value.transcript === value.transcript && mine.value.trustees === value.trustees
  }
  const written = await writeOwn(folder, file, note, isMine)
  return reportOf(written, { what: 'transcript', hash: transcript })
}

/**
 * Step 4: opens the shares of the others, checks each against what its sender revealed, and keeps the sum. A share that
 * does not fit ends the ceremony with a signed complaint.
 */
export async function confirmStep(ports: CeremonyPorts, folder: string, key: TrusteeKey): Step {
  const { backend, random } = ports
  const seen = await readRevealed(ports, folder, key)
  if (!seen.ok) return seen
  const { roster, commits, reveals, transcript } = seen.value
  const received = await readShares(ports, folder, key, roster, transcript)
  if (!received.ok) return received
  const { state } = begin(ports, key, roster)
  const made = makeShares(backend, state, commits, reveals)
  if (!made.ok) return dishonest(made)
  const end = finishCeremony({ backend, random, state, commits, reveals, shares: received.value })
  const { election, trustee } = key.header
  if (!end.ok) {
    if (end.error !== 'ceremony-share') return dishonest(end)
    const about = Number(/\d+$/.exec(end.detail ?? '')?.[0] ?? 0)
    const complaint = {
      election,
      trustee,
      trustees: roster.trustees,
      transcript: toBase64(transcript),
      step: 'complaint',
      about,
    }
    const note = signStickNote(backend.ed25519, key.secrets.noteSeed, complaint)
    await writeOwn(folder, stickFile('complaint', trustee), note, () => true)
    const what = `shares-${about}.note: the share from trustee ${about} does not fit what it revealed`
    return err('ceremony-dishonest', `${what}\n${stickFile('complaint', trustee)} tells the others`)
  }
  const { secretShare, verificationKey, jointKey, confirm } = end.value
  await saveTrusteeKey(ports, {
    ...key,
    header: {
      ...key.header,
      seen: { ...key.header.seen, transcript: toBase64(transcript) },
      verificationKey: toBase64(verificationKey),
      jointKey: toBase64(jointKey),
    },
    secrets: { ...key.secrets, secretShare },
  })
  const isMine = (existing: string): boolean => {
    const expected = { election, trustee, vkey: key.header.vkey, file: stickFile('confirm', trustee) }
    const mine = openStickNote(backend.ed25519, confirmSchema, expected, existing)
    return (
      mine.ok && mine.value.transcript === toBase64(transcript) && mine.value.trustees === roster.trustees
    )
  }
  const written = await writeOwn(folder, stickFile('confirm', trustee), confirm, isMine)
  return reportOf(written, { what: 'joint key', hash: jointKey })
}

/** Commits and reveals as this laptop saw them before, every proof checked. */
async function readRevealed(ports: CeremonyPorts, folder: string, key: TrusteeKey) {
  const { backend } = ports
  const roster = await readOwnRoster(backend, folder, key)
  if (!roster.ok) return roster
  const read = await readTranscript(backend, folder, roster.value)
  if (!read.ok) return read
  const { commits, commitsHash, reveals, transcript } = read.value
  const own = begin(ports, key, roster.value)
  const place = key.header.trustee - 1
  if (commits[place] !== own.commit)
    return err<StepError>('ceremony-own-file', stickFile('commit', place + 1))
  if (reveals[place] !== own.reveal)
    return err<StepError>('ceremony-own-file', stickFile('reveal', place + 1))
  if (key.header.seen.commits === undefined) return err<StepError>('ceremony-order', 'hanpyo trustee reveal')
  const header = sawAlso(key, { roster: roster.value.hash, commits: commitsHash, transcript })
  if (!header.ok) return header
  const keys = verifyReveals(backend, roster.value.setup, commits, reveals)
  if (!keys.ok) return dishonest(keys)
  await saveTrusteeKey(ports, { ...key, header: header.value })
  return ok({ roster: roster.value, commits, reveals, transcript })
}

/** The shares for this trustee by sender. A box that does not open counts as a share that does not fit. */
async function readShares(
  ports: CeremonyPorts,
  folder: string,
  key: TrusteeKey,
  roster: Roster,
  transcript: Uint8Array,
): Promise<Result<Map<number, Uint8Array>, StepError>> {
  const { election, trustee } = key.header
  const notes = await readAll(folder, 'shares', roster.setup.trustees.length)
  if (!notes.ok) return notes
  const shares = new Map<number, Uint8Array>()
  for (const [i, note] of notes.value.entries()) {
    const from = i + 1
    const file = stickFile('shares', from)
    const vkey = roster.setup.trustees[i] as string
    const opened = openStickNote(
      ports.backend.ed25519,
      sharesSchema,
      { election, trustee: from, vkey, file },
      note,
    )
    if (!opened.ok) return opened
    if (opened.value.trustees !== roster.trustees || opened.value.transcript !== toBase64(transcript)) {
      return err('ceremony-file', `${file}: of another run of the ceremony`)
    }
    if (from === trustee) continue
    const box = opened.value.boxes.find(({ to }) => to === trustee)
    const share = box === undefined ? undefined : unboxShare(ports, key, roster, from, box)
    if (share !== undefined) shares.set(from, share)
  }
  return ok(shares)
}

/** Everything of step 1 again, from the sealed seed and the roster: another roster gives another polynomial. */
function begin({ backend }: CeremonyPorts, key: TrusteeKey, roster: Roster) {
  return beginCeremony({
    ed25519: backend.ed25519,
    random: seededRandom(key.secrets.polynomial, roster.trustees),
    setup: roster.setup,
    trustee: { index: key.header.trustee, seed: key.secrets.noteSeed },
  })
}

const SEEDED_TAG = tag('hanpyo/dkg-polynomial/v1')

/** SHA-512(tag ‖ seed ‖ roster ‖ u32 counter), in blocks of 64 bytes; for a 32-byte secret seed. */
function seededRandom(seed: Uint8Array, roster: string): RandomBytes {
  let counter = 0
  return (length) => {
    const out = new Uint8Array(length)
    for (let at = 0; at < length; at += 64) {
      const block = sha512(SEEDED_TAG, seed, utf8(roster), new ByteWriter().u32(counter++).bytes())
      out.set(block.subarray(0, Math.min(64, length - at)), at)
    }
    return out
  }
}

function reportOf(
  written: Awaited<ReturnType<typeof writeOwn>>,
  compare?: StepReport['compare'],
): Result<StepReport, StepError> {
  if (!written.ok) return written
  const { name: file, wasThere } = written.value
  return ok(compare === undefined ? { file, wasThere } : { file, wasThere, compare })
}

function dishonest(failed: { readonly error: string; readonly detail?: string }) {
  return err('ceremony-dishonest' as const, [failed.error, failed.detail].filter(Boolean).join(', '))
}
