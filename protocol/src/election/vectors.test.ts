import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fromBase64, toBase64, toHex } from '../bytes.ts'
import { rootOf } from '../log/merkle.ts'
import { expectOk } from '../result.ts'
import { buildLedger } from '../testing/build-ledger.ts'
import { RULE_CASES, RULE_ELECTION } from '../testing/rule-cases.ts'
import { RuleScript } from '../testing/rule-script.ts'
import { manifestHash, parseManifest } from './manifest.ts'
import { noteLeaf, RECORD, recordName } from './records.ts'
import { RULES, type RuleId, type StateRuleId } from './rules.ts'
import { ElectionState } from './state.ts'

const file = new URL('../../../docs/vectors/election.json', import.meta.url)
/** Generous, because a case is a ledger of its own and there are many. */
const TIMEOUT_MS = 240_000

/** Vectors change only on purpose: `HANPYO_WRITE_VECTORS=1` makes them anew, every other run reads them. */
if (process.env.HANPYO_WRITE_VECTORS === '1') {
  writeFileSync(file, `${JSON.stringify(makeVectors(), null, 1)}\n`)
}
const published = JSON.parse(readFileSync(file, 'utf8'))

test('the published ledger breaks no rule and has the published root', () => {
  const { ledger } = published
  const leaves: Uint8Array[] = ledger.leaves.map(({ leaf }: { leaf: string }) => fromBase64(leaf))
  expect(toBase64(rootOf(leaves))).toBe(ledger.root)
  expect(leaves[0]).toEqual(noteLeaf(RECORD.manifest, ledger.manifestNote))
  expect(toHex(manifestHash(textOf(ledger.manifestNote)))).toBe(ledger.manifestHash)
  expect(outcomeOf(ledger, leaves.slice(1), 'sealed')).toEqual([])
})

test(
  'for every rule the published case breaks that rule and no other',
  () => {
    const { rules, ruleElection } = published
    expect(rules.map(({ rule }: { rule: string }) => rule)).toEqual(Object.keys(RULE_CASES))
    for (const { rule, number, opening, stage, leaves, election = ruleElection } of rules) {
      const broken = opening ? openingOutcome(opening) : outcomeOf(election, leaves.map(fromBase64), stage)
      expect([...new Set(broken)]).toEqual([rule])
      expect(RULES[rule as RuleId].number).toBe(number)
    }
  },
  TIMEOUT_MS,
)

test('a published manifest parses and another byte in it does not have its hash', () => {
  const { manifestNote } = RULE_ELECTION
  const text = manifestNote.slice(0, manifestNote.indexOf('\n') + 1)
  expect(expectOk(parseManifest(text))).toEqual(RULE_ELECTION.manifest)
  expect(manifestHash(text)).toEqual(manifestHash(text.slice(0, -1)))
  expect(manifestHash(text.replace('Test', 'Best'))).not.toEqual(manifestHash(text))
})

function makeVectors() {
  const { election, log } = buildLedger({ backend: RULE_ELECTION.backend, label: 'vectors' })
  const { manifestNote, credentialList, supportList } = election
  return {
    about:
      'A whole ledger that breaks no rule, and for every rule of docs/protocol.md a case that breaks it and no other. Notes are text, everything else is base64. A case is either an opening (manifest note and credential list) or the leaves after leaf 0 of its election, ruleElection unless the case has its own; where a stage is given, the rule concerns the log as a whole at that stage. No blob is at hand in any case.',
    ledger: {
      manifestNote,
      manifestHash: toHex(manifestHash(textOf(manifestNote))),
      credentialList: toBase64(credentialList),
      supportList: toBase64(supportList),
      size: log.size,
      root: toBase64(rootOf(log.leaves)),
      leaves: log.leaves.map((leaf) => ({ type: recordName(leaf[0] as number), leaf: toBase64(leaf) })),
    },
    ruleElection: publishedElection(RULE_ELECTION),
    rules: (Object.keys(RULE_CASES) as StateRuleId[]).map((rule) => ({
      rule,
      number: RULES[rule].number,
      ...publishedCase(rule),
    })),
  }
}

function publishedElection(election: typeof RULE_ELECTION) {
  const { manifestNote, credentialList, supportList } = election
  return { manifestNote, credentialList: toBase64(credentialList), supportList: toBase64(supportList) }
}

function textOf(note: string): string {
  return note.slice(0, note.indexOf('\n') + 1)
}

function openingOutcome(opening: {
  readonly manifestNote: string
  readonly credentialList: string
  readonly authorityVkey?: string
}): RuleId[] {
  const { manifestNote, authorityVkey } = opening
  const trust = authorityVkey === undefined ? {} : { authorityVkey }
  const credentialList = fromBase64(opening.credentialList)
  const opened = ElectionState.open({ backend: RULE_ELECTION.backend, manifestNote, credentialList, trust })
  return opened.ok ? opened.value.checkCredentialKeys().map(({ rule }) => rule) : [opened.error]
}

function publishedCase(rule: StateRuleId) {
  const made = RULE_CASES[rule]()
  if (made instanceof RuleScript) {
    const own = made.election === RULE_ELECTION ? {} : { election: publishedElection(made.election) }
    const leaves = made.leaves.map(toBase64)
    return made.stage === undefined ? { ...own, leaves } : { ...own, stage: made.stage, leaves }
  }
  const { manifestNote, credentialList, trust } = made.opening
  const opening = { manifestNote, credentialList: toBase64(credentialList) }
  return { opening: trust === undefined ? opening : { ...opening, ...trust } }
}

function outcomeOf(
  election: {
    readonly manifestNote: string
    readonly credentialList: string
    readonly supportList: string
  },
  leaves: readonly Uint8Array[],
  stage: Parameters<ElectionState['finish']>[0] | undefined,
): RuleId[] {
  const { manifestNote } = election
  const credentialList = fromBase64(election.credentialList)
  const supportList = fromBase64(election.supportList)
  const { backend } = RULE_ELECTION
  const state = expectOk(ElectionState.open({ backend, manifestNote, credentialList, supportList }))
  const broken = leaves.flatMap((leaf) => state.apply(leaf))
  return [...broken, ...(stage === undefined ? [] : state.finish(stage))].map(({ rule }) => rule)
}
