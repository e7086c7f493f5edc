import { createVirtualClock, type VirtualClock } from '@hanpyo/platform/clock.ts'
import { toHex } from '@hanpyo/protocol/bytes.ts'
import { expectOk } from '@hanpyo/protocol/result.ts'
import { openAtModem } from '../modem/at-modem.ts'
import type { DialectName } from '../modem/dialect.ts'
import type { LoraModem, ModemEvent } from '../modem/modem.ts'
import type { FakeModem } from './fake-modem.ts'
import { DIALECTS, fakeModem } from './fake-scripts.ts'
import { settle } from './settle.ts'

/** A driver with a scripted modem at the other end, both on one virtual clock, and what it reported. */
export interface OpenFake {
  readonly clock: VirtualClock
  readonly fake: FakeModem
  readonly modem: LoraModem
  readonly events: readonly ModemEvent[]
  /** Port and payload in hex. */
  readonly downlinks: readonly (readonly [fPort: number, hex: string])[]
  /** Runs the clock until a call of the driver is over. */
  run<T>(promise: Promise<T>): Promise<T>
}

/** Opens a modem of the dialect; `prepare` may change its script before. */
export async function openFake(
  dialect: DialectName,
  prepare: (fake: FakeModem) => void = () => {},
): Promise<OpenFake> {
  const clock = createVirtualClock()
  const fake = fakeModem(clock, dialect)
  prepare(fake)
  const run = <T>(promise: Promise<T>) => settle(clock, promise)
  const modem = expectOk(await run(openAtModem(DIALECTS[dialect], { transport: fake.transport, clock })))
  const events: ModemEvent[] = []
  const downlinks: [number, string][] = []
  modem.onEvent((event) => events.push(event))
  modem.onDownlink((fPort, payload) => downlinks.push([fPort, toHex(payload)]))
  return { clock, fake, modem, events, downlinks, run }
}

/** The same, joined, and with `received` empty. */
export async function openJoinedFake(
  dialect: DialectName,
  prepare: (fake: FakeModem) => void = () => {},
): Promise<OpenFake> {
  const all = await openFake(dialect, prepare)
  expectOk(await all.run(all.modem.join()))
  all.fake.received.length = 0
  return all
}
