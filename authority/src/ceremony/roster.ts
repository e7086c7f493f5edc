import { fromBase64, tag, toBase64, utf8 } from '@hanpyo/protocol/bytes.ts'
import { isAcceptableX25519 } from '@hanpyo/protocol/election/key-checks.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { sha256, sha512_256 } from '@hanpyo/protocol/hash.ts'
import {
  type CeremonySetup,
  readCeremonyNotes,
  transcriptHash,
  trusteesHash,
} from '@hanpyo/protocol/proofs/ceremony-notes.ts'
import { err, ok, type Result } from '@hanpyo/protocol/result.ts'
import type { TrusteeKey } from './sealed-key.ts'
import {
  complaintFiles,
  complaintSchema,
  initSchema,
  openStickNote,
  readAll,
  readStickFile,
  type StickError,
  stickFile,
} from './stick.ts'

export type RosterError = StickError | 'ceremony-disagree' | 'ceremony-changed' | 'ceremony-complaint'

/** Who takes part, as all n init files say. */
export interface Roster {
  readonly setup: CeremonySetup
  /** Hash of the setup as every later file carries it, base64. */
  readonly trustees: string
  /** X25519 keys of trustees 1..n. */
  readonly x25519: readonly Uint8Array[]
  /** Covers every init file: people compare its words before they go on. */
  readonly hash: Uint8Array
}

const ROSTER_TAG = tag('hanpyo/roster/v1')
const COMMITS_TAG = tag('hanpyo/dkg-commits/v1')

/** What people agree on before they meet. */
export interface Agreement {
  readonly election: string
  readonly of: number
  readonly threshold: number
}

/** Reads all init files; they have to say the same about election, number and threshold. */
export async function readRoster(
  { ed25519 }: Pick<CryptoBackend, 'ed25519'>,
  folder: string,
  agreed: Agreement,
): Promise<Result<Roster, RosterError>> {
  const { election, of, threshold } = agreed
  const notes = await readAll(folder, 'init', of)
  if (!notes.ok) return notes
  const x25519: Uint8Array[] = []
  const vkeys: string[] = []
  for (const [i, note] of notes.value.entries()) {
    const expected = { election, trustee: i + 1, file: stickFile('init', i + 1) }
    const init = openStickNote(ed25519, initSchema, expected, note)
    if (!init.ok) return init
    const said = init.value
    if (said.of !== of || said.threshold !== threshold) {
      const detail = `trustee ${i + 1} says ${said.threshold} of ${said.of}, you say ${threshold} of ${of}`
      return err('ceremony-disagree', detail)
    }
    if (!isAcceptableX25519(fromBase64(said.x25519))) {
      return err('ceremony-file', `${expected.file}: its encryption key cannot be used`)
    }
    vkeys.push(said.vkey)
    x25519.push(fromBase64(said.x25519))
  }
  const setup = { electionId: election, threshold, trustees: vkeys }
  const keys = [...vkeys.map((vkey) => vkey.split('+')[2]), ...x25519.map(toBase64)]
  if (new Set(keys).size !== keys.length) return err('ceremony-disagree', 'two trustees have the same key')
  const hash = sha512_256(ROSTER_TAG, ...notes.value.map((note) => sha256(utf8(note))))
  const complaint = await findComplaint({ ed25519 }, folder, setup)
  if (!complaint.ok) return complaint
  return ok({ setup, trustees: trusteesHash(setup), x25519, hash })
}

/** The roster with this trustee's own keys in it. */
export async function readOwnRoster(
  backend: Pick<CryptoBackend, 'ed25519'>,
  folder: string,
  { header }: TrusteeKey,
): Promise<Result<Roster, RosterError>> {
  const roster = await readRoster(backend, folder, header)
  if (!roster.ok) return roster
  const { setup, x25519 } = roster.value
  const mine = header.trustee - 1
  const isMine =
    setup.trustees[mine] === header.vkey && toBase64(x25519[mine] as Uint8Array) === header.x25519
  return isMine ? roster : err('ceremony-own-file', stickFile('init', header.trustee))
}

/** Commit notes of all trustees, checked, with a hash over them. */
export async function readCommits(
  { ed25519 }: Pick<CryptoBackend, 'ed25519'>,
  folder: string,
  { setup }: Roster,
): Promise<Result<{ readonly commits: string[]; readonly hash: Uint8Array }, RosterError>> {
  const commits = await readAll(folder, 'commit', setup.trustees.length)
  if (!commits.ok) return commits
  const checked = readCeremonyNotes(ed25519, setup, 'commit', commits.value)
  if (!checked.ok) return err('ceremony-file', `${checked.error}: ${checked.detail}`)
  return ok({
    commits: commits.value,
    hash: sha512_256(COMMITS_TAG, ...commits.value.map((note) => sha256(utf8(note)))),
  })
}

/** Commit and reveal notes with the transcript hash; the reveals' proofs are checked by the steps. */
export async function readTranscript(
  backend: Pick<CryptoBackend, 'ed25519'>,
  folder: string,
  roster: Roster,
) {
  const commits = await readCommits(backend, folder, roster)
  if (!commits.ok) return commits
  const reveals = await readAll(folder, 'reveal', roster.setup.trustees.length)
  if (!reveals.ok) return reveals
  const checked = readCeremonyNotes(backend.ed25519, roster.setup, 'reveal', reveals.value)
  if (!checked.ok) return err<RosterError>('ceremony-file', `${checked.error}: ${checked.detail}`)
  return ok({
    commits: commits.value.commits,
    commitsHash: commits.value.hash,
    reveals: reveals.value,
    transcript: transcriptHash(commits.value.commits, reveals.value),
  })
}

/** The key's header with more seen, unless something seen before is different now. */
export function sawAlso(
  { header }: TrusteeKey,
  now: { readonly roster: Uint8Array; readonly commits?: Uint8Array; readonly transcript?: Uint8Array },
): Result<TrusteeKey['header'], 'ceremony-changed'> {
  const seen = { ...header.seen }
  for (const [what, bytes] of Object.entries(now) as ['roster' | 'commits' | 'transcript', Uint8Array][]) {
    const text = toBase64(bytes)
    if (seen[what] !== undefined && seen[what] !== text) {
      const files = { roster: 'init files', commits: 'commit files', transcript: 'commit or reveal files' }[
        what
      ]
      return err('ceremony-changed', files)
    }
    seen[what] = text
  }
  return ok({ ...header, seen })
}

/** A signed complaint ends the ceremony for everybody; a file that only looks like one is named. */
async function findComplaint(
  { ed25519 }: Pick<CryptoBackend, 'ed25519'>,
  folder: string,
  { electionId: election, trustees }: CeremonySetup,
): Promise<Result<null, 'ceremony-file' | 'ceremony-complaint'>> {
  for (const file of await complaintFiles(folder)) {
    const index = Number(file.slice('complaint-'.length, -'.note'.length))
    const text = await readStickFile(folder, file)
    if (!text.ok) return text
    const expected = { election, trustee: index, vkey: trustees[index - 1] ?? '', file }
    const complaint = openStickNote(ed25519, complaintSchema, expected, text.value ?? '')
    if (!complaint.ok) return complaint
    return err(
      'ceremony-complaint',
      `trustee ${index} says: the share from trustee ${complaint.value.about} does not fit what it revealed`,
    )
  }
  return ok(null)
}
