import { kioskContract } from '@hanpyo/kiosk/contract/kiosk-contract.ts'
import type { ContestView } from '@hanpyo/kiosk/contract/views.ts'
import type { BallotBox } from '@hanpyo/kiosk/core/box/ballot-box.ts'
import type { Published } from '@hanpyo/kiosk/core/proposals/published.ts'
import type { TechnicianPorts } from '@hanpyo/kiosk/core/technician/ports.ts'
import { createHandler } from '@hanpyo/kiosk/host/handler.ts'
import { serveLoopback } from '@hanpyo/kiosk/host/server.ts'
import { createTestElection, type TestElection } from '@hanpyo/kiosk/testing/test-election.ts'
import { createTestKiosk, type TestKiosk } from '@hanpyo/kiosk/testing/test-kiosk.ts'
import { createVirtualClock, type VirtualClock } from '@hanpyo/platform/clock.ts'
import { silentLogger } from '@hanpyo/platform/logger.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { folderFiles } from '@hanpyo/platform/static-files.ts'
import { SCREENS } from '../../../kiosk/gallery/look.ts'
import { UI_FOLDER } from './paths.ts'

export interface ServedKiosk extends TestKiosk {
  readonly url: string
  /** What a shell opens: trades the boot's token for a cookie. */
  readonly entryUrl: string
  readonly clock: VirtualClock
  /** Fresh slips, one for each call. */
  nextSlip(): string
  stop(): Promise<void>
}

export interface ServeOptions {
  /** `null`: not provisioned. */
  readonly pxPerMm?: number | null
  readonly isOpen?: boolean
  readonly wrapBox?: (box: BallotBox) => BallotBox
  /** Other contests than those of the fixtures. */
  readonly contests?: readonly ContestView[]
  readonly technician?: TechnicianPorts
  readonly isDiskFull?: () => boolean
  readonly isVoid?: (slipNumber: number) => boolean
  /** Another election than the one of the fixtures. */
  readonly election?: () => TestElection
  /** Proposals that are on the ledger already. */
  readonly published?: readonly Published[]
}

/** Elections never change and take longer to sign than a kiosk to start: each worker makes one for each list of contests. */
function electionMaker(): (contests: readonly ContestView[] | undefined) => TestElection {
  const made = new Map<readonly ContestView[] | undefined, TestElection>()
  return (contests) => {
    const election = made.get(contests) ?? createTestElection(contests === undefined ? {} : { contests })
    made.set(contests, election)
    return election
  }
}

const electionOf = electionMaker()

/** A whole kiosk without routes: real core, ballots, box, handler, guard and page; only its clock is virtual. */
export async function serveKiosk(options: ServeOptions = {}): Promise<ServedKiosk> {
  const { pxPerMm = SCREENS['21.5 inch'], isOpen = true, wrapBox, contests } = options
  const clock = createVirtualClock()
  const kiosk = createTestKiosk({
    clock,
    ...(pxPerMm === null ? {} : { pxPerMm }),
    ...(wrapBox === undefined ? {} : { wrapBox }),
    ...(options.isDiskFull === undefined ? {} : { isDiskFull: options.isDiskFull }),
    ...(options.isVoid === undefined ? {} : { isVoid: options.isVoid }),
    ...(options.technician === undefined ? {} : { technician: options.technician }),
    ...(options.published === undefined ? {} : { remembered: options.published }),
    election: options.election?.() ?? electionOf(contests),
  })
  if (isOpen) await kiosk.openPolls()
  const bugs: unknown[] = []
  const handler = createHandler({
    contract: kioskContract,
    handlers: kiosk.handlers,
    files: folderFiles(UI_FOLDER),
    onBug: (_method, error) => bugs.push(error),
  })
  const server = await serveLoopback(handler, { port: 0, random: nodeRandom, log: silentLogger })
  let slip = 0
  return {
    ...kiosk,
    url: server.url,
    entryUrl: server.entryUrl,
    clock,
    nextSlip: () => {
      const text = kiosk.election.slips[slip]
      slip += 1
      if (text === undefined) throw new Error('the test election has no more slips')
      return text
    },
    stop: async () => {
      await server.close()
      kiosk.close()
      if (bugs.length > 0) throw new AggregateError(bugs, 'the core had bugs')
    },
  }
}
