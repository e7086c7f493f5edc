import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fromBase64, toBase64, toHex } from '../bytes.ts'
import { nobleBackend } from '../group/backend.ts'
import { rootOf } from '../log/merkle.ts'
import { expectOk } from '../result.ts'
import { buildLedger } from '../testing/build-ledger.ts'
import { RULE_CASES, RULE_ELECTION } from '../testing/rule-cases.ts'
import { RuleScript } from '../testing/rule-script.ts'
import { manifestHash, parseManifest } from './manifest.ts'
import { noteLeaf, RECORD, recordName } from './records.ts'
import { RULES, type RuleId, type StateRuleId } from './rules.ts'
import { ElectionState } from './state.ts'

/** Compares with the published file; `HANPYO_WRITE_VECTORS=1` writes it anew. */
function expectPublished(name: string, vectors: unknown): void {
  const file = new URL(`../../../docs/vectors/${name}.json`, import.meta.url)
  const text = `${JSON.stringify(vectors, null, 1)}\n`
  if (process.env.HANPYO_WRITE_VECTORS === '1') writeFileSync(file, text)
  expect(readFileSync(file, 'utf8') === text, `${name}.json is what the code makes`).toBe(true)
}

test('docs/vectors/election.json holds a sound ledger, and for each rule one that breaks it alone', () => {
  const { election, log } = buildLedger({ backend: nobleBackend, label: 'vectors' })
  const { manifestNote, credentialList, supportList } = election
  const text = manifestNote.slice(0, manifestNote.indexOf('\n') + 1)
  expectPublished('election', {
    about:
      'A whole ledger that breaks no rule, and for every rule of docs/protocol.md a case that breaks it and no other. Notes are text, everything else is base64. A case is either an opening (manifest note and credential list) or the leaves after leaf 0 of ruleElection; where a stage is given, the rule concerns the log as a whole at that stage. No blob is at hand in any case.',
    ledger: {
      manifestNote,
      manifestHash: toHex(manifestHash(text)),
      credentialList: toBase64(credentialList),
      supportList: toBase64(supportList),
      size: log.size,
      root: toBase64(rootOf(log.leaves)),
      leaves: log.leaves.map((leaf) => ({ type: recordName(leaf[0] as number), leaf: toBase64(leaf) })),
    },
    ruleElection: {
      manifestNote: RULE_ELECTION.manifestNote,
      credentialList: toBase64(RULE_ELECTION.credentialList),
    },
    rules: (Object.keys(RULE_CASES) as StateRuleId[]).map((rule) => ({
      rule,
      number: RULES[rule].number,
      ...publishedCase(rule),
    })),
  })
})

test('the published ledger and cases say the same when they are read back', () => {
  const published = JSON.parse(
    readFileSync(new URL('../../../docs/vectors/election.json', import.meta.url), 'utf8'),
  )
  const { ledger, ruleElection, rules } = published
  const leaves: Uint8Array[] = ledger.leaves.map(({ leaf }: { leaf: string }) => fromBase64(leaf))
  expect(toBase64(rootOf(leaves))).toBe(ledger.root)
  expect(leaves[0]).toEqual(noteLeaf(RECORD.manifest, ledger.manifestNote))
  expect(outcomeOf(ledger, leaves.slice(1), 'sealed')).toEqual([])
  for (const { rule, opening, stage, leaves: after } of rules) {
    if (opening !== undefined) continue
    const broken = outcomeOf(ruleElection, after.map(fromBase64), stage)
    expect([...new Set(broken)]).toEqual([rule])
  }
})

test('a published manifest parses and another byte in it does not have its hash', () => {
  const { manifestNote } = RULE_ELECTION
  const text = manifestNote.slice(0, manifestNote.indexOf('\n') + 1)
  expect(expectOk(parseManifest(text))).toEqual(RULE_ELECTION.manifest)
  expect(manifestHash(text)).toEqual(manifestHash(text.slice(0, -1)))
  expect(manifestHash(text.replace('Test', 'Best'))).not.toEqual(manifestHash(text))
})

function publishedCase(rule: StateRuleId) {
  const made = RULE_CASES[rule]()
  if (made instanceof RuleScript) {
    const leaves = made.leaves.map(toBase64)
    return made.stage === undefined ? { leaves } : { stage: made.stage, leaves }
  }
  const { manifestNote, credentialList, trust } = made.opening
  const opening = { manifestNote, credentialList: toBase64(credentialList) }
  return { opening: trust === undefined ? opening : { ...opening, ...trust } }
}

function outcomeOf(
  election: { readonly manifestNote: string; readonly credentialList: string },
  leaves: readonly Uint8Array[],
  stage: Parameters<ElectionState['finish']>[0] | undefined,
): RuleId[] {
  const { manifestNote } = election
  const credentialList = fromBase64(election.credentialList)
  const state = expectOk(ElectionState.open({ backend: RULE_ELECTION.backend, manifestNote, credentialList }))
  const broken = leaves.flatMap((leaf) => state.apply(leaf))
  return [...broken, ...(stage === undefined ? [] : state.finish(stage))].map(({ rule }) => rule)
}
