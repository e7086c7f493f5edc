import type { Manifest } from '@hanpyo/protocol/election/manifest.ts'
import type { Ed25519 } from '@hanpyo/protocol/group/group.ts'
import { cosign, cosignerVkey } from '@hanpyo/protocol/log/cosignature.ts'
import { formatNote, parseNote } from '@hanpyo/protocol/log/note.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'

export const WITNESSES = ['council', 'university', 'residents', 'press'] as const
export const MIRROR = 'library'

const SEEDS: ReadonlyMap<string, Uint8Array> = new Map(
  [...WITNESSES, MIRROR].map((name, i) => [name, new Uint8Array(32).fill(i + 1)]),
)
const seedOf = (name: string): Uint8Array => SEEDS.get(name) as Uint8Array

/** The manifest with four witnesses, of which three are enough, and a mirror for official results. */
export function withWitnesses(manifest: Manifest, ed25519: Ed25519): Manifest {
  const line = (name: string): string =>
    `witness ${name} ${cosignerVkey(ed25519, `${name}.example/w`, seedOf(name))} https://${name}.example/\n`
  const log = `log ${manifest.keys.log}\n`
  const light = `${WITNESSES.map(line).join('')}group light 3 ${WITNESSES.join(' ')}\n`
  return {
    ...manifest,
    policies: {
      seen: `${log}${light}quorum light\n`,
      official: `${log}${light}${line(MIRROR)}group all2 all light ${MIRROR}\nquorum all2\n`,
    },
  }
}

/** A signed checkpoint with cosignatures of `names`, a second apart from `time` on. */
export function cosigned(
  ed25519: Ed25519,
  checkpoint: string,
  time: number,
  names: readonly string[],
): string {
  const note = expectOk(parseNote(checkpoint))
  const lines = names.map((name, i) =>
    cosign({
      ed25519,
      name: `${name}.example/w`,
      seed: seedOf(name),
      timestamp: time + i,
      checkpointText: note.text,
    }),
  )
  return formatNote(note.text, [...note.signatures, ...lines])
}
