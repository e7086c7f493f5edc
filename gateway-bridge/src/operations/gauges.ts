import { statfs } from 'node:fs/promises'
import { publicationOf } from '@hanpyo/protocol/public/publication.ts'
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client'
import type { BridgeHealth } from '../health.ts'
import type { WitnessView } from '../witnessing/witnessing.ts'

export interface GaugeSources {
  readonly registry: Registry
  /** Where the ledger lies. */
  readonly dataDir: string
  publishedNote(): string | null
  witnesses(): readonly WitnessView[]
  health(): BridgeHealth
  isLeading(): boolean
  clockOffsetSeconds(): number | null
  clockBehindSeconds(): number
}

/**
 * What an operator watches beyond the counters of the bridge's work, read when somebody asks: what is public, who has cosigned
 * and when, the broker, the disk, the clock, and the process itself. Names of witnesses are public.
 */
export function registerGauges(sources: GaugeSources): void {
  const { registry } = sources
  const registers = [registry]
  const gauge = <L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    collect: (this: Gauge<L>) => void | Promise<void>,
  ) => new Gauge({ name: `hanpyo_bridge_${name}`, help, labelNames, registers, collect })

  gauge('published_size', 'Leaves in the checkpoint that is public, 0 before the first', [], function () {
    this.set(sizeOf(sources.publishedNote()))
  })
  gauge(
    'published_timestamp_seconds',
    'Median time of the cosignatures under the public checkpoint',
    [],
    function () {
      this.set(timeOf(sources.publishedNote()) ?? 0)
    },
  )
  gauge(
    'witness_cosigned_timestamp_seconds',
    'Time of the last cosignature of each witness and mirror, 0 for none',
    ['witness', 'kind'],
    function () {
      for (const { name, kind, at } of sources.witnesses()) this.set({ witness: name, kind }, at ?? 0)
    },
  )
  gauge(
    'witness_failing',
    '1 while something is wrong with this witness or mirror',
    ['witness', 'kind'],
    function () {
      for (const { name, kind, problem } of sources.witnesses())
        this.set({ witness: name, kind }, problem === null ? 0 : 1)
    },
  )
  gauge('broker_connections', 'Connections to the broker that are up', [], function () {
    this.set(sources.health().mqtt.online)
  })
  gauge('broker_connections_wanted', 'Connections to the broker that should be up', [], function () {
    this.set(sources.health().mqtt.wanted)
  })
  gauge('leading', '1 for the replica that cuts the batches', [], function () {
    this.set(sources.isLeading() ? 1 : 0)
  })
  gauge('clock_offset_seconds', "What the witnesses' clocks show more than ours, median", [], function () {
    this.set(sources.clockOffsetSeconds() ?? 0)
  })
  gauge(
    'clock_behind_seconds',
    'How far our clock was behind checkpoints as they became public',
    [],
    function () {
      this.set(sources.clockBehindSeconds())
    },
  )
  gauge('disk_free_bytes', 'Free space where the ledger lies', [], async function () {
    const { bavail, bsize } = await statfs(sources.dataDir)
    this.set(bavail * bsize)
  })
  gauge('disk_size_bytes', 'Size of the file system where the ledger lies', [], async function () {
    const { blocks, bsize } = await statfs(sources.dataDir)
    this.set(blocks * bsize)
  })
  collectDefaultMetrics({ register: registry })
}

function sizeOf(note: string | null): number {
  return note === null ? 0 : Number(note.split('\n')[1])
}

function timeOf(note: string | null): number | null {
  return note === null ? null : (publicationOf(note)?.time ?? null)
}
