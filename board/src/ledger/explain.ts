import { ballotId, tracker, trackerText } from '@hanpyo/protocol/ballot/identifiers.ts'
import { firstPartOf, parseBallot } from '@hanpyo/protocol/ballot/layout.ts'
import { decodePlaintext, type Selection } from '@hanpyo/protocol/ballot/plaintext.ts'
import { decodeUtf8, fromBase64, toBase64, toHex } from '@hanpyo/protocol/bytes.ts'
import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import { parseChallenged, parseLeaf, RECORD, recordName } from '@hanpyo/protocol/election/records.ts'
import { parseRefusal, refusalName } from '@hanpyo/protocol/election/refusal.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { parseNote } from '@hanpyo/protocol/log/note.ts'
import { parseProposal, parseSupport, proposalId } from '@hanpyo/protocol/proposal/layout.ts'
import type { LeafView, OpenedChoice } from '../snapshot.ts'
import type { AnnouncedElection } from './followed-log.ts'

type Field = LeafView['fields'][number]

/** Fields of a note that people ask for first; the rest stands in its text. */
const NOTE_FIELDS = [
  'state',
  'action',
  'kiosk',
  'centre',
  'issued',
  'returned',
  'slips',
  'count',
  'number',
  'first',
  'cast',
  'challenged',
  'total',
  'final',
  'interval',
  'contest',
  'mixer',
  'trustee',
  'reason',
  'text',
  'at',
] as const

/** One record taken apart for people. Total on arbitrary bytes. */
export function explainLeaf(
  bytes: Uint8Array,
  index: number,
  batch: number | null,
  { manifest, manifestHash }: Pick<AnnouncedElection, 'manifest' | 'manifestHash'>,
): LeafView {
  const leaf = parseLeaf(bytes)
  const type = bytes[0] ?? 0
  const body = leaf.ok ? leaf.value.body : bytes
  const text = isBinary(type) ? null : readable(body)
  return {
    index,
    batch,
    type,
    name: recordName(type) ?? 'unknown',
    fields: isBinary(type) ? binaryFields(type, body, manifestHash) : noteFields(type, body, text),
    choices: type === RECORD.challenged ? openedChoices(body, manifest) : null,
    text,
    hex: toHex(bytes.subarray(0, MOST_HEX_BYTES)),
    bytes: bytes.length,
    hash: toHex(leafHash(bytes)),
  }
}

/** Longer records are offered as a file. */
const MOST_HEX_BYTES = 4096

/** What a voter chose who had the ballot opened; null when it cannot be read. */
function openedChoices(body: Uint8Array, manifest: Manifest): OpenedChoice[] | null {
  const note = parseNote(body)
  const opened = note.ok ? parseChallenged(note.value.text) : note
  if (!opened.ok) return null
  return opened.value.choices.flatMap(({ contest: id, plaintext }): OpenedChoice[] => {
    const contest = manifest.contests.find((one) => one.id === id)
    if (contest === undefined) return []
    const { kind, options, minSelections, maxSelections, budget } = contest
    const selection = decodePlaintext(fromBase64(plaintext), {
      kind,
      optionCount: options.length,
      minSelections,
      maxSelections,
      ...(budget === undefined ? {} : { prices: { costs: options.map(({ cost = 0 }) => cost), budget } }),
    })
    if (!selection.ok) return [{ contest: contest.title, options: null }]
    const chosen = optionsOf(selection.value)
    return [
      {
        contest: contest.title,
        options: chosen.map((at) => options[at - 1]?.title ?? { ko: `${at}`, en: `${at}` }),
      },
    ]
  })
}

function optionsOf(selection: Selection): readonly number[] {
  if (selection.kind === 'blank') return []
  return 'option' in selection ? [selection.option] : selection.options
}

function isBinary(type: number): boolean {
  return ([RECORD.ballot, RECORD.refusal, RECORD.proposal, RECORD.support] as number[]).includes(type)
}

function binaryFields(type: number, body: Uint8Array, manifestHash: Uint8Array): Field[] {
  if (type === RECORD.refusal) {
    const refusal = parseRefusal(body)
    if (!refusal.ok) return []
    const reason = refusalName(refusal.value.reason) ?? String(refusal.value.reason)
    return [{ name: 'refusal', value: reason }, ...ballotFields(refusal.value.canonical, manifestHash)]
  }
  if (type === RECORD.ballot) return ballotFields(body, manifestHash)
  if (type === RECORD.proposal) {
    const proposal = parseProposal(body)
    if (!proposal.ok) return []
    const { kioskId, topic, textCommitment } = proposal.value
    return [
      { name: 'kiosk', value: String(kioskId) },
      { name: 'topic', value: String(topic) },
      { name: 'id', value: toHex(proposalId(manifestHash, body)) },
      { name: 'textHash', value: toHex(textCommitment) },
    ]
  }
  const support = parseSupport(body)
  if (!support.ok) return []
  return [
    { name: 'kiosk', value: String(support.value.kioskId) },
    { name: 'proposal', value: toHex(support.value.proposalId) },
  ]
}

function ballotFields(canonical: Uint8Array, manifestHash: Uint8Array): Field[] {
  const ballot = parseBallot(canonical)
  if (!ballot.ok) return []
  const { credentialIndex, kioskId, contestCount } = ballot.value
  return [
    { name: 'slip', value: String(credentialIndex) },
    { name: 'kiosk', value: String(kioskId) },
    { name: 'contests', value: String(contestCount) },
    { name: 'tracker', value: trackerText(tracker(manifestHash, firstPartOf(ballot.value))) },
    { name: 'id', value: toHex(ballotId(canonical)) },
  ]
}

function noteFields(type: number, body: Uint8Array, text: string | null): Field[] {
  if (text === null) return []
  const note = type === RECORD.batch ? null : parseNote(body)
  const json = parseObject(note?.ok ? note.value.text : text)
  const fields = NOTE_FIELDS.flatMap((name): Field[] => {
    const value = json[name]
    if (value === undefined || (typeof value === 'object' && !Array.isArray(value))) return []
    return [{ name, value: Array.isArray(value) ? value.join(', ') : String(value) }]
  })
  const signers = note?.ok ? note.value.signatures.map(({ name }) => name) : []
  const code = type === RECORD.challenged && typeof json.tracker === 'string' ? codeOf(json.tracker) : null
  return [
    ...fields,
    ...(code === null ? [] : [{ name: 'tracker', value: code }]),
    ...signers.map((value) => ({ name: 'signer', value })),
  ]
}

function codeOf(base64: string): string | null {
  try {
    return trackerText(fromBase64(base64))
  } catch {
    return null
  }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function readable(body: Uint8Array): string | null {
  try {
    return decodeUtf8(body)
  } catch {
    return toBase64(body)
  }
}
