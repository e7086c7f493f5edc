import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writePolicies } from '@hanpyo/authority/policies.ts'
import { runHanpyo } from '@hanpyo/cli/demo/processes.ts'
import { startWatchers } from '@hanpyo/cli/demo/watchers.ts'
import { drillElection, runReplicaDrill } from '@hanpyo/gateway-bridge/testing/replica-drill.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { expect, onTestFinished, test, vi } from 'vitest'
import { PublicationWatch } from './support/publication-watch.ts'

/**
 * Two bridges on a primary and two standbys, with four witnesses as processes of their own. In `npm run test:full`: a minute.
 */
test.runIf(process.env.HANPYO_FULL === '1')(
  'when the leading bridge and then the database die, what is shown stays cosigned, never goes back, and verifies',
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'hanpyo-witnessed-'))
    onTestFinished(() => rm(dir, { recursive: true, force: true }))
    const watchers = await startWatchers(dir)
    onTestFinished(() => watchers.close())
    const { witnesses } = watchers.config
    const election = await drillElection({
      hasCeremony: true,
      policies: (log) => writePolicies(log, { witnesses, mirrors: [], quorum: { witnesses: 3, mirrors: 0 } }),
    })
    await watchers.tell(election.manifest.keys.log)
    const readers = new PublicationWatch(election.backend.ed25519, election.manifest)

    const verified: { code: number | null; output: string }[] = []
    const report = await runReplicaDrill({
      victims: ['leader', 'primary', 'leader'],
      replicas: 2,
      inFlight: 6,
      election,
      onRunning: (url) => readers.watch(url),
      onKill: (url) => readers.leave(url),
      onFailover: ({ victim, ackSeconds, batchSeconds }) =>
        console.log(
          `kill -9 of the ${victim}: next ballots acknowledged after ${ackSeconds.toFixed(2)} s, a batch with them cosigned and published after ${batchSeconds.toFixed(2)} s`,
        ),
      async onQuiet(urls) {
        // A bridge that follows is seconds behind at most; nobody stays behind what anybody has shown.
        await vi.waitFor(
          () => expect(urls.filter((url) => readers.sizeAt(url) < readers.newest)).toEqual([]),
          {
            timeout: 20_000,
          },
        )
        await readers.stop()
        const pin = ['--manifest-hash', toHex(election.manifestHash)]
        for (const url of urls) verified.push(await runHanpyo(['verify', url, ...pin]))
      },
    })
    console.log(`${report.recorded} ballots recorded, ${readers.shown.size} checkpoints shown`)
    expect(report).toMatchObject({ lost: 0, doubled: 0, contradicted: 0, violations: [] })
    expect(readers.problems).toEqual([])
    expect(readers.shown.size).toBeGreaterThan(3)
    for (const { code, output } of verified) expect(code, output).toBe(0)
    for (const { name } of witnesses) {
      const kept = await runHanpyo(['witness', 'evidence', '--dir', join(dir, name)])
      expect(kept.code, kept.output).toBe(0)
    }
  },
)
