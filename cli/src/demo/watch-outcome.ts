import { join } from 'node:path'
import { listBox } from '@hanpyo/kiosk/box-listing.ts'
import { createNodeBackend } from '@hanpyo/platform/crypto/node-backend.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { judgePromise } from '@hanpyo/protocol/link/promise-judgement.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { openLog } from '@hanpyo/verifier/open-log.ts'
import { collectEvidence } from '@hanpyo/verifier/promise/collect.ts'
import { openUrl } from '@hanpyo/verifier/source/url.ts'
import { until } from './polling-day.ts'
import { runHanpyo } from './processes.ts'
import type { Progress } from './progress.ts'
import type { World } from './world.ts'

/** What those who watch the ledger say at the end of the day. */
export interface WatchOutcome {
  /** How many witnesses the policy names and how many of them publish. */
  readonly witnesses: { readonly n: number; readonly k: number }
  /** Whether `hanpyo verify` found everything right in the mirror's own copy. */
  readonly mirror: { readonly verified: boolean }
  /**
   * Promises that the bridge gave to kiosks: `keptByKiosks` of those kept were found in the ledger by the kiosks themselves, the
   * others in the mirror's copy; `open` cannot be judged yet.
   */
  readonly promises: {
    readonly kept: number
    readonly keptByKiosks: number
    readonly broken: number
    readonly open: number
  }
}

interface WitnessState {
  readonly name: string
  readonly size: number | null
}

/** Waits until every witness and the mirror have signed the end of the ledger, then asks the mirror and judges the promises. */
export async function settleWatch(world: World, progress: Progress): Promise<WatchOutcome> {
  const { watchers, bridge, offices } = world
  if (watchers === null) throw new Error('nobody watches this ledger')
  await until(world, 'witnesses and mirror sign the end of the ledger', async () => {
    const [states, size] = await Promise.all([witnessStates(bridge.url), ledgerSize(bridge.url)])
    return states.every((state) => state.size === size)
  })
  const { witnesses, quorum } = watchers.config
  progress.say(
    `${witnesses.length} witnesses have cosigned what is shown (${quorum.witnesses} are needed); a mirror holds a verified copy of all of it.`,
  )
  const hash = toHex(offices.election.manifestHash)
  const pin = ['--manifest-hash', hash, '--stage', 'final']
  const copy = await runHanpyo(['verify', watchers.mirrorUrl, ...pin])
  return {
    witnesses: { n: witnesses.length, k: quorum.witnesses },
    mirror: { verified: copy.code === 0 },
    promises: await judgePromises(world, watchers.mirrorUrl),
  }
}

async function judgePromises(world: World, mirrorUrl: string): Promise<WatchOutcome['promises']> {
  const { ed25519 } = await createNodeBackend()
  const sleep = (ms: number): Promise<void> => world.clock.sleep(ms)
  const source = openUrl(mirrorUrl, { fetch, timeoutMs: 60_000, retryDelaysMs: [1_000], sleep })
  const log = expectOk(await openLog(source, ed25519))
  const counts = { kept: 0, keptByKiosks: 0, broken: 0, open: 0 }
  for (const { dir } of world.kiosks) {
    const { promises, verdicts } = expectOk(listBox(join(dir, 'data', 'box.sqlite')))
    counts.keptByKiosks += verdicts.kept
    for (const note of promises) {
      const evidence = await collectEvidence(ed25519, log, note)
      const judged = evidence.ok ? judgePromise(ed25519, log.manifest, evidence.value) : evidence
      counts[judged.ok ? judged.value : 'open'] += 1
    }
  }
  return counts
}

async function witnessStates(bridgeUrl: string): Promise<readonly WitnessState[]> {
  return (await (await fetch(new URL('/witnesses', bridgeUrl))).json()) as WitnessState[]
}

async function ledgerSize(bridgeUrl: string): Promise<number> {
  const status = (await (await fetch(new URL('/status', bridgeUrl))).json()) as { log: { size: number } }
  return status.log.size
}
