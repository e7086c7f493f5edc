import { ballotId } from '@hanpyo/protocol/ballot/identifiers.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { parseLeaf, RECORD } from '@hanpyo/protocol/election/records.ts'
import { bundlesOf, decodeBundle, entriesPath } from '@hanpyo/protocol/log/tiles.ts'

/** Ballot ids on a public ledger, counted and refused, read from its entry bundles without trusting a summary. */
export async function readLedgerIds(
  url: string,
  size: number,
): Promise<{ counted: Set<string>; refused: Set<string> }> {
  const counted = new Set<string>()
  const refused = new Set<string>()
  for (const { index, width } of bundlesOf(size)) {
    const response = await fetch(new URL(entriesPath(index, width), `${url.replace(/\/$/, '')}/`))
    if (!response.ok) throw new Error(`${response.url} answered ${response.status}`)
    const bundle = decodeBundle(new Uint8Array(await response.arrayBuffer()), width)
    if (!bundle.ok) throw new Error(`${response.url}: ${bundle.error}`)
    for (const entry of bundle.value) {
      const leaf = parseLeaf(entry)
      if (!leaf.ok) continue
      if (leaf.value.type === RECORD.ballot) counted.add(toHex(ballotId(leaf.value.body)))
      if (leaf.value.type === RECORD.refusal) refused.add(toHex(ballotId(leaf.value.body.slice(1))))
    }
  }
  return { counted, refused }
}
