import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@hanpyo/kiosk/contract/client.ts'
import type { Client } from '@hanpyo/kiosk/contract/define.ts'
import { type KioskContract, kioskContract } from '@hanpyo/kiosk/contract/kiosk-contract.ts'
import { createHandler } from '@hanpyo/kiosk/host/handler.ts'
import { serveLoopback } from '@hanpyo/kiosk/host/server.ts'
import { createTestElection } from '@hanpyo/kiosk/testing/test-election.ts'
import { createTestKiosk } from '@hanpyo/kiosk/testing/test-kiosk.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { createLogger } from '@hanpyo/platform/logger.ts'
import { nodeRandom } from '@hanpyo/platform/random.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { type Bench, percentile } from './harness.ts'

/** Voters; each slip is one of three contests. The first ones warm up and are not counted. */
const VOTERS = 130
const WARM_UP = 10

/**
 * The core behind its loopback server, as a shell talks to it: real ballots of three contests, a real ballot box on this
 * machine's disk. A tap is any press of a voter, from the request to the view of the next screen, without drawing; casting
 * ends when the ballot is durable.
 */
export const kioskBench: Bench = {
  name: 'kiosk',
  summary: `${VOTERS - WARM_UP} voters with three contests through the contract: cast to durable, tap to next screen`,
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'hanpyo-bench-kiosk-'))
    const election = createTestElection({ label: 'bench', slipCount: VOTERS })
    const backend = await createNodeBackend()
    const kiosk = createTestKiosk({ election, backend, boxPath: join(folder, 'box.sqlite') })
    const handler = createHandler({
      contract: kioskContract,
      handlers: kiosk.handlers,
      files: null,
      onBug: (_method, error) => {
        throw error
      },
    })
    const log = createLogger({ name: 'bench', level: 'silent' })
    const server = await serveLoopback(handler, { port: 0, random: nodeRandom, log })
    try {
      await kiosk.openPolls()
      const taps: number[] = []
      const casts: number[] = []
      for (const [voter, slip] of election.slips.entries()) {
        const isCounted = voter >= WARM_UP
        await vote(clientOf(server), slip, isCounted ? { taps, casts } : { taps: [], casts: [] })
      }
      const ms = (name: string, values: readonly number[], share: number, reach?: string) => ({
        name,
        value: percentile(values, share),
        unit: 'ms',
        ...(reach === undefined ? {} : { reach }),
      })
      return [
        ms('cast to durable p50', casts, 0.5),
        ms('cast to durable p95', casts, 0.95, '≤ 150 ms, stretch 60'),
        ms('tap to next view p50', taps, 0.5),
        ms('tap to next view p95', taps, 0.95, '≤ 100 ms with drawing, stretch 50'),
      ]
    } finally {
      await server.close()
      kiosk.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

async function vote(
  kiosk: Client<KioskContract>,
  slip: string,
  times: { readonly taps: number[]; readonly casts: number[] },
): Promise<void> {
  const timed = async (into: number[], press: () => Promise<unknown>): Promise<void> => {
    const start = performance.now()
    await press()
    into.push(performance.now() - start)
  }
  const tap = (press: () => Promise<unknown>) => timed(times.taps, press)
  await tap(async () => expectOk(await kiosk['session.start']({})))
  await tap(async () => expectOk(await kiosk['session.scan']({ text: slip })))
  const selections = [
    { kind: 'approve', options: [1, 3] },
    { kind: 'choose-one', option: 2 },
    { kind: 'yes-no', option: 1 },
  ] as const
  for (const [at, selection] of selections.entries()) {
    const contest = at + 1
    const input = 'options' in selection ? { ...selection, options: [...selection.options] } : selection
    await tap(async () => expectOk(await kiosk['session.show']({ contest })))
    await tap(async () => expectOk(await kiosk['session.select']({ contest, selection: input })))
  }
  await tap(async () => expectOk(await kiosk['session.review']({})))
  await tap(async () => expectOk(await kiosk['session.prepare']({})))
  await timed(times.casts, async () => expectOk(await kiosk['session.cast']({})))
  await tap(async () => expectOk(await kiosk['session.receipt']({})))
  await tap(async () => expectOk(await kiosk['session.finish']({})))
  await tap(async () => expectOk(await kiosk['session.finish']({})))
}

function clientOf(server: { readonly url: string; readonly token: string }): Client<KioskContract> {
  const authorization = `Bearer ${server.token}`
  return createClient<KioskContract>(
    (path, init) => fetch(path, { ...init, headers: { ...(init.headers as object), authorization } }),
    server.url,
  )
}
