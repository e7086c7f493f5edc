/** Puts the proposals' room together: keys, box, ledger and the list on disk. */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '@hanpyo/platform/clock.ts'
import { rawDeflate } from '@hanpyo/platform/deflate.ts'
import { DurableWriteError, readIfPresent, writeDurable } from '@hanpyo/platform/durable-file.ts'
import type { Logger } from '@hanpyo/platform/logger.ts'
import { decodeUtf8, toBase64 } from '@hanpyo/protocol/bytes.ts'
import type { CryptoBackend, RandomBytes } from '@hanpyo/protocol/group/group.ts'
import type { KioskConfig } from './config.ts'
import type { Audit } from './core/audit.ts'
import type { KioskKeys } from './core/ballot-maker.ts'
import type { BallotBox, SealedItem } from './core/box/ballot-box.ts'
import type { KioskElection } from './core/election.ts'
import type { LedgerLeaf } from './core/ledger/ledger-view.ts'
import { assembleProposals } from './core/proposals/assemble-proposals.ts'
import { NO_PROPOSALS, type ProposalPorts } from './core/proposals/ports.ts'
import { type Published, rememberedSchema } from './core/proposals/published.ts'
import { httpTextReader } from './proposal-http.ts'

export interface OpenProposals {
  readonly ports: ProposalPorts
  /** Leaves from the ledger view. */
  readonly onStatements: (leaves: readonly LedgerLeaf[], isFromStart: boolean) => void
  /** After each look at the ledger. */
  readonly afterRead: () => Promise<void>
  /** The box has changed. */
  readonly invalidate: () => void
  readonly knownCount: () => number
}

/** Reads the list of the last time; starts empty when there is none or it is damaged. */
export async function openProposals(
  config: KioskConfig,
  deps: {
    /** Asks the server of the ledger. */
    readonly fetch: typeof fetch
    readonly election: KioskElection
    readonly keys: KioskKeys
    readonly backend: CryptoBackend
    readonly random: RandomBytes
    readonly box: BallotBox
    readonly clock: Clock
    readonly audit: Audit
    readonly log: Logger
    readonly onSealed: (items: readonly SealedItem[]) => void
    readonly onChange: () => void
  },
): Promise<OpenProposals> {
  const { election, log } = deps
  const path = join(config.dataDir, 'proposals.json')
  await removeLeftovers(config.dataDir)
  if (election.manifest.proposals === undefined) {
    await rm(path, { force: true })
    return {
      ports: NO_PROPOSALS,
      onStatements: () => {},
      afterRead: async () => {},
      invalidate: () => {},
      knownCount: () => 0,
    }
  }
  const electionName = toBase64(election.manifestHash)
  const url = config.ledger?.url
  return assembleProposals({
    ...deps,
    rules: election.manifest.proposals,
    compressor: rawDeflate,
    remembered: await readRemembered(path, electionName, log),
    fetchText: url === undefined ? async () => 'unknown' : httpTextReader({ url, fetch: deps.fetch }),
    async save(proposals) {
      try {
        await writeDurable(path, JSON.stringify({ election: electionName, proposals }))
        return true
      } catch (error) {
        if (!(error instanceof DurableWriteError)) throw error
        log.warn('proposals-not-kept', { reason: error.message })
        return false
      }
    },
  })
}

/** A write that a power cut broke off leaves a copy of the texts under another name, which no erasure would reach. */
async function removeLeftovers(dataDir: string): Promise<void> {
  const names = await readdir(dataDir).catch(() => [])
  const leftovers = names.filter((name) => /^\.proposals\.json\..+\.tmp$/.test(name))
  for (const name of leftovers) await rm(join(dataDir, name), { force: true })
}

async function readRemembered(path: string, election: string, log: Logger): Promise<readonly Published[]> {
  const bytes = await readIfPresent(path)
  if (bytes === null) return []
  try {
    const remembered = rememberedSchema.parse(JSON.parse(decodeUtf8(bytes)))
    if (remembered.election === election) return remembered.proposals
  } catch {
    // A list that can be read again from the ledger.
    log.warn('proposals-file-malformed')
  }
  // Nobody would ever erase a text in it.
  await rm(path, { force: true })
  return []
}
