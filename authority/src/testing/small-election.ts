import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import type { CryptoBackend } from '@hanpyo/protocol/group/group.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { type ElectionConfig, loadElectionConfig } from '../config.ts'
import { type CreatedElection, createElection } from '../new-election.ts'

export interface SmallElection {
  readonly backend: CryptoBackend
  readonly config: ElectionConfig
  readonly election: CreatedElection
  readonly folder: string
  remove(): Promise<void>
}

/** The demonstration election with few slips, created in a temporary folder. For tests. */
export async function createSmallElection(
  options: { readonly slips?: number; readonly testSlips?: number; readonly printSlips?: boolean } = {},
): Promise<SmallElection> {
  const { slips = 12, testSlips = 3, printSlips = false } = options
  const path = fileURLToPath(new URL('../../../examples/demo.toml', import.meta.url))
  const demo = expectOk(await loadElectionConfig(path))
  const config = { ...demo, styles: demo.styles.map((style) => ({ ...style, slips, testSlips })) }
  const parent = await mkdtemp(join(tmpdir(), 'hanpyo-authority-'))
  const backend = await createNodeBackend()
  const folder = join(parent, 'election')
  const election = expectOk(
    await createElection(config, { backend, random: nodeRandom, outDir: folder, printSlips }),
  )
  return { backend, config, election, folder, remove: () => rm(parent, { recursive: true }) }
}
