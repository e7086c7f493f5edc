import { equalBytes } from '@hanpyo/protocol/bytes.ts'
import { recordName } from '@hanpyo/protocol/election/records.ts'
import { leafHash } from '@hanpyo/protocol/log/merkle.ts'
import { TileSet } from '@hanpyo/protocol/log/tiles.ts'
import { readBundles } from './leaves.ts'
import type { OpenedLog } from './open-log.ts'

/** How a newer copy of a log relates to an older one. */
export type LogDiff =
  | { readonly status: 'same' | 'extended' | 'behind'; readonly oldSize: number; readonly newSize: number }
  | {
      readonly status: 'rewritten'
      /** The first record that differs. */
      readonly record: number
      readonly oldType: string
      readonly newType: string
    }
  /** The records served are not those under the signed root of one of the two. */
  | { readonly status: 'unreadable'; readonly name: string }
  | { readonly status: 'other-election'; readonly oldOrigin: string; readonly newOrigin: string }

/**
 * Compares two logs record by record and each with its own signed root, so that two copies that differ are evidence
 * against the log that signed both.
 */
export async function diffLogs(old: OpenedLog, next: OpenedLog): Promise<LogDiff> {
  const [oldOrigin, newOrigin] = [old.checkpoint.origin, next.checkpoint.origin]
  if (oldOrigin !== newOrigin) return { status: 'other-election', oldOrigin, newOrigin }
  const [oldSize, newSize] = [old.checkpoint.size, next.checkpoint.size]
  const [oldLeaves, newLeaves] = [new LeafReader(old), new LeafReader(next)]
  let first: Extract<LogDiff, { status: 'rewritten' }> | undefined
  for (let record = 0; record < Math.max(oldSize, newSize); record++) {
    const [a, b] = [await oldLeaves.next(), await newLeaves.next()]
    if (first !== undefined || a === undefined || b === undefined || equalBytes(a, b)) continue
    first = { status: 'rewritten', record, oldType: typeOf(a), newType: typeOf(b) }
  }
  if (!oldLeaves.isSigned()) return { status: 'unreadable', name: old.source.name }
  if (!newLeaves.isSigned()) return { status: 'unreadable', name: next.source.name }
  if (first !== undefined) return first
  const status = oldSize === newSize ? 'same' : oldSize < newSize ? 'extended' : 'behind'
  return { status, oldSize, newSize }
}

/** The records of a log one by one, with the root that they give. */
class LeafReader {
  readonly #log: OpenedLog
  readonly #bundles: ReturnType<typeof readBundles>
  readonly #tree = new TileSet()
  #entries: readonly (Uint8Array | undefined)[] = []
  #at = 0
  #isWhole = true

  constructor(log: OpenedLog) {
    this.#log = log
    this.#bundles = readBundles(log.source, log.checkpoint.size)
  }

  async next(): Promise<Uint8Array | undefined> {
    while (this.#at >= this.#entries.length) {
      const bundle = await this.#bundles.next()
      if (bundle.done) return undefined
      this.#entries = bundle.value.entries
      this.#at = 0
      const found = this.#entries.filter((entry) => entry !== undefined)
      if (bundle.value.problem !== undefined || found.length < this.#entries.length) this.#isWhole = false
      this.#tree.append(found.map(leafHash))
    }
    return this.#entries[this.#at++]
  }

  isSigned(): boolean {
    return this.#isWhole && equalBytes(this.#tree.root(), this.#log.checkpoint.root)
  }
}

function typeOf(leaf: Uint8Array): string {
  const type = leaf[0] ?? 0
  return recordName(type) ?? `type ${type}`
}

/** One line for people in both languages. */
export function diffSentence(diff: LogDiff): { readonly en: string; readonly ko: string } {
  switch (diff.status) {
    case 'same':
      return {
        en: `SAME: both hold the same ${diff.oldSize} records`,
        ko: `같음: 두 사본의 기록 ${diff.oldSize}건이 같습니다`,
      }
    case 'extended':
      return {
        en: `EXTENDED: ${diff.oldSize} records became ${diff.newSize}, nothing was removed or changed`,
        ko: `늘어남: 기록이 ${diff.oldSize}건에서 ${diff.newSize}건으로 늘었고 없어지거나 바뀐 것이 없습니다`,
      }
    case 'behind':
      return {
        en: `BEHIND: the second has only ${diff.newSize} of ${diff.oldSize} records, all of them the same. Were old and new swapped?`,
        ko: `뒤처짐: 두 번째 사본에는 기록 ${diff.oldSize}건 가운데 ${diff.newSize}건만 있고 모두 같습니다. 순서가 바뀌지 않았나요?`,
      }
    case 'rewritten':
      return {
        en: `REWRITTEN: record ${diff.record} differs (${diff.oldType}, now ${diff.newType}). Keep both copies: the log signed both, which proves the fraud. Tell the witnesses.`,
        ko: `바뀜: ${diff.record}번 기록이 다릅니다(${diff.oldType}, 지금은 ${diff.newType}). 두 사본을 모두 보관하세요. 원장이 둘 다 서명했으므로 부정의 증거입니다. 증인에게 알리세요.`,
      }
    case 'unreadable':
      return {
        en: `UNREADABLE: the records of ${diff.name} are not those under its signed root. Run "hanpyo verify" on it.`,
        ko: `읽을 수 없음: ${diff.name}의 기록이 서명된 원장과 다릅니다. "hanpyo verify"로 확인하세요.`,
      }
    case 'other-election':
      return {
        en: `OTHER ELECTION: ${diff.oldOrigin} and ${diff.newOrigin}`,
        ko: `다른 선거: ${diff.oldOrigin}, ${diff.newOrigin}`,
      }
  }
}
